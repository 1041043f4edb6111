// SPDX-License-Identifier: MIT
/**
 * `plait flash` with the power, or the card, gone at any of its writes. What it writes is recorded as a log of writes and replayed
 * as `plait power-cut` does: between all writes, within each, and with any part of a lost cache. After every cut the card
 * does not boot, or it is whole; a second run writes what differs and no more.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatIdentity,
  IDENTITY_LENGTH,
  IDENTITY_SECTORS,
  parseIdentity,
  storedIdentity,
} from '../../src/agent/identity.ts';
import { type CardOptions, flashCard } from '../../src/flash/card.ts';
import { BLOCK, MIB, type Range, SECTOR } from '../../src/flash/sectors.ts';
import type { SourceImage } from '../../src/flash/source-image.ts';
import {
  betweenEntries,
  type Cut,
  cutText,
  lostCaches,
  momentOf,
  tornWrites,
} from '../../src/machine/write-log/cut.ts';
import { DiskAfterCut, DiskBefore } from '../../src/machine/write-log/disk-after-cut.ts';
import { WriteLog } from '../../src/machine/write-log/write-log.ts';
import { FLUSH, type Made, makeLog } from '../machine/write-log/log-maker.ts';
import { FakeCard } from './fake-card.ts';

/** Parts of a lost cache that are tried for each stretch between two flushes. */
const LOST = 64;
/** Boot loader and slot, with a hole between them in which the identity lies. */
const MAPPED: readonly Range[] = [
  { start: 0, length: 16 * BLOCK },
  { start: MIB, length: 24 * BLOCK },
];
const IMAGE_SIZE = MIB + 32 * BLOCK;
const CARD_SIZE = IMAGE_SIZE + 32 * BLOCK;
/** A GPT's copy at the end of a card, which is wiped. */
const GPT_COPY = 34 * SECTOR;

