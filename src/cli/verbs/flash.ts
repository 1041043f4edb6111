// SPDX-License-Identifier: MIT
/** `plait flash`: writes a board's image onto cards, reads it back, and gives one verdict for each. */
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import { table } from '../../agent/text-table.ts';
import type { CardProgress } from '../../flash/card.ts';
import { configuredImage } from '../../flash/configured-image.ts';
import { type Disk, listDisks } from '../../flash/device-list.ts';
import { type CardOutcome, flashCards } from '../../flash/flash-cards.ts';
import { partitionsOf } from '../../flash/partitions.ts';
import { CardMeter, type CardView } from '../../flash/progress.ts';
import { cardSize, totalLength } from '../../flash/sectors.ts';
import { loadImage, type SourceImage } from '../../flash/source-image.ts';
import { findTarget, type Target } from '../../flash/target.ts';
import { diskFacts } from '../../flash/this-machine.ts';
import { verdictLines, verdictOf } from '../../flash/verdict.ts';
import { loadBoard } from '../../image/board.ts';
import { BuildError, Interrupted, UsageError } from '../../image/errors.ts';
import { duration } from '../../image/progress/format.ts';
import { imageOf } from '../images.ts';
import { mustBeFile } from '../inputs.ts';
import { interruptible } from '../interrupt.ts';
import { boardOption, imageOption, jsonOption, wholeNumber } from '../options.ts';

interface FlashFlags {
  readonly board: string;
  readonly image?: string;
  readonly config?: string;
  readonly fixed: readonly string[];
  readonly full: boolean;
  readonly passes: number;
  readonly verifyOnly: boolean;
  readonly oneByOne: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** The verb with its options. */
export function command(): Command {
  return new Command('flash')
    .summary('write the image onto cards')
    .description(
      'Writes the image onto cards, reads it back past all caches, and gives one verdict for each card. Without a device it ' +
        'lists what may be written. A disk that carries the running system is never written, by no option.',
    )
    .argument('[devices...]', 'whole disks as in /dev/sdb, or files that stand for cards')
    .addOption(boardOption())
    .addOption(imageOption())
    .option('--config <file>', 'a plait.yaml that the board starts with')
    .option(
      '--fixed <model>',
      'the model of a disk that is not removable, as for a card in an IDE adapter; repeatable',
      collect,
      [],
    )
    .option('--full', 'first write and read all of the card, which finds every false one', false)
    .option('--passes <n>', 'times that the card is read back', wholeNumber(1, 100), 1)
    .option('--verify-only', 'write nothing, only compare', false)
    .option('--one-by-one', 'one card after the other', false)
    .option('--yes', 'do not ask', false)
    .addOption(jsonOption('tell what happens as lines of JSON'))
    .action(flash);
}

function collect(model: string, earlier: readonly string[]): string[] {
  return [...earlier, model];
}

async function flash(names: readonly string[], flags: FlashFlags): Promise<void> {
  if (flags.config !== undefined) await mustBeFile('--config', flags.config);
  if (flags.verifyOnly && flags.full)
    throw new UsageError('--verify-only writes nothing, and --full writes all');
  await interruptible(async ({ signal }) => {
    if (names.length === 0) return listAll(flags, signal);
    const targets: Target[] = [];
    for (const name of names) targets.push(await findTarget(name, flags, signal));
    checkTwice(targets);
    const image = await imageToWrite(flags, signal);
    if (!flags.verifyOnly) await ask(targets, image, flags);
    await run(targets, image, flags, signal);
  });
}

async function listAll({ json }: FlashFlags, signal: AbortSignal): Promise<void> {
  const disks = listDisks(await diskFacts(signal)).filter(({ model }) => model !== 'loop device');
  if (json) {
    console.log(JSON.stringify({ event: 'flash-disks', disks }));
    return;
  }
  if (disks.length === 0) {
    console.log('There is no disk. Put a card into the reader, and look again.');
    return;
  }
  const row = ({ path, size, transport, model, verdict, reason, mounted }: Disk) => [
    path,
    cardSize(size),
    transport || '-',
    model,
    verdict === 'removable'
      ? 'may be written'
      : verdict === 'fixed'
        ? `with --fixed: ${reason}`
        : `never: ${reason}`,
    mounted.join(' ') || '-',
  ];
  console.log(table(['DISK', 'SIZE', 'BY', 'MODEL', '', 'MOUNTED'], disks.map(row)).join('\n'));
}

function checkTwice(targets: readonly Target[]): void {
  const twice = targets.find(({ path }, index) => targets.findIndex((one) => one.path === path) < index);
  if (twice) throw new UsageError(`${twice.path} is named twice`);
}

async function imageToWrite({ board, image, config }: FlashFlags, signal: AbortSignal): Promise<SourceImage> {
  const source = await loadImage(await imageOf(await loadBoard(board), image), signal);
  return config === undefined ? source : configuredImage(source, config, signal);
}

async function ask(
  targets: readonly Target[],
  { path, board }: SourceImage,
  { yes, json }: FlashFlags,
): Promise<void> {
  if (yes) return;
  const cards = targets.map(({ path: card, model, size }) => `  ${card}  ${model}, ${cardSize(size)}`);
  const question = `${path}, board ${board}, goes onto\n${cards.join('\n')}\nAll that is on ${targets.length === 1 ? 'it' : 'them'} is lost.`;
  if (!process.stdin.isTTY || json) throw new UsageError(`${question} Say --yes, or run it at a terminal.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} Type yes to go on: `);
    if (answer.trim() !== 'yes') throw new UsageError('nothing was written');
  } finally {
    terminal.close();
  }
}

