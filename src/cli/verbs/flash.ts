// SPDX-License-Identifier: MIT
/** `plait flash`: writes a board's image onto cards, reads it back, and gives one verdict for each. */
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { table } from '../../agent/text-table.ts';
import { answeredImage } from '../../flash/answered-image.ts';
import { configuredImage } from '../../flash/configured-image.ts';
import { type Disk, listDisks } from '../../flash/device-list.ts';
import { type CardOutcome, flashCards } from '../../flash/flash-cards.ts';
import { type IdentityOrder, identityFrom } from '../../flash/identity.ts';
import { partitionsOf } from '../../flash/partitions.ts';
import { cardSize } from '../../flash/sectors.ts';
import { blockMapOf, loadImage, type SourceImage } from '../../flash/source-image.ts';
import { findTarget, type Target } from '../../flash/target.ts';
import { diskFacts } from '../../flash/this-machine.ts';
import { verdictLines, verdictOf } from '../../flash/verdict.ts';
import { loadBoard } from '../../image/board.ts';
import { fingerprint } from '../../image/bundle/public-key.ts';
import { BuildError, Interrupted, UsageError } from '../../image/errors.ts';
import { flashView } from '../flash-view.ts';
import { imageKeys } from '../image-trust.ts';
import { imageOf } from '../images.ts';
import { mustBeFile, readInput } from '../inputs.ts';
import { interruptible } from '../interrupt.ts';
import { imageOption, jsonOption, wholeNumber } from '../options.ts';

