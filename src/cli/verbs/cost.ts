// SPDX-License-Identifier: MIT
/** `plait cost`: what forwarding a packet costs the board, in instructions. */
import { Argument, Command } from 'commander';
import { closest } from 'fastest-levenshtein';
import { table } from '../../agent/text-table.ts';
import { type Board, loadBoard } from '../../image/board.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { UsageError } from '../../image/errors.ts';
import { Bench } from '../../machine/cost/bench.ts';
import { costCases } from '../../machine/cost/cases.ts';
import { type CostCase, needsPeers } from '../../machine/cost/cost-case.ts';
import { buildPeers } from '../../machine/cost/peers.ts';
import { type ReportRow, reportRows, reportTable } from '../../machine/cost/report.ts';
import { measureCases, type Size, sizes } from '../../machine/cost/run.ts';
import { emulated } from '../emulated.ts';
import { imageOf } from '../images.ts';
import { boardOption, imageOption, jsonOption, wholeNumber } from '../options.ts';
import { completedBy } from '../reference/values.ts';

interface CostOptions {
  /** Name of the board. */
  readonly board: string;
  /** Disk image. Default: the board's, in out/. */
  readonly image?: string;
  /** How often the board is booted and every case measured. */
  readonly rounds: number;
  readonly json: boolean;
}

/** The verb with its options. */
export function command(): Command {
  return new Command('cost')
    .summary('count the instructions that forwarding a packet costs')
    .description('Counts the instructions that forwarding a packet costs the emulated board.')
    .addArgument(completedBy(namesArgument(), () => costCases.map(({ name }) => name)))
    .addOption(boardOption())
    .addOption(imageOption())
    .option('--rounds <n>', 'how often the board is booted and everything measured', wholeNumber(1, 99), 2)
    .addOption(jsonOption('print the figures as JSON'))
    .addHelpText('after', `\nNames:\n${nameLines().join('\n')}`)
    .action(cost);
}

function namesArgument(): Argument {
  return new Argument(
    '[name...]',
    'what to measure, and with it what it is compared with (default: everything)',
  );
}

function nameLines(): string[] {
  const few = Math.min(...costCases.map(({ sessions }) => sessions));
  const rows = costCases.map(({ name, title, sessions }) => [
    `  ${name}`,
    sessions > few ? `${title}, ${sessions.toLocaleString('en')} sessions` : title,
  ]);
  return table([], rows);
}

async function cost(names: readonly string[], options: CostOptions): Promise<void> {
  const board = await loadBoard(options.board);
  const cases = withBases(names);
  const image = await imageOf(board, options.image);
  await emulated(say, (signal) => run(board, image, cases, options, signal));
}

async function run(
  board: Board,
  image: string,
  cases: readonly CostCase[],
  options: CostOptions,
  signal: AbortSignal,
): Promise<void> {
  const peers = cases.some(needsPeers)
    ? await buildPeers({ board, cache: cacheDir(), signal, say })
    : undefined;
  let kernel = '';
  const boot = async () => {
    say(`booting ${image} …`);
    const bench = await Bench.start({ board, image, signal, ...(peers ? { peers } : {}) });
    kernel = await bench.kernel();
    return bench;
  };
  const of = Object.keys(sizes) as Size[];
  const measured = await measureCases(boot, cases, {
    sizes: of,
    rounds: options.rounds,
    onFigure: ({ name }, size, instructions) =>
      say(`${name}, ${sizes[size].title}: ${Math.round(instructions)}`),
  });
  const rows = reportRows(measured);
  if (options.json) console.log(JSON.stringify({ board: board.name, image, kernel, rows }, null, 2));
  else print(`Instructions per forwarded packet: ${board.title}, Linux ${kernel}`, rows, of);
  if (rows.some(rejected)) process.exitCode = 1;
}

/** The cases asked for, each with what it is compared with, in the order of the list. */
function withBases(names: readonly string[]): CostCase[] {
  for (const name of names) {
    if (costCases.some((known) => known.name === name)) continue;
    const near = closest(
      name,
      costCases.map((known) => known.name),
    );
    throw new UsageError(`there is nothing called ${name} to measure. Did you mean ${near}?`);
  }
  if (names.length === 0) return [...costCases];
  const asked = costCases.filter(({ name }) => names.includes(name));
  const bases = asked.map(({ over }) => over?.name);
  return costCases.filter((known) => asked.includes(known) || bases.includes(known.name));
}

function print(title: string, rows: readonly ReportRow[], of: readonly Size[]): void {
  console.log(title);
  for (const line of reportTable(rows, of)) console.log(line);
}

function rejected({ costs }: ReportRow): boolean {
  return Object.values(costs).some(({ agree }) => !agree);
}

function say(text: string): void {
  process.stderr.write(`plait: ${text}\n`);
}
