// SPDX-License-Identifier: MIT
/** `plait lab`: the laboratory's experiments, their runs and reports. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { cacheDir } from '../image/cache-dir.ts';
import { BuildError, UsageError } from '../image/errors.ts';
import type { Progress } from '../image/progress/events.ts';
import { jsonProgress } from '../image/progress/json.ts';
import { plainProgress } from '../image/progress/plain.ts';
import { terminalProgress } from '../image/progress/terminal.ts';
import { Times } from '../image/times.ts';
import { debugCell, exploreCell } from '../lab/cell.ts';
import { type Cell, cellsOf, type Experiment } from '../lab/experiment.ts';
import { allExperiments, chooseExperiments } from '../lab/experiments.ts';
import { buildLab, type LabOutputs } from '../lab/outputs.ts';
import { resultTable, textTable } from '../lab/report/table.ts';
import { writeReports } from '../lab/report/write.ts';
import { type ExperimentResult, quickCells, runCells } from '../lab/run.ts';
import { interruptible } from './interrupt.ts';
import { plaitVersion, repository } from './project.ts';

interface RunFlags {
  all: boolean;
  quick: boolean;
  seed: number;
  realTime: boolean;
  keep: boolean;
  trace: string[];
  debugKernel: boolean;
  shell: boolean;
  gdb: boolean;
  out: string;
  jobs: number;
  json: boolean;
  verbose: boolean;
}

/** `plait lab` */
export function command(): Command {
  const run = new Command('run')
    .description('run experiments on simulated time, and put the figures beside those of the papers')
    .argument('[names...]', 'experiments; thesis-* means all that begin so')
    .option('--all', 'every experiment', false)
    .option('--quick', 'the quick set: some cells of many experiments', false)
    .option('--seed <n>', 'what all randomness follows from', whole, 1)
    .option('--real-time', 'on the clock of the wall instead; figures then depend on the machine', false)
    .option('--keep', "keep each guest's folder: scripts, raw results, console log", false)
    .option('--trace <link>', 'keep the packets of these links, for tcpdump and Wireshark', collect, [])
    .option(
      '--debug-kernel',
      "with the kernel's own checks of locks, memory and RCU; any warning is a failure",
      false,
    )
    .option('--shell', "a shell inside of the first cell's network, on the clock of the wall", false)
    .option('--gdb', "the first cell's workload with gdb on the guest's kernel", false)
    .option('--out <dir>', 'where reports go', join(repository, 'out/lab'))
    .option('--jobs <n>', 'guests, or compilers, at once', positive, availableParallelism())
    .option('--json', 'tell what happens as lines of JSON', false)
    .option('--verbose', 'show what the build says', false)
    .action(runExperiments);
  return new Command('lab')
    .description('the laboratory: experiments on networks of User Mode Linux, the same on any machine')
    .addCommand(run)
    .action(list);
}

async function list(): Promise<void> {
  for (const one of await allExperiments()) {
    const count = cellsOf(one).length;
    const quick = quickCells(one).length;
    const cells = `${count} cell${count === 1 ? '' : 's'}${quick > 0 ? `, ${quick} quick` : ''}`;
    console.log(`${one.name.padEnd(20)} ${one.title} (${cells})`);
  }
}

async function runExperiments(names: readonly string[], flags: RunFlags): Promise<void> {
  process.umask(0o022);
  const cells = await chosenCells(names, flags);
  if ([flags.shell, flags.gdb, flags.debugKernel].filter(Boolean).length > 1)
    throw new UsageError('--shell, --gdb and --debug-kernel exclude each other');
  await interruptible(({ signal }) => buildAndRun(cells, flags, signal));
}

async function buildAndRun(cells: readonly Cell[], flags: RunFlags, signal: AbortSignal): Promise<void> {
  const progress = chooseProgress(flags);
  const variant = flags.debugKernel ? 'debug' : flags.gdb ? 'gdb' : 'plain';
  const common = { signal, onEvent: progress.on };
  try {
    const version = plaitVersion();
    const outputs = await buildLab({ ...common, variant, version, cache: cacheDir(), jobs: flags.jobs });
    if (flags.shell || flags.gdb) {
      progress.close();
      await onTerminal(cells[0] as Cell, outputs, flags);
      return;
    }
    const { experiments, kept } = await runCells(cells, {
      ...common,
      ...{ outputs, seed: flags.seed, realTime: flags.realTime, keep: flags.keep, parallel: flags.jobs },
      traces: flags.trace,
      traceFolder: join(resolve(flags.out), 'traces'),
      scratch: tmpdir(),
      times: await Times.load(cacheDir()),
    });
    progress.close();
    const time = flags.realTime ? 'real' : 'simulated';
    await writeReports(experiments, { version, seed: flags.seed, kernel: variant, time }, resolve(flags.out));
    tell(experiments, kept, flags);
    failOnBadCells(experiments);
  } finally {
    progress.close();
  }
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

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}