interface FlashFlags {
  readonly board?: string;
  readonly image?: string;
  readonly key: readonly string[];
  readonly unsigned: boolean;
  readonly config?: string;
  readonly answers?: string;
  readonly sshKey: readonly string[];
  readonly identity?: string;
  readonly replaceIdentity: boolean;
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
    .argument(
      '[names...]',
      'IMAGE.img or IMAGE.img.xz, as with --image, if it comes first; then whole disks as in /dev/sdb, or files that stand for cards',
    )
    .option('-b, --board <name>', 'the board, a folder of board/ (default: that of the image, else alix)')
    .addOption(imageOption())
    .option(
      '--key <file>',
      'the public key that the image is signed with, in PEM form; repeatable (default: your own and those you trust)',
      collect,
      [],
    )
    .option('--unsigned', 'take an image without looking at its signature', false)
    .option('--config <file>', 'a plait.yaml that the board starts with')
    .option(
      '--ssh-key <file>',
      'a public SSH key that may log in, added to --config; repeatable',
      collect,
      [],
    )
    .option(
      '--answers <file>',
      'answers of plaitctl setup: the first login goes on with them, and asks for the rest',
    )
    .option('--identity <file>', 'a JSON file: serial number and MACs of the board that the card is for')
    .option('--replace-identity', 'give --identity also to a card that has another', false)
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

function collect(word: string, earlier: readonly string[]): string[] {
  return [...earlier, word];
}

async function flash(words: readonly string[], options: FlashFlags): Promise<void> {
  const { names, flags } = withNamedImage(words, options);
  if (flags.config !== undefined) await mustBeFile('--config', flags.config);
  if (flags.answers !== undefined) await mustBeFile('--answers', flags.answers);
  if (flags.sshKey.length > 0 && flags.config === undefined)
    throw new UsageError('--ssh-key is added to a configuration: name one by --config FILE');
  if (flags.answers !== undefined && flags.config !== undefined)
    throw new UsageError(
      '--answers are for a board without a configuration, and --config names one: give one of them',
    );
  if (flags.verifyOnly && flags.full)
    throw new UsageError('--verify-only writes nothing, and --full writes all');
  if (flags.verifyOnly && flags.identity !== undefined)
    throw new UsageError('--verify-only writes nothing, and --identity writes one');
  if (flags.replaceIdentity && flags.identity === undefined)
    throw new UsageError('--replace-identity says nothing without --identity FILE');
  const identity = flags.identity === undefined ? undefined : await identityOrder(flags);
  await interruptible(async ({ signal }) => {
    if (names.length === 0) return listAll(flags, signal);
    const targets: Target[] = [];
    for (const name of names) targets.push(await findTarget(name, flags, signal));
    checkTwice(targets);
    if (flags.identity !== undefined && targets.length > 1)
      throw new UsageError('--identity is that of one board: name one card');
    const image = await imageToWrite(flags, signal);
    tellImage(image, flags);
    if (!flags.verifyOnly) await ask(targets, image, flags);
    await run(targets, image, flags, identity, signal);
  });
}

async function identityOrder({ identity = '', replaceIdentity }: FlashFlags): Promise<IdentityOrder> {
  const text = (await readInput('--identity', identity)).toString();
  return { identity: identityFrom(text, identity), replace: replaceIdentity };
}

/** An image may come first; a card is a disk, or a file that has no block map beside it. */
function withNamedImage(
  words: readonly string[],
  flags: FlashFlags,
): { names: readonly string[]; flags: FlashFlags } {
  const [first, ...names] = words;
  const isImage = first?.endsWith('.img.xz') || (first?.endsWith('.img') && existsSync(blockMapOf(first)));
  if (first === undefined || !isImage) return { names: words, flags };
  if (flags.image !== undefined && flags.image !== first)
    throw new UsageError(`two images are named: ${flags.image} (--image) and ${first}`);
  return { names, flags: { ...flags, image: first } };
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

async function imageToWrite(flags: FlashFlags, signal: AbortSignal): Promise<SourceImage> {
  const { board, image, unsigned, config, answers } = flags;
  const path = await imageOf(await loadBoard(board ?? 'alix'), image);
  const keys = unsigned ? [] : await imageKeys(flags.key, signal);
  const source = await loadImage(path, { keys, unsigned }, signal);
  if (board !== undefined && source.board !== board)
    throw new UsageError(
      source.board === undefined
        ? `${path}: nothing beside it says which board it is for, so --board ${board} cannot be checked; leave it out`
        : `${path} is the image of board ${source.board}, not of ${board} (--board)`,
    );
  if (answers !== undefined)
    return answeredImage(source, answers, (await readInput('--answers', answers)).toString(), signal);
  return config === undefined ? source : configuredImage(source, config, flags.sshKey, signal);
}

/** `out/alix/plait-alix.img, board alix, Plait 0.1.0, signed with key 0123456789abcdef` */
function imageLine({ path, board = 'unknown', version, signedBy }: SourceImage): string {
  const signature = signedBy
    ? `signed with key ${fingerprint(signedBy.pem).slice(0, 16)} (${signedBy.origin})`
    : 'SIGNATURE NOT CHECKED (--unsigned)';
  return [path, `board ${board}`, ...(version ? [`Plait ${version}`] : []), signature].join(', ');
}

/** Whoever is not asked is told. */
function tellImage(image: SourceImage, { json, yes, verifyOnly }: FlashFlags): void {
  const { path, board, version, signedBy } = image;
  if (json)
    console.log(
      JSON.stringify({
        event: 'flash-image',
        path,
        board,
        version,
        signedBy: signedBy && fingerprint(signedBy.pem),
      }),
    );
  else if (yes || verifyOnly) console.error(imageLine(image));
}

async function ask(targets: readonly Target[], image: SourceImage, { yes, json }: FlashFlags): Promise<void> {
  if (yes) return;
  const cards = targets.map(({ path: card, model, size }) => `  ${card}  ${model}, ${cardSize(size)}`);
  const question = `${imageLine(image)}, goes onto\n${cards.join('\n')}\nAll that is on ${targets.length === 1 ? 'it' : 'them'} is lost.`;
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
  identity: IdentityOrder | undefined,
  signal: AbortSignal,
): Promise<void> {
  const partitions = partitionsOf(image.parts);
  const capacity = flags.full ? 'full' : 'probe';
  const { passes, verifyOnly, oneByOne } = flags;
  const view = flashView(targets, image, { json: flags.json, capacity, passes, verifyOnly });
  const outcomes = await flashCards(targets, {
    ...{ image, capacity, passes, verifyOnly, oneByOne, signal },
    ...(identity ? { identity } : {}),
    onProgress: view.progress,
    onResult: ({ target }) => view.finished(target),
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
