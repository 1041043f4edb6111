// SPDX-License-Identifier: MIT
/** A leg whose rate is configured is paced at that rate, however late the timers of the machine are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { EARLIEST } from './earliest-core.ts';

const SECONDS = 10;
const MBIT = 125_000;

/** Ticks and least delays in ns. The ALIX: 2048 Hz, no sooner than 15 ticks (drivers/clocksource/cs5535-clockevt.c). */
const timers = {
  'of 1 us': { tick: 1000, least: 0 },
  'of 1000 Hz': { tick: 1_000_000, least: 0 },
  'of the ALIX': { tick: 488_281, least: 7_324_219 },
} as const;

const test = suite('pacing at a configured rate, portable core');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-pacing-'));
  program = join(scratch, 'pacing');
  await compileCore([...EARLIEST, 'test/kmod/core/pacing-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

for (const [name, { tick, least }] of Object.entries(timers))
  for (const mbit of [1, 10, 100]) {
    test(`${mbit} Mbit/s with a timer ${name}`, async () => {
      const { output, code } = await run([
        program,
        ...[mbit * MBIT, tick, least, SECONDS].map((value) => String(value)),
      ]);
      assert.is(code, 0, output);
      const [thousandths = 0, longest = 0, afterPause = 0, timersFor100 = 0] = output
        .trim()
        .split(' ')
        .map(Number);
      const packet = (1480 * 1_000_000) / (mbit * MBIT);
      const late = (tick + least) / 1000;
      assert.ok(thousandths >= 990 && thousandths <= 1003, `${thousandths / 10} % of the rate left`);
      // 2 ms may leave after a pause, 1 ms before its time, and what should have left while the timer was late.
      assert.ok(longest <= late + 3000 + packet, `a burst of ${longest} us`);
      assert.ok(afterPause <= late + 3000 + packet, `a burst of ${afterPause} us after a pause`);
      assert.ok(afterPause > 0, 'something leaves after a pause');
      // A timer a millisecond at most, however many packets leave in it.
      assert.ok(
        timersFor100 <= 100 * Math.min(packet / 1000, 1) + 1,
        `${timersFor100} timers for 100 packets`,
      );
    });
  }

test.run();
