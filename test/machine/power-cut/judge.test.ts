// SPDX-License-Identifier: MIT
/** The judgement itself is judged: an upgrade in the right order passes, and each way in which a board or its disk can be wrong is found. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type BootState, emptied, formatBlock, onTrial } from '../../../src/agent/boot-state.ts';
import { betweenEntries, type Cut, lostCaches, tornWrites } from '../../../src/machine/write-log/cut.ts';
import { DiskBefore } from '../../../src/machine/write-log/disk-after-cut.ts';
import { WriteLog } from '../../../src/machine/write-log/write-log.ts';
import { suite } from '../../support/suite.ts';
import { FLUSH, type Made, makeLog, SECTOR } from '../write-log/log-maker.ts';
import { BootReader, knownImage } from './boot-facts.ts';
import { bootFaults, dataFaults, type Expectations, judgeAll, type Outcome } from './judge.ts';

/** Sectors of a small disk. */
const STATE: [number, number] = [1, 3];
const SLOTS = { a: 8, b: 16 };
const OLD = Buffer.alloc(6 * SECTOR, 'old');
const NEW = Buffer.alloc(7 * SECTOR, 'new');

const FIRST: BootState = { seq: 1, active: 'a', tries: { a: 2, b: 3 } };
const ERASED = emptied(FIRST, 'b');
const TRIAL = onTrial(ERASED, 'b');

/** An upgrade of slot b as src/agent/upgrade does it. */
const STEPS = {
  emptied: state(0, ERASED),
  erased: { sector: SLOTS.b, data: Buffer.alloc(SECTOR) },
  middle: { sector: SLOTS.b + 1, data: NEW.subarray(SECTOR, 4 * SECTOR) },
  end: { sector: SLOTS.b + 4, data: NEW.subarray(4 * SECTOR) },
  head: { sector: SLOTS.b, data: NEW.subarray(0, SECTOR) },
  trial: state(1, TRIAL),
} satisfies Record<string, Made>;
const { emptied: empty, erased, middle, end, head, trial } = STEPS;
const UPGRADE = [empty, FLUSH, erased, FLUSH, middle, end, FLUSH, head, FLUSH, trial, FLUSH];

const EXPECTED: Expectations = {
  versions: [
    { value: 'old', asked: 0, promised: 0 },
    { value: 'new', asked: 0, promised: UPGRADE.length },
  ],
  configurations: [{ value: 'text', asked: 0, promised: 0 }],
  answers: [{ value: '', asked: 0, promised: 0 }],
  grown: 5,
};

function state(block: 0 | 1, to: BootState): Made {
  return { sector: STATE[block], data: Buffer.from(formatBlock(to)) };
}

interface Context {
  folder: string;
  /** All cuts of a run on a disk whose other slot is old, too. */
  outcome(run: readonly Made[], expected?: Expectations): Promise<Outcome>;
}

const judging = suite<Context>('an upgrade, cut everywhere');

judging.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-judge-'));
  const image = join(context.folder, 'image');
  const bytes = Buffer.alloc(24 * SECTOR);
  for (const [block, sector] of STATE.entries())
    bytes.write(formatBlock({ ...FIRST, seq: block }), sector * SECTOR);
  for (const sector of Object.values(SLOTS)) OLD.copy(bytes, sector * SECTOR);
  writeFileSync(image, bytes);
  context.outcome = async (run, expected = EXPECTED) => {
    const log = WriteLog.open(makeLog(join(context.folder, 'log'), run));
    const before = DiskBefore.open(image);
    const bytesOf = ([first, second]: readonly [number, number]) =>
      [first * SECTOR, second * SECTOR] as const;
    const boot = new BootReader(
      { stateBlocks: bytesOf(STATE), slots: { a: SLOTS.a * SECTOR, b: SLOTS.b * SECTOR } },
      [knownImage('old', OLD), knownImage('new', NEW)],
    );
    try {
      return await judgeAll({ log, before, boot, expected }, everyCut(log));
    } finally {
      log.close();
      before.close();
    }
  };
});
judging.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function everyCut({ entries }: WriteLog): Cut[] {
  const all = { from: 0, to: entries.length };
  return [
    ...betweenEntries(all),
    ...tornWrites(entries, all, () => true),
    ...lostCaches(entries, all, { most: 100, seed: 1 }),
  ];
}

