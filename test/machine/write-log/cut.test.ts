// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { UsageError } from '../../../src/image/errors.ts';
import {
  betweenEntries,
  cutText,
  lostCaches,
  momentOf,
  parseCut,
  tornWrites,
} from '../../../src/machine/write-log/cut.ts';
import type { LogEntry } from '../../../src/machine/write-log/write-log.ts';
import { suite } from '../../support/suite.ts';

/** `w` a write of three sectors, `W` one past the cache, `f` a flush. */
function entries(text: string): LogEntry[] {
  return [...text].map((letter, index) => ({
    ...{ index, kind: letter === 'f' ? 'flush' : 'write', flush: letter === 'f', fua: letter === 'W' },
    ...{ sector: 10 * index, sectors: letter === 'f' ? 0 : 3, end: 0 },
  }));
}

const texts = (cuts: Parameters<typeof cutText>[0][]) => cuts.map(cutText);
const all = (log: readonly LogEntry[]) => ({ from: 0, to: log.length });

const cuts = suite('power cuts');

cuts('are before, between and behind all entries', () => {
  assert.equal(texts(betweenEntries({ from: 2, to: 4 })), ['2', '3', '4']);
});

cuts('are within each write that counts, after each sector', () => {
  const log = entries('wfw');
  assert.equal(texts(tornWrites(log, all(log), ({ sector }) => sector === 20)), ['2+2/1', '2+2/2']);
});

cuts('lose any part of what was written since a flush, and nothing before', () => {
  const log = entries('wwfwfww');
  assert.equal(texts(lostCaches(log, all(log), { most: 10, seed: 1 })), [
    ...['0', '0+0', '0+1', '0+0,1'],
    ...['4', '4+5', '4+6', '4+5,6'],
  ]);
});

cuts('never lose what went past the cache', () => {
  const log = entries('wWw');
  assert.equal(texts(lostCaches(log, all(log), { most: 10, seed: 1 })), ['0+1', '0+0,1', '0+1,2', '0+0,1,2']);
});

cuts('are chosen by chance where there are too many, the same ones for the same seed', () => {
  const log = entries('w'.repeat(40));
  const some = (seed: number) => texts(lostCaches(log, all(log), { most: 20, seed }));
  assert.is(some(1).length, 20);
  assert.equal(some(1), some(1));
  assert.not.equal(some(1), some(2));
});

cuts('tell when the power went', () => {
  assert.equal([momentOf({ whole: 3, also: [] }), momentOf({ whole: 3, also: [{ entry: 7 }] })], [3, 8]);
});

cuts('are read back as they are written', () => {
  const log = entries('wwfwWwwfw');
  const made = [
    ...betweenEntries(all(log)),
    ...tornWrites(log, all(log), () => true),
    ...lostCaches(log, all(log), { most: 50, seed: 3 }),
  ];
  fc.assert(fc.property(fc.constantFrom(...made), (cut) => assert.equal(parseCut(cutText(cut), log), cut)));
});

for (const [text, message] of [
  ['', /a cut is a number of entries, as in 118/],
  ['1+', /a cut is a number of entries/],
  ['-1', /a cut is a number of entries/],
  ['4', /4 is no power cut of this log: it has 3 entries/],
  ['1+3', /there is no entry 3/],
  ['2+1', /entry 1 does not follow entry 1/],
  ['0+2,2', /entry 2 does not follow entry 2/],
  ['0+2/3', /entry 2 has 3 sectors, so that 1 to 2 can be torn off/],
] as const) {
  cuts(`are refused as "${text}"`, () => {
    assert.throws(
      () => parseCut(text, entries('wfw')),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}

cuts.run();