async function run(
  targets: readonly Target[],
  image: SourceImage,
  flags: FlashFlags,
  signal: AbortSignal,
): Promise<void> {
  const partitions = partitionsOf(image.parts);
  const view = flags.json ? jsonView() : process.stderr.isTTY ? liveView(targets, image) : quietView();
  const outcomes = await flashCards(targets, {
    ...{ image, passes: flags.passes, verifyOnly: flags.verifyOnly, oneByOne: flags.oneByOne, signal },
    capacity: flags.full ? 'full' : 'probe',
    onProgress: view.progress,
    onResult: () => {},
  });
  view.end();
  for (const outcome of outcomes) {
    const verdict = verdictOf(outcome, flags.verifyOnly, partitions);
    if (flags.json) {
      const { target, result, seconds } = outcome;
      console.log(
        JSON.stringify({ event: 'flash-verdict', device: target.path, verdict, seconds, ...result }),
      );
    } else for (const line of verdictLines(outcome, flags.verifyOnly, partitions)) console.log(line);
  }
  failOnBadCards(outcomes, flags, image);
}

function failOnBadCards(
  outcomes: readonly CardOutcome[],
  { verifyOnly }: FlashFlags,
  image: SourceImage,
): void {
  const partitions = partitionsOf(image.parts);
  if (outcomes.some(({ result }) => result.state === 'interrupted'))
    throw new Interrupted(
      'interrupted: a card that was being written does not boot; the same command goes on',
    );
  const bad = outcomes.filter((outcome) => verdictOf(outcome, verifyOnly, partitions) === 'FAIL').length;
  if (bad > 0) throw new BuildError(`${bad} of ${outcomes.length} cards failed`);
}

interface View {
  readonly progress: (target: Target, progress: CardProgress) => void;
  readonly end: () => void;
}

/** Milliseconds between two lines of JSON of a card, or two pictures of the terminal. */
const INTERVAL = 250;

function jsonView(): View {
  const next = new Map<string, number>();
  return {
    progress(target, progress) {
      const complete = progress.done === progress.total;
      if (!complete && Date.now() < (next.get(target.path) ?? 0)) return;
      next.set(target.path, Date.now() + INTERVAL);
      console.log(JSON.stringify({ event: 'flash-progress', device: target.path, ...progress }));
    },
    end() {},
  };
}

function quietView(): View {
  return { progress() {}, end() {} };
}

function liveView(targets: readonly Target[], image: SourceImage): View {
  const live = createLogUpdate(process.stderr);
  const bytes = totalLength(image.parts);
  const meters = new Map(
    targets.map(({ path }) => [
      path,
      new CardMeter({ bytes: { compare: bytes, write: bytes, verify: bytes } }, Date.now()),
    ]),
  );
  const views = new Map<string, CardView>();
  const timer = setInterval(() => live([...views].map(viewLine).join('\n')), INTERVAL);
  return {
    progress(target, progress) {
      const view = meters.get(target.path)?.on(progress, Date.now());
      if (view) views.set(target.path, view);
    },
    end() {
      clearInterval(timer);
      live.clear();
      live.done();
    },
  };
}

function viewLine([path, { step, share, rate, left }]: [string, CardView]): string {
  const about = left === undefined ? '' : `, about ${duration(left)} left`;
  return `  ${path}: ${step}, ${Math.floor(share * 100)} %, ${(rate / 1e6).toFixed(1)} MB/s${about}`;
}
