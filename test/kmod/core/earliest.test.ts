// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, inScratch, run } from '../toolchain.ts';
import { EARLIEST } from './earliest-core.ts';

/** Payload in a packet of full size through an ipip leg. */
const PAYLOAD = 1428 / 1480;

const INPUTS = 10_000;
/** Room for twice as many calls as the other fuzzers make in a row. */
const INPUT_BYTES = 512;
const SEED = 20_261_121;

type Case = {
  title: string;
  legs: string;
  seconds: number;
  /** kB/s of IP packets that the legs carry, on average over the time that is measured. */
  rate: number;
  /** Percent of the limit that must be reached. */
  percent: number;
  /** Packets out of order, percent, at most. */
  late?: number;
  /** ms until 500 packets have arrived in order, at most. */
  start?: number;
  /** How often a leg may be suspected, at most. */
  suspicions?: number;
};

const cases: Case[] = [
  {
    title: 'one leg is filled, in order, and never waits for itself',
    legs: '1000:10',
    seconds: 10,
    rate: 1000,
    percent: 99,
    late: 0,
    start: 770,
  },
  {
    title: 'the rate of a second leg is known with the first packets',
    legs: '1000:10 1000:50',
    seconds: 5,
    rate: 2000,
    percent: 99,
    late: 0,
    start: 600,
  },
  {
    title: 'legs far away add up',
    legs: '1000:100 1000:200',
    seconds: 15,
    rate: 2000,
    percent: 99,
    start: 1200,
    suspicions: 0,
  },
  {
    title: 'legs far away add up when the far end puts packets into order, and are not suspected for it',
    legs: 'ordered 1000:100 1000:200',
    seconds: 30,
    rate: 2000,
    percent: 93,
    suspicions: 0,
  },
  {
    title: 'a leg on which a packet takes half a second is used',
    legs: '3:10',
    seconds: 60,
    rate: 3,
    // The sender takes for lost, and sends again, what takes longer than 300 ms: half of what leaves is not new.
    percent: 50,
  },
  {
    title: 'a leg of a tenth of the rate adds all of its rate, in order',
    legs: '1250:10 125:10',
    seconds: 15,
    rate: 1375,
    percent: 99,
    late: 0,
  },
  {
    title: 'a leg of a fiftieth of the rate adds all of its rate, in order',
    legs: '1250:10 25:10',
    seconds: 15,
    rate: 1275,
    percent: 99,
    late: 0,
  },
  {
    title: 'legs of different delay add up, in order',
    legs: '1000:10 1000:50',
    seconds: 15,
    rate: 2000,
    percent: 99,
    late: 0,
  },
  {
    title: 'five legs add up',
    legs: '250:10 250:10 250:10 250:10 250:10',
    seconds: 15,
    rate: 1250,
    percent: 98,
  },
  {
    title: 'a rate that halves is found out within a second',
    legs: '1000:10 1000:10*0.5:8',
    seconds: 20,
    rate: (5 * 2000 + 12 * 1500) / 17,
    percent: 98,
  },
  {
    title: 'a rate that doubles is found out within a second',
    legs: '1000:10 1000:10*2:8',
    seconds: 20,
    rate: (5 * 2000 + 12 * 3000) / 17,
    percent: 98,
  },
  {
    title: 'a leg that swallows packets is left, and used again within a second of its return',
    legs: '1000:10 1000:10:5:15',
    seconds: 20,
    rate: (2 * 2000 + 10 * 1000 + 5 * 2000) / 17,
    percent: 95,
  },
  {
    title: 'a slow leg beside a very fast one does no harm',
    legs: '20:10 12500:10',
    seconds: 30,
    rate: 12520,
    percent: 94,
    late: 0.1,
  },
];

const earliest = suite<{ folder: string; program: string }>('scheduler earliest, simulated legs');

earliest.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.program = join(context.folder, 'simulation');
  await compileCore(['test/kmod/core/earliest-simulation.c', ...EARLIEST], context.program);
});

earliest.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const { title, legs, seconds, rate, percent, late, start, suspicions } of cases) {
  earliest(title, async ({ program }) => {
    const { output, code } = await run([program, String(seconds), ...legs.split(' ')]);
    assert.is(code, 0, output);
    const [goodput = 0, disorder = 0, , began = 0, suspected = 0] = output.split(' ').map(Number);
    const reached = (100 * goodput) / (rate * PAYLOAD);
    assert.ok(reached >= percent, `${reached.toFixed(1)} % of the limit, not ${percent}: ${output}`);
    // What waited for its order when the measurement began counts, too.
    assert.ok(reached <= 100.2, `more than the limit: ${output}`);
    if (late !== undefined) assert.ok(disorder <= late, `${disorder} % out of order: ${output}`);
    if (start !== undefined) assert.ok(began <= start, `began after ${began} ms, not ${start}: ${output}`);
    if (suspicions !== undefined)
      assert.ok(suspected <= suspicions, `suspected ${suspected} times: ${output}`);
  });
}

earliest.run();

const avoid = suite<{ folder: string; program: string }>('scheduler earliest, legs to avoid');

avoid.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.program = join(context.folder, 'avoid');
  await compileCore(['test/kmod/core/earliest-avoid-driver.c', ...EARLIEST], context.program);
});

avoid.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

const choices: { title: string; live: number; avoid: number; known?: true; slot: number }[] = [
  { title: 'without any the first leg is as good as another', live: 0b11, avoid: 0, slot: 0 },
  { title: 'another leg is taken instead', live: 0b11, avoid: 0b01, slot: 1 },
  { title: 'one is taken of which less is known', live: 0b11, avoid: 0b01, known: true, slot: 1 },
  { title: 'the highest slot is known too', live: 0x8000_0001, avoid: 0b01, slot: 31 },
  { title: 'when there is no other, it is taken all the same', live: 0b01, avoid: 0b01, slot: 0 },
  { title: 'when all are to be avoided, none is', live: 0b110, avoid: 0b110, slot: 1 },
  { title: 'a dead leg is no way out', live: 0b010, avoid: 0b110, slot: 1 },
  { title: 'without a live leg there is none', live: 0, avoid: 0b01, slot: -1 },
];

for (const { title, live, avoid: mask, known, slot } of choices) {
  avoid(title, async ({ program }) => {
    const { output } = await run([program], `${live} ${mask} ${known ? 1 : 0}\n`);
    assert.is(output, `${slot}\n`);
  });
}

avoid.run();

const fuzz = suite('fuzzer of the scheduler earliest');

fuzz(`${INPUTS} inputs break none of the promises of the scheduler`, () =>
  inScratch(async (folder) => {
    const program = join(folder, 'earliest-fuzz');
    await compileCore(['test/kmod/core/fuzz-main.c', 'test/kmod/core/earliest-fuzz.c', ...EARLIEST], program);
    const result = await run([program, String(INPUTS), String(SEED), String(INPUT_BYTES)]);
    assert.is(result.output, `${INPUTS} inputs\n`);
    assert.is(result.code, 0);
  }),
);

fuzz.run();
