// SPDX-License-Identifier: MIT
/** `plait factory calibrate` at a board on a pseudo-terminal, whose figures are known. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Calibration } from '../../../src/factory/calibration/calibration.ts';
import { goodBoard } from '../../factory/support/bench.ts';
import { scratch } from '../../image/scratch.ts';
import { factory } from './command.ts';

type Answers = Record<string, Record<string, number | string>>;

const time = (name: string, cycles: number) => ({
  [`${name}_ns`]: cycles * 2,
  [`${name}_cycles`]: cycles,
  [`${name}_least_cycles`]: cycles - 1,
});
const cipher = (cycles: number) => ({ ...time('seal', cycles), ...time('open', cycles + 100) });

/** Sealing takes 500 cycles and 20 a byte. Phases that end in a number are the answers for so many bytes. */
const ANSWERS: Answers = {
  'calibrate-system': {
    ...{ board: 'alix', build: 'e7676868c879', kernel: '6.12.117', kernel_version: '#1', cpus: 1 },
    ...{ model_name: 'Geode(TM)', family: 5, model: 10, clock: 498.052 },
  },
  'calibrate-clock': {
    ...{ source: 'tsc', sources: 'tsc pit', timer: 'pit', timer_ahead_ns: 12572, timer_resolution_ns: 1 },
    ...{ ...time('clock_read', 30), clock_step_ns: 60 },
    ...{ timer_late_least_ns: 5, timer_late_median_ns: 40, timer_late_p99_ns: 90, timer_late_most_ns: 99 },
  },
  'calibrate-cipher': {},
  'calibrate-cipher-64': cipher(500 + 20 * 64),
  'calibrate-cipher-512': cipher(500 + 20 * 512),
  'calibrate-cipher-1400': cipher(500 + 20 * 1400),
  'calibrate-x25519': { ...time('x25519', 2_000_000), ...time('public_key', 2_100_000) },
  'calibrate-forward': {},
  'calibrate-forward-46': time('packet', 2500),
  'calibrate-forward-1400': time('packet', 3000),
  'calibrate-plait': {},
  'calibrate-plait-46': time('packet', 5000),
  'calibrate-plait-1400': time('packet', 6000),
};
const BY_BYTES = 'case "$3" in bytes=*) p="$p-${3#bytes=}";; esac';

async function calibrated(number: number, answers: Answers, ...words: string[]) {
  const before = Object.fromEntries(
    ['cipher', 'forward', 'plait'].map((one) => [`calibrate-${one}`, BY_BYTES]),
  );
  const board = await goodBoard(number, { answers, before });
  const file = join(scratch(), 'alix.json');
  board.power(true);
  try {
    const said = await factory(
      scratch(),
      'calibrate',
      '--serial',
      board.port,
      ...(words.includes('--json') ? [] : ['--out', file]),
      ...words,
    );
    return { said, file, calls: board.calls() };
  } finally {
    await board.remove();
  }
}

const verb = suite('plait factory calibrate');

verb('writes what the board has measured, and no word of which board it is', async () => {
  const { said, file, calls } = await calibrated(4, ANSWERS);
  assert.is(said.code, 0, said.err);
  const text = readFileSync(file, 'utf8');
  const found = JSON.parse(text) as Calibration;
  assert.is(found.format, 'plait-calibration-1');
  assert.equal(found.board, {
    ...{ name: 'alix', version: '0.1.0', build: 'e7676868c879' },
    kernel: { release: '6.12.117', version: '#1' },
    cpu: { count: 1, name: 'Geode(TM)', family: 5, model: 10, megahertz: 498.052 },
  });
  assert.equal(found.cipher.seal, { cyclesPerByte: 20, fixedCycles: 500 });
  assert.equal(found.cipher.open, { cyclesPerByte: 20, fixedCycles: 600 });
  assert.equal(found.x25519.agree, { ns: 4_000_000, cycles: 2_000_000, leastCycles: 1_999_999 });
  assert.equal(
    [...found.packets.forwarded, ...found.packets.plaited].map((one) => [one.bytes, one.perSecond]),
    [
      [46, 200_000],
      [1400, 166_667],
      [46, 100_000],
      [1400, 83_333],
    ],
  );
  assert.equal(found.clock.timer, {
    ...{ device: 'pit', resolutionNs: 1, shortestNs: 12572 },
    lateNs: { least: 5, median: 40, p99: 90, most: 99 },
  });
  assert.ok(found.notMeasured.length > 0);
  assert.not.match(text, /00:0d:b9/);
  assert.is(calls.filter((call) => /calibrate-cipher/.test(call)).length, 3);
});

verb('prints the same as JSON, and writes no file then', async () => {
  const { said } = await calibrated(6, ANSWERS, '--json');
  assert.is((JSON.parse(said.out) as Calibration).cipher.messages.length, 3);
});

verb('refuses what is no measurement, and writes nothing', async () => {
  const with_ = (phase: string, over: Record<string, number | string>) => ({
    ...ANSWERS,
    [phase]: { ...ANSWERS[phase], ...over },
  });
  for (const [answers, why] of [
    [with_('calibrate-plait-46', { packet_ns: 0 }), /packet_ns is 0; it must be a number above 0/],
    [with_('calibrate-x25519', { x25519_ns: 'fast' }), /x25519_ns is "fast"; it must be a number/],
    [with_('calibrate-system', { board: '../etc/cron' }), /"..\/etc\/cron" is no name of a board/],
    [with_('calibrate-system', { model_name: '\u001b[2J' }), /model_name is .* it must be a printable text/],
  ] as const) {
    const { said, file } = await calibrated(5, answers);
    assert.is(said.code, 1);
    assert.match(said.err, why);
    assert.throws(() => readFileSync(file), /ENOENT/);
  }
});

verb.run();
