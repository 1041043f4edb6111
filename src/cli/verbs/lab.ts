// SPDX-License-Identifier: MIT
/** `plait lab`: the laboratory's experiments, their runs and reports. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { closest } from 'fastest-levenshtein';
import { table } from '../../agent/text-table.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { BuildError, Interrupted, UsageError } from '../../image/errors.ts';
import type { Progress } from '../../image/progress/events.ts';
import { jsonProgress } from '../../image/progress/json.ts';
import { plainProgress } from '../../image/progress/plain.ts';
import { terminalProgress } from '../../image/progress/terminal.ts';
import { Times } from '../../image/times.ts';
import { debugCell, exploreCell } from '../../lab/cell.ts';
import { type Cell, cellsOf, type Experiment } from '../../lab/experiment.ts';
import { allExperiments, chooseExperiments } from '../../lab/experiments.ts';
import { Journal, journalPath } from '../../lab/journal.ts';
import { type KernelVariant, variantOf } from '../../lab/kernel/kernel.ts';
import { buildLab, type LabOutputs } from '../../lab/outputs.ts';
import { resultTable } from '../../lab/report/table.ts';
import { type ExperimentResult, quickCells, runCells } from '../../lab/run.ts';
import { textTable } from '../../report/table.ts';
import { interruptible } from '../interrupt.ts';
import { jobsOption, jsonOption, outOption, wholeNumber } from '../options.ts';
import { plaitVersion } from '../project.ts';
import { completedBy } from '../reference/values.ts';

interface RunFlags {
  all: boolean;
  quick: boolean;
  seed: number;
  realTime: boolean;
  keep: boolean;
  resume: boolean;
  trace: string[];
  debugKernel: boolean;
  smp: boolean;
  kcsan: boolean;
  shell: boolean;
  gdb: boolean;
  out: string;
  jobs: number;
  json: boolean;
  verbose: boolean;
}

/** `plait lab` */
export function command(): Command {
  const listing = new Command('list')
    .summary('list the experiments; what `plait lab` alone does')
    .description('Lists the experiments.')
    .addOption(jsonOption())
    .usage('[options]')
    .argument('[words...]')
    .allowUnknownOption()
    .action(list);
  const run = new Command('run')
    .summary('run experiments on simulated time')
    .description('Runs experiments on simulated time, and puts the figures beside those of the papers.')
    .addArgument(completedBy(namesArgument(), experimentNames))
    .option('--all', 'every experiment', false)
    .option('--quick', 'the quick set: some cells of many experiments', false)
    .option('--seed <n>', 'what all randomness follows from', wholeNumber(0, 999_999_999_999_999), 1)
    .option('--real-time', 'on the clock of the wall instead; figures then depend on the machine', false)
    .option('--resume', 'go on with a run that was interrupted: its finished cells count', false)
    .option('--keep', "keep each guest's folder: scripts, raw results, console log", false)
    .option('--trace <link>', 'keep the packets of these links, for tcpdump and Wireshark', collect, [])
    .option(
      '--debug-kernel',
      "with the kernel's own checks of locks, memory and RCU; any warning is a failure",
      false,
    )
    .option('--smp', 'on four CPUs in QEMU, with the same checks, on the clock of the wall', false)
    .option(
      '--kcsan',
      'on four CPUs in QEMU, with the search for data races, on the clock of the wall',
      false,
    )
    .option('--shell', "a shell inside of the first cell's network, on the clock of the wall", false)
    .option('--gdb', "the first cell's workload with gdb on the guest's kernel", false)
    .addOption(outOption('where reports go', 'out/lab'))
    .addOption(jobsOption('guests, or compilers, at once'))
    .addOption(jsonOption('tell what happens as lines of JSON'))
    .option('--verbose', 'show what the build says', false)
    .action(runExperiments);
  return new Command('lab')
    .summary('experiments on simulated networks')
    .description(
      'The laboratory: experiments on networks of User Mode Linux, the same on any machine. Without a subcommand it lists them.',
    )
    .addCommand(listing, { isDefault: true })
    .addCommand(run);
}

function namesArgument(): Argument {
  return new Argument('[names...]', 'experiments; thesis-* means all that begin so');
}

async function experimentNames(): Promise<string[]> {
  return (await allExperiments()).map(({ name }) => name);
}

async function list(
  words: readonly string[],
  { json }: { json: boolean },
  { parent }: Command,
): Promise<void> {
  const experiments = await allExperiments();
  const run = parent?.commands.find((sub) => sub.name() === 'run');
  if (words.length > 0) throw new UsageError(meant(experiments, words, run));
  const listed = experiments.map((one) => ({
    name: one.name,
    title: one.title,
    cells: cellsOf(one).length,
    quick: quickCells(one).length,
  }));
  if (json) console.log(JSON.stringify(listed, null, 2));
  else for (const line of table([], listed.map(listRow))) console.log(line);
}

function listRow({
  name,
  title,
  cells,
  quick,
}: {
  name: string;
  title: string;
  cells: number;
  quick: number;
}) {
  const count = `${cells} cell${cells === 1 ? '' : 's'}`;
  return [name, quick > 0 ? `${title} (${count}, ${quick} quick)` : `${title} (${count})`];
}

/** What somebody meant who left the subcommand out, or mistyped it. */
function meant(
  experiments: readonly Experiment[],
  args: readonly string[],
  run: Command | undefined,
): string {
  const names = experiments.map(({ name }) => name);
  const [word = ''] = args;
  const forRun = names.includes(word) || word.endsWith('*') || run?.options.some(({ long }) => long === word);
  if (forRun) return `'${word}' is for running; did you mean 'plait lab run ${args.join(' ')}'?`;
  if (word.startsWith('-')) return `unknown option '${word}'`;
  const near = closest(word, ['run', 'list', ...names]);
  const command = near === 'run' || near === 'list' ? near : `run ${near}`;
  return `there is no 'plait lab ${word}'; did you mean 'plait lab ${command}'?`;
}

