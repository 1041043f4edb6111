// SPDX-License-Identifier: MIT
/** Time left and share done, on cards whose speed is known: time is counted from bytes, and no clock is asked. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { INTERVAL } from '../../src/cli/flash-view.ts';
import type { Step } from '../../src/flash/card.ts';
import { CardMeter, type CardWork, expectedBytes } from '../../src/flash/progress.ts';
import { MIB } from '../../src/flash/sectors.ts';

interface Moment {
  readonly time: number;
  readonly share: number;
  readonly left: number | undefined;
}

const work: CardWork = {
  // What an alix image maps, and a card of 2 GB.
  ...{ imageBytes: 29 * MIB, imageSize: 82 * MIB, deviceSize: 1900 * MIB },
  ...{ capacity: 'probe', passes: 1, verifyOnly: false },
};
const READS: readonly Step[] = ['compare', 'verify', 'capacity check'];

/** All moments of a card that reads and writes so many MB a second; `written`: what differs, in bytes. */
function flashed(given: CardWork, read: number, write: number, written = given.imageBytes): Moment[] {
  const expected = expectedBytes(given);
  const meter = new CardMeter(expected, 0);
  const moments: Moment[] = [];
  let time = 0;
  const order: Step[] = ['compare', 'capacity', 'capacity check', 'write', 'verify'];
  for (const step of order) {
    const total = step === 'write' ? written : (expected[step] ?? 0);
    for (let done = Math.min(MIB, total); total > 0; done = Math.min(total, done + MIB)) {
      time += MIB / ((READS.includes(step) ? read : write) * 1000);
      const { share, left } = meter.on({ step, done, total }, time);
      moments.push({ time, share, left });
      if (done === total) break;
    }
  }
  return moments;
}

const progress = suite('CardMeter');

for (const [read, write] of [
  [20, 20],
  [25, 15],
  [20, 10],
  [2, 1],
] as const) {
  for (const capacity of ['probe', 'full', 'none'] as const) {
    progress(
      `is right to a fifth after a fifth of the time: ${read} and ${write} MB/s, capacity ${capacity}`,
      () => {
        const moments = flashed({ ...work, capacity }, read, write);
        const end = moments.at(-1)?.time ?? 0;
        let checked = 0;
        for (const { time, left } of moments.filter(
          (moment) => moment.time >= end / 5 && moment.time < end * 0.95,
        )) {
          const really = (end - time) / 1000;
          assert.ok(left !== undefined, `nothing is known after ${time} of ${end} ms`);
          assert.ok(Math.abs((left ?? 0) - really) <= really * 0.2 + 0.05, `${left} s, really ${really} s`);
          checked++;
        }
        assert.ok(checked > 20);
      },
    );
  }
}

progress('never falls, and is never above 100 %', () => {
  for (const given of [
    work,
    { ...work, passes: 3 },
    { ...work, verifyOnly: true },
    { ...work, capacity: 'full' } as const,
  ]) {
    let before = 0;
    for (const { share } of flashed(given, 20, 10, 3 * MIB)) {
      assert.ok(share >= before && share <= 1, `${before} → ${share}`);
      before = share;
    }
    assert.is(before, 1);
  }
});

progress('is told at least twice a second', () => {
  assert.ok(INTERVAL <= 500);
});

progress.run();