/** Each sector has another content, and the first one the mark by which a BIOS knows that it can be started. */
function system(version: number): Buffer {
  const bytes = Buffer.alloc(IMAGE_SIZE);
  for (const { start, length } of MAPPED)
    for (let at = start; at < start + length; at += SECTOR) {
      bytes.fill(version, at, at + SECTOR);
      bytes.writeUInt32LE(at / SECTOR, at);
    }
  bytes.fill(0, 446, 510);
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

const image = system(2);
const source: SourceImage = {
  ...{ path: 'test.img', board: 'test', size: IMAGE_SIZE },
  parts: MAPPED.map((range) => ({
    ...range,
    bytes: image.subarray(range.start, range.start + range.length),
  })),
};
const OURS = { serial: '004711', macs: ['00:0d:b9:12:34:54'] };
const OTHER = { serial: '004712', macs: ['00:0d:b9:12:34:58'] };

/** A card that a board has used: its data go on to the card's end. */
function used(system: Buffer, identity = false): Buffer {
  const card = Buffer.alloc(CARD_SIZE, 0xda);
  system.copy(card);
  for (const sector of identity ? IDENTITY_SECTORS : []) card.set(formatIdentity(OURS), sector * SECTOR);
  return card;
}

/** Only its slot differs: the boot sector is the same. */
function otherSlot(): Buffer {
  const bytes = Buffer.from(image);
  system(1).copy(bytes, MIB, MIB);
  return bytes;
}

interface Scene {
  readonly before: Buffer;
  readonly more?: Partial<CardOptions>;
  /** Serial numbers that the card may have after a cut; it ends with the last of them. */
  readonly serials?: readonly string[];
}

const replaced = { identity: { identity: OTHER, replace: true } };
const scenes: readonly (readonly [string, Scene])[] = [
  ['an empty card', { before: Buffer.alloc(CARD_SIZE) }],
  ['a card with an older version', { before: used(system(1)) }],
  ['a card with another slot behind the same boot sector', { before: used(otherSlot()) }],
  ['a used card whose capacity is probed', { before: used(system(1)), more: { capacity: 'probe' } }],
  ['a card that keeps its identity', { before: used(system(1), true), serials: ['004711'] }],
  [
    'a card that keeps its identity while all of it is written',
    { before: used(system(1), true), more: { capacity: 'full' }, serials: ['004711'] },
  ],
  [
    'a card that gets another identity',
    { before: used(system(1), true), more: replaced, serials: ['004711', '004712'] },
  ],
];

/** Remembers what it is told, in the order of a log of writes. */
class RecordedCard extends FakeCard {
  readonly told: Made[] = [];

  override async write(from: Uint8Array, position: number): Promise<void> {
    await super.write(from, position);
    this.told.push({ sector: position / SECTOR, data: Buffer.from(from) });
  }

  override async flush(): Promise<void> {
    await super.flush();
    this.told.push(FLUSH);
  }
}

const options = (device: FakeCard, more: Partial<CardOptions> = {}): CardOptions => ({
  ...{ image: source, device, sectorSize: SECTOR, capacity: 'none', passes: 1 },
  ...{ signal: new AbortController().signal, onProgress: () => {} },
  ...more,
});

const boots = (card: Buffer) => card.readUInt16LE(510) === 0xaa55;
const holdsImage = (card: Buffer) => differing(card).length === 0;

/** Blocks of the image that a card has not. */
function differing(card: Buffer): number[] {
  return MAPPED.flatMap(({ start, length }) =>
    Array.from({ length: length / BLOCK }, (_, index) => start + index * BLOCK).filter(
      (at) => !card.subarray(at, at + BLOCK).equals(image.subarray(at, at + BLOCK)),
    ),
  );
}

function copiesOf(card: Buffer): [Buffer, Buffer] {
  return IDENTITY_SECTORS.map((sector) =>
    card.subarray(sector * SECTOR, sector * SECTOR + IDENTITY_LENGTH),
  ) as [Buffer, Buffer];
}

/** What a board reads of both copies. */
function serialOf(card: Buffer): string {
  const stored = storedIdentity(...copiesOf(card));
  return stored.state === 'valid' ? stored.identity.serial : stored.state;
}

function serialIn(copy: Buffer): string | undefined {
  return parseIdentity(copy)?.serial;
}

function allCuts({ entries }: WriteLog): Cut[] {
  const stretch = { from: 0, to: entries.length };
  return [
    ...betweenEntries(stretch),
    ...tornWrites(entries, stretch, () => true),
    ...lostCaches(entries, stretch, { most: LOST, seed: 1 }),
  ];
}

/** What the same command does to what the cut has left. */
async function mustMend(content: Buffer, { more, serials }: Scene, what: string): Promise<void> {
  const missing = differing(content);
  const serial = serials?.at(-1);
  const badIdentity = serial !== undefined && copiesOf(content).some((copy) => serialIn(copy) !== serial);
  const card = new FakeCard(CARD_SIZE, {}, content);
  const { state } = await flashCard(options(card, { ...more, capacity: 'none' }));
  assert.is(state, missing.length === 0 ? 'unchanged' : 'written', what);
  assert.ok(holdsImage(card.content), `${what}: a second run did not mend it`);
  if (serial !== undefined) assert.equal(copiesOf(card.content).map(serialIn), [serial, serial], what);
  const blocks = new Set([0, ...missing]).size;
  // Besides: the boot sector's zeros, the copy of a GPT, and the first block again, with the boot sector.
  const wanted =
    (missing.length === 0 ? 0 : blocks * BLOCK + SECTOR + GPT_COPY + BLOCK) +
    (badIdentity ? 2 * IDENTITY_LENGTH : 0);
  assert.is(card.writtenBytes, wanted, `${what}: a second run writes what differs, and no more`);
}

const cut = suite('plait flash, the power cut at every write');
const folder = mkdtempSync(join(tmpdir(), 'plait-flash-cut-'));
cut.after(() => rmSync(folder, { recursive: true }));

for (const [name, scene] of scenes) {
  const { before, more, serials } = scene;
  cut(`${name} does not boot, or is whole, and a second run mends it`, async () => {
    const card = new RecordedCard(CARD_SIZE, {}, Buffer.from(before));
    assert.is((await flashCard(options(card, more))).state, 'written');
    const disk = join(folder, 'before.img');
    writeFileSync(disk, before);
    const log = WriteLog.open(makeLog(join(folder, 'writes.log'), card.told));
    const origin = DiskBefore.open(disk);
    const cuts = allCuts(log);
    let survived = 0;
    for (const one of cuts) {
      const what = `${name}, cut ${cutText(one)}`;
      const after = new DiskAfterCut(origin, log, one).read(0, CARD_SIZE);
      if (boots(after))
        assert.ok(holdsImage(after) || after.equals(before), `${what}: boots, and is not whole`);
      if (momentOf(one) === log.entries.length && one.also.length === 0)
        assert.ok(boots(after) && holdsImage(after), `${what}: it was said to be written`);
      if (serials)
        assert.ok(serials.includes(serialOf(after)), `${what}: its identity is ${serialOf(after)}`);
      await mustMend(after, scene, what);
      survived++;
    }
    origin.close();
    log.close();
    assert.ok(cuts.length > 250, 'the cuts are those of all sectors');
    console.log(`${name}: ${survived} of ${cuts.length} power cuts survived`);
  });
}

cut.run();