judging('passes when each step is flushed before the next', async ({ outcome }) => {
  const { cuts, faults } = await outcome(UPGRADE);
  assert.equal(faults, []);
  // 12 between entries, 6 within writes, 4 ways to lose the cache with the slot.
  assert.is(cuts, 22);
});

const WRONG: [what: string, run: Made[], found: RegExp][] = [
  [
    'the disk lies about its flushes',
    UPGRADE.filter((entry) => entry !== FLUSH),
    /starts something that is damaged/,
  ],
  [
    'the slot is not flushed before its first sector',
    [empty, FLUSH, erased, FLUSH, middle, end, head, FLUSH, trial, FLUSH],
    /starts something that is damaged/,
  ],
  [
    'the state switches before the slot is written',
    [empty, FLUSH, erased, FLUSH, head, FLUSH, trial, FLUSH, middle, end, FLUSH],
    /starts something that is damaged/,
  ],
  [
    'the first sector comes first',
    [head, FLUSH, middle, end, FLUSH, trial, FLUSH],
    /starts something that is damaged/,
  ],
  [
    'a sector of the new version is not what was sent',
    UPGRADE.map((entry) =>
      entry === middle ? { ...middle, data: Buffer.alloc(middle.data.length, 1) } : entry,
    ),
    /starts something that is damaged/,
  ],
  ['the state is never written', UPGRADE.filter((entry) => entry !== trial), /it starts old, and not new/],
  [
    'the slot that runs is written',
    [...UPGRADE, { sector: SLOTS.a + 1, data: Buffer.alloc(SECTOR, 1) }, FLUSH],
    /starts something that is damaged/,
  ],
];

for (const [what, run, found] of WRONG) {
  judging(`fails when ${what}`, async ({ outcome }) => {
    const expected = {
      ...EXPECTED,
      versions: EXPECTED.versions.map((change) =>
        change.value === 'new' ? { ...change, promised: run.length } : change,
      ),
    };
    const { faults } = await outcome(run, expected);
    assert.ok(
      faults.some((fault) => found.test(fault.what)),
      `found: ${faults.map((fault) => fault.what).join('\n')}`,
    );
  });
}

judging.run();

const data = suite('the data partition after a power cut');

const GOOD = { source: 'confirmed', text: 'text' } as const;

data('is right with the configuration that was confirmed', () =>
  assert.equal(dataFaults(GOOD, EXPECTED, 9), []),
);

data('may have needed a repair only while it was being grown', () => {
  assert.equal(dataFaults({ ...GOOD, repaired: 'e2fsck' }, EXPECTED, 4), []);
  assert.is(dataFaults({ ...GOOD, repaired: 'e2fsck' }, EXPECTED, 5).length, 1);
});

for (const [what, facts] of [
  ['cannot be repaired', { broken: 'e2fsck' }],
  ['has another configuration', { ...GOOD, text: 'other' }],
  ['has an old configuration, since the newest is damaged', { ...GOOD, reason: 'damaged' }],
  ['has answers of setup that nobody gave', { ...GOOD, answers: 'hostname' }],
  ['has none', { source: 'safe defaults', reason: 'nothing' }],
] as const) {
  data(`is wrong when it ${what}`, () => assert.ok(dataFaults(facts, EXPECTED, 9).length > 0));
}

data.run();

const booting = suite('what a board starts');

booting('must be whole for as many power cycles as both slots have tries', () => {
  const facts = {
    state: { seq: 0, active: 'a', tries: { a: 3, b: 1 } } as BootState,
    slots: { a: 'old', b: 'damaged' },
  };
  assert.match(bootFaults(facts, EXPECTED, 0).join(), 'starts: old old old damaged');
});

booting('may be the other slot when one is empty, and never nothing', () => {
  const facts = (slots: { a: string; b: string }) => ({ state: FIRST, slots });
  assert.equal(bootFaults(facts({ a: 'empty', b: 'old' }), EXPECTED, 0), []);
  assert.match(
    bootFaults(facts({ a: 'empty', b: 'empty' }), EXPECTED, 0).join(),
    'something that is nothing',
  );
});

booting.run();
