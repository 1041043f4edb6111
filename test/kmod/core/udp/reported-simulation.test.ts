// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { compileCore, run } from '../../toolchain.ts';
import { EARLIEST } from '../earliest-core.ts';
import { ORDER } from './order-sources.ts';

const SECONDS = 10;

type Case = {
  title: string;
  /** kB/s that the flow offers; more than the legs carry, unless `rate` says otherwise. */
  offers: number;
  /** RATE:DELAY:LOSS:DIES:RETURNS, see reported-simulation.c. */
  legs: string;
  /** kB/s that arrives in order, at least. */
  rate: number;
  /** Packets that are delivered behind a later one, percent, at most. */
  disordered: number;
  /** ms without a delivery, at most. */
  gap: number;
};

const cases: Case[] = [
  { title: '10 + 1', offers: 3000, legs: '1250:10:0 125:10:0', rate: 1370, disordered: 0, gap: 2 },
  { title: '10 + 0.2', offers: 3000, legs: '1250:10:0 25:10:0', rate: 1268, disordered: 0, gap: 2 },
  {
    title: '8 + 8, 10 and 50 ms',
    offers: 3000,
    legs: '1000:10:0 1000:50:0',
    rate: 1970,
    disordered: 0.3,
    gap: 10,
  },
  {
    title: '8 + 8, 100 and 200 ms',
    offers: 3000,
    legs: '1000:100:0 1000:200:0',
    rate: 1900,
    disordered: 2,
    gap: 10,
  },
  {
    title: 'five of 2',
    offers: 2000,
    legs: '250:10:0 250:10:0 250:10:0 250:10:0 250:10:0',
    rate: 1235,
    disordered: 0.5,
    gap: 20,
  },
  {
    title: 'one loses 1 %, and all of it is sent again',
    offers: 3000,
    legs: '1000:10:1 1000:10:0',
    rate: 1980,
    disordered: 1,
    gap: 10,
  },
  {
    title: 'one loses 3 %, and all of it is sent again',
    offers: 3000,
    legs: '1000:10:3 1000:30:0',
    rate: 1950,
    disordered: 2,
    gap: 10,
  },
  {
    title: 'nine tenths of the sum, from the first packet on',
    offers: 1237,
    legs: '1250:10:0 125:10:0',
    rate: 1232,
    disordered: 0,
    gap: 2,
  },
  {
    title: 'a leg dies for 2 s, and what was in flight is sent again',
    offers: 3000,
    legs: '1000:10:0:4:6 1000:10:0',
    // Of 2 s one leg carries nothing, and its search takes its time.
    rate: 1740,
    disordered: 1,
    gap: 20,
  },
];

const simulation = suite<{ folder: string; program: string }>('earliest over legs that report');

simulation.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-reported-'));
  context.program = join(context.folder, 'simulation');
  const parts = ['report', 'serial', 'missing', 'arrivals', 'replay'];
  await compileCore(
    [
      'test/kmod/core/udp/reported-simulation.c',
      ...EARLIEST,
      ...ORDER,
      ...parts.map((part) => `src/kmod/core/udp/${part}.c`),
    ],
    context.program,
  );
});
simulation.after(({ folder }) => rm(folder, { recursive: true, force: true }));

for (const { title, offers, legs, rate, disordered, gap } of cases)
  simulation(title, async ({ program }) => {
    const { output, code } = await run([program, String(SECONDS), String(offers), ...legs.split(' ')]);
    assert.is(code, 0, output);
    const [goodput = 0, lost, behind = 100, longest = 1e9] = output.split(' ').map(Number);
    assert.ok(goodput >= rate, `${goodput} kB/s of ${rate}`);
    assert.is(lost, 0, 'packets that never arrived, percent');
    assert.ok(behind <= disordered, `${behind} % behind a later one`);
    assert.ok(longest <= gap, `${longest} ms without a delivery`);
  });

simulation.run();
