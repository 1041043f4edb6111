// SPDX-License-Identifier: MIT
/**
 * A board's first days, with every write to its card: first boot from a flashed card, a configuration that is applied and
 * confirmed, answers to setup, an upgrade with its trial, and upgrades to versions that do not work. What the board says is noted with the moment.
 */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeBundle } from '../../../src/image/bundle/bundle.ts';
import { keyDir, signingKey } from '../../../src/image/bundle/signing-key.ts';
import { readLayout, sectorSize } from '../../../src/image/disk/layout.ts';
import { WriteLog } from '../../../src/machine/write-log/write-log.ts';
import { BundleDisk, shippedSlot } from '../bundles.ts';
import { Guest, SECONDS } from '../guest.ts';
import type { ShippedImage } from '../images.ts';
import { deafDhcpClient, proofTime, restartingStart } from '../slot-faults.ts';
import { slotOf } from '../updates.ts';
import { type KnownImage, knownImage } from './boot-facts.ts';
import type { Change } from './history.ts';
import type { Expectations } from './judge.ts';

/** What "256 MB" cards really hold: the data partition is grown. */
const CARD = 244 * 1_048_576;
const UPGRADE = 120 * SECONDS;
/** Answers that are given to setup. */
const ANSWERS = 4;
const QUESTION = /\[([a-z][a-z0-9.-]*)\](?: \[[^\]\r\n]*\])?: $/;
const PROOF = 240 * SECONDS;

/** The flashed one, and the one that is applied. */
export const CONFIGURATIONS = ['flashed', 'applied'].map(
  (hostname) => `version: 1
hostname: ${hostname}
lan: { ports: [eth0], address: 192.168.7.1/24 }
uplinks:
  wan: { port: eth1, address: dhcp }
`,
) as [string, string];

/** A part of the run: entries of the log from here to the next one. */
export interface Step {
  readonly name: string;
  readonly from: number;
}

export interface Recording {
  readonly card: string;
  readonly cardBytes: number;
  readonly log: string;
  readonly images: readonly KnownImage[];
  readonly expected: Expectations;
  readonly steps: readonly Step[];
  /** Entries in all. */
  readonly entries: number;
}

/** The same with places in the file instead of entries. */
interface Notes {
  readonly steps: Step[];
  readonly versions: Change<string>[];
  readonly configurations: Change<string>[];
  readonly answers: Change<string>[];
  grown: number;
}

interface Run {
  readonly board: Guest;
  readonly disk: BundleDisk;
  readonly notes: Notes;
  /** This moment. */
  now(): number;
}

/** `proof`: also an upgrade that the agent itself finds bad; that takes two minutes more. Needs squashfs-tools and e2fsprogs. */
export async function record(
  image: ShippedImage,
  folder: string,
  { proof }: { proof: boolean },
): Promise<Recording> {
  const [card, log] = [join(folder, 'card.img'), join(folder, 'writes.log')];
  await flashed(image, card);
  const versions = await versionsOf(image, folder, proof);
  const disk = await bundles(image, folder, versions);
  const board = await Guest.start({
    ...{ name: 'power-cut', image, file: card, cardBytes: CARD, writeLog: log, disk: disk.path },
    plugs: [{ to: 'nothing' }, { to: 'user' }],
  });
  const notes: Notes = {
    steps: [],
    versions: [{ value: 'old', asked: 0, promised: 0 }],
    configurations: [{ value: CONFIGURATIONS[0], asked: 0, promised: 0 }],
    answers: [{ value: '', asked: 0, promised: 0 }],
    grown: 0,
  };
  const run: Run = { board, disk, notes, now: () => statSync(log).size };
  try {
    await firstBoot(run);
    await applyAndConfirm(run);
    await answerSetup(run);
    await upgradeAndTrial(run);
    await rollbackByBootLoader(run);
    if (proof) await rollbackByAgent(run);
    await board.ask('sync');
  } finally {
    await board.stop();
  }
  const images = [...versions].map(([name, slot]) => knownImage(name, slot));
  return { card, cardBytes: CARD, log, images, ...inEntries(notes, log) };
}

async function firstBoot({ board, notes, now }: Run): Promise<void> {
  notes.steps.push({ name: 'first boot', from: now() });
  await board.boot();
  await board.ask('sync');
  notes.grown = now();
}

async function applyAndConfirm({ board, notes, now }: Run): Promise<void> {
  notes.steps.push({ name: 'apply and confirm', from: now() });
  await board.shell.writeFile('/data/plait.yaml', CONFIGURATIONS[1]);
  await board.ask('plaitctl apply');
  const asked = now();
  await board.ask('plaitctl confirm');
  notes.configurations.push({ value: CONFIGURATIONS[1], asked, promised: now() });
  await board.ask('sync');
}

/** Enter takes what is proposed; the next question says that the answer is kept. */
async function answerSetup({ board, notes, now }: Run): Promise<void> {
  notes.steps.push({ name: 'setup answers', from: now() });
  const answered: string[] = [];
  await board.console.sendLine('plaitctl setup');
  let question = await nextQuestion(board);
  while (answered.length < ANSWERS) {
    answered.push(question);
    const asked = now();
    await board.console.sendLine(question === 'password' ? 'none' : '');
    const next = await nextQuestion(board);
    if (next === question) throw new Error(`setup does not take what it proposes for ${question}`);
    question = next;
    notes.answers.push({ value: answered.join(' '), asked, promised: now() });
  }
  await board.console.send('\x03');
  await board.shell.waitForPrompt();
  await board.ask('sync');
}