async function runExperiments(names: readonly string[], flags: RunFlags): Promise<void> {
  process.umask(0o022);
  const cells = await chosenCells(names, flags);
  const { shell, gdb, debugKernel, smp, kcsan } = flags;
  if ([shell, gdb, debugKernel, smp, kcsan].filter(Boolean).length > 1)
    throw new UsageError('--shell, --gdb, --debug-kernel, --smp and --kcsan exclude each other');
  // Emulated CPUs know no simulated time.
  const realTime = flags.realTime || variantOf(chosenKernel(flags)).guest === 'qemu';
  await interruptible(({ signal }) => buildAndRun(cells, { ...flags, realTime }, signal));
}

async function buildAndRun(cells: readonly Cell[], flags: RunFlags, signal: AbortSignal): Promise<void> {
  const progress = chooseProgress(flags);
  const variant = chosenKernel(flags);
  const common = { signal, onEvent: progress.on };
  try {
    const version = plaitVersion();
    const outputs = await buildLab({ ...common, variant, version, cache: cacheDir(), jobs: flags.jobs });
    if (flags.shell || flags.gdb) {
      progress.close();
      await onTerminal(cells[0] as Cell, outputs, flags);
      return;
    }
    const run = { outputs, seed: flags.seed, realTime: flags.realTime };
    const journal = await Journal.open(journalPath(resolve(flags.out)), run, flags.resume);
    const { experiments, kept } = await runCells(cells, {
      ...{ ...common, ...run, journal },
      ...{ keep: flags.keep, parallel: flags.jobs },
      traces: flags.trace,
      traceFolder: join(resolve(flags.out), 'traces'),
      scratch: tmpdir(),
      times: await Times.load(cacheDir()),
    });
    progress.close();
    const time = flags.realTime ? 'real' : 'simulated';
    // Plots take a second to load.
    const { writeReports } = await import('../../lab/report/write.ts');
    await writeReports(experiments, { version, seed: flags.seed, kernel: variant, time }, resolve(flags.out));
    tell(experiments, kept, flags);
    failOnBadCells(experiments);
    await journal.remove();
  } catch (error) {
    if (error instanceof Interrupted)
      throw new Interrupted('interrupted; the same command with --resume goes on where it was', {
        cause: error,
      });
    throw error;
  } finally {
    progress.close();
  }
}

function chosenKernel({ debugKernel, gdb, smp, kcsan }: RunFlags): KernelVariant {
  if (debugKernel) return 'debug';
  if (gdb) return 'gdb';
  if (smp) return 'smp';
  return kcsan ? 'kcsan' : 'plain';
}

/** One guest that has the terminal; nothing is measured. */
async function onTerminal(cell: Cell, outputs: LabOutputs, flags: RunFlags): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plait-lab-'));
  const { seed, trace: traces, shell, keep } = flags;
  const options = { outputs, folder: join(folder, 'run'), seed, traces };
  try {
    if (shell) await exploreCell(cell, { ...options, realTime: true });
    else await debugCell(cell, { ...options, realTime: flags.realTime });
  } finally {
    if (keep) console.log(`kept: ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

async function chosenCells(names: readonly string[], { all, quick }: RunFlags): Promise<Cell[]> {
  const known = await allExperiments();
  if (names.length === 0 && !all && !quick) {
    throw new UsageError("name an experiment, or say --all or --quick; 'plait lab' lists them");
  }
  if (names.length > 0 && all) throw new UsageError('--all and names of experiments exclude each other');
  const chosen: readonly Experiment[] = names.length > 0 ? chooseExperiments(known, names) : known;
  const cells = chosen.flatMap(quick ? quickCells : cellsOf);
  if (cells.length === 0) throw new UsageError(`the quick set has no cells of ${names.join(', ')}`);
  return cells;
}

/** The results, for people or as one more line of JSON. */
function tell(results: readonly ExperimentResult[], kept: readonly string[], { json, out }: RunFlags): void {
  if (json) {
    const experiments = results.map(({ experiment: { name }, cells }) => ({ name, cells }));
    const done = { event: 'lab-done', out: resolve(out), kept, experiments };
    console.log(JSON.stringify({ time: new Date().toISOString(), ...done }));
    return;
  }
  for (const result of results) console.log(`\n${shown(result)}`);
  for (const folder of kept) console.log(`kept: ${folder}`);
  console.log(`reports: ${resolve(out)}`);
}

function shown(result: ExperimentResult): string {
  const { name, title, source } = result.experiment;
  const head = source === undefined ? `${name}: ${title}` : `${name}: ${title} (${source})`;
  return `${head}\n${textTable(resultTable(result))}`;
}

function failOnBadCells(results: readonly ExperimentResult[]): void {
  const cells = results.flatMap((result) => result.cells);
  const failed = cells.filter((cell) => cell.failed !== undefined).length;
  const rejected = cells.filter((cell) => cell.rejected !== undefined).length;
  if (failed + rejected > 0) {
    throw new BuildError(
      `${failed} of ${cells.length} cells failed, ${rejected} were rejected; see the tables above`,
    );
  }
}

function chooseProgress({ json, verbose, jobs }: RunFlags): Progress {
  const write = (text: string) => process.stdout.write(text);
  if (json) return jsonProgress(write, verbose);
  return process.stdout.isTTY
    ? terminalProgress(process.stdout, verbose, jobs)
    : plainProgress(write, verbose);
}

function collect(name: string, earlier: readonly string[]): string[] {
  return [...earlier, name];
}