async function nextQuestion(board: Guest): Promise<string> {
  const { groups } = await board.console.expect(QUESTION, { clean: true, timeout: PROOF });
  return groups[0] ?? '';
}

async function upgradeAndTrial(run: Run): Promise<void> {
  const { board, notes, now } = run;
  notes.steps.push({ name: 'upgrade', from: now() });
  await upgrade(run, 'new', { stays: true });
  notes.steps.push({ name: 'trial and confirmation', from: now() });
  await restart(board, 'b');
  await untilSlots(board, /^b .* running, confirmed/m);
  await board.ask('sync');
}

async function rollbackByBootLoader(run: Run): Promise<void> {
  const { board, notes, now } = run;
  notes.steps.push({ name: 'upgrade to a version that does not start', from: now() });
  const asked = now();
  await upgrade(run, 'restarting', { stays: false });
  notes.steps.push({ name: 'rollback by the boot loader', from: now() });
  await board.console.sendLine('reboot');
  for (const slot of ['a', 'a', 'a', 'b']) await started(board, slot);
  notes.versions.push({ value: 'new', asked, promised: now() });
  await board.up();
  await untilSlots(board, /^a .* failed/m);
  await board.ask('sync');
}

async function rollbackByAgent(run: Run): Promise<void> {
  const { board, notes, now } = run;
  await untilSlots(board, /^b .* running, confirmed +3$/m);
  await board.untilStatus('the uplink is up', ({ uplinks }) => uplinks[0]?.state === 'up', 60 * SECONDS);
  notes.steps.push({ name: 'upgrade to a version that does not work', from: now() });
  const asked = now();
  await upgrade(run, 'deaf', { stays: false });
  notes.steps.push({ name: 'rollback by the agent', from: now() });
  await restart(board, 'a');
  await started(board, 'b');
  notes.versions.push({ value: 'new', asked, promised: now() });
  await board.up();
  await untilSlots(board, /^a .* failed/m);
  await board.ask('sync');
}

/** `stays`: from now on it is the version that has to start. */
async function upgrade(
  { board, disk, notes, now }: Run,
  name: string,
  { stays }: { stays: boolean },
): Promise<void> {
  const asked = now();
  await board.ask(`${disk.printed(name)} | plaitctl upgrade --reboot later -`, UPGRADE);
  notes.versions.push({ value: name, asked, ...(stays ? { promised: now() } : {}) });
}

async function restart(board: Guest, slot: string): Promise<void> {
  await board.console.sendLine('reboot');
  await started(board, slot);
  await board.up();
}

async function started(board: Guest, slot: string): Promise<void> {
  await board.console.expect(`starting slot ${slot}`, { timeout: PROOF });
}

function untilSlots(board: Guest, wanted: RegExp): Promise<string> {
  return board.until('plaitctl slots', (output) => wanted.test(output), PROOF);
}

/** A copy of the image with a configuration on it, as plait flash --config makes it. */
async function flashed(image: ShippedImage, card: string): Promise<void> {
  await copyFile(image.file, card);
  const { partitions } = await readLayout(image.board);
  const config = `${card}.yaml`;
  await writeFile(config, CONFIGURATIONS[0]);
  const place = `${card}?offset=${partitions.data.start * sectorSize}`;
  const { stdout, stderr } = await promisify(execFile)('debugfs', [
    '-w',
    '-R',
    `write ${config} plait.yaml`,
    place,
  ]);
  if (!/Allocated inode/.test(stdout)) throw new Error(`debugfs wrote no plait.yaml: ${stdout}${stderr}`);
}

async function versionsOf(image: ShippedImage, folder: string, proof: boolean): Promise<Map<string, Buffer>> {
  const old = await shippedSlot(image);
  const altered = (build: string, alter: (root: string) => Promise<void>) =>
    slotOf(image, folder, { build, alter });
  const deaf = async (root: string) => {
    await deafDhcpClient(root);
    await proofTime(75)(root);
  };
  return new Map([
    ['old', old],
    ['new', await altered('99.1.0', async () => undefined)],
    ['restarting', await altered('99.2.0', restartingStart)],
    ...(proof ? [['deaf', await altered('99.3.0', deaf)] as const] : []),
  ]);
}

async function bundles(
  image: ShippedImage,
  folder: string,
  versions: ReadonlyMap<string, Buffer>,
): Promise<BundleDisk> {
  const key = await signingKey(keyDir(), { mustExist: true });
  const { name, title } = image.board;
  const made: Record<string, Buffer> = {};
  for (const [index, [version, slot]] of [...versions].entries())
    made[version] = await makeBundle(
      { board: { name, title }, version: `99.${index}.0`, slot, epoch: 1_700_000_000 },
      key,
    );
  return BundleDisk.make(join(folder, 'bundles.img'), made);
}

/** Places in the file become numbers of entries. */
function inEntries(
  { steps, versions, configurations, answers, grown }: Notes,
  path: string,
): Pick<Recording, 'expected' | 'steps' | 'entries'> {
  const log = WriteLog.open(path);
  log.close();
  const entryAt = (place: number) => log.entries.filter(({ end }) => end <= place).length;
  const change = ({ value, asked, promised }: Change<string>) => ({
    value,
    asked: entryAt(asked),
    ...(promised === undefined ? {} : { promised: entryAt(promised) }),
  });
  return {
    expected: {
      versions: versions.map(change),
      configurations: configurations.map(change),
      answers: answers.map(change),
      grown: entryAt(grown),
    },
    steps: steps.map(({ name, from }) => ({ name, from: entryAt(from) })),
    entries: log.entries.length,
  };
}
