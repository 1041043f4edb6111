// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { compileCore, run } from '../../toolchain.ts';
import { balanceSources } from './sources.ts';

type Vector = { title: string; commands: string[]; output: string[] };

/** The uplinks of the channel balancing thesis: 1, 10 and 10 Mbit/s. */
const THESIS = ['set 0 1 1000000 0 1', 'set 1 1 10000000 0 1', 'set 2 1 10000000 0 1'];
const EQUAL = ['set 0 1 0 0 1', 'set 1 1 0 0 1', 'set 2 1 0 0 1'];

const vectors: Vector[] = [
  {
    title: 'packet: equal weights get the same bytes, and what others sent is made up for',
    commands: ['strategy packet', ...THESIS, 'packets 1 1000 3000', 'sent 0 1 500000', 'packets 1 1000 1000'],
    output: ['0=1000000 1=1000000 2=1000000', '1=500000 2=500000'],
  },
  {
    title: 'packet: weights 1:3 hold in bytes, whatever the size of the packets',
    commands: [
      'strategy packet',
      'set 0 1 0 0 1',
      'set 1 3 0 0 1',
      'packets 1 1500 400',
      'packets 1 40 400',
      'sent 1 1 1500',
      'packets 1 500 1',
      'packets 1 100 15',
    ],
    output: ['0=150000 1=450000', '0=4000 1=12000', '0=500', '0=400 1=1100'],
  },
  {
    title: 'packet: an uplink that comes back does not claim what it missed',
    commands: [
      'strategy packet',
      ...EQUAL.slice(0, 2),
      'set 1 1 0 0 0',
      'packets 1 100 1000',
      'set 1 1 0 0 1',
      'packets 1 100 4',
    ],
    output: ['0=100000', '0=200 1=200'],
  },
  {
    title: 'packet: what is owed is bounded',
    commands: [
      'strategy packet',
      'set 0 1 0 0 1',
      'set 1 1 0 0 1',
      ...Array.from({ length: 5 }, () => 'sent 0 1 1000000'),
      'packets 1 1024 4096',
    ],
    output: ['0=1048576 1=3145728'],
  },
  {
    title: 'session: the next by weight; sessions that nobody chose count too',
    commands: [
      'strategy session',
      'set 0 1 0 0 1',
      'set 1 3 0 0 1',
      'sessions 1 1 8',
      'begun 1 1',
      'begun 1 1',
      'begun 1 1',
      'sessions 1 1 4',
      'gone 1',
      'sessions 1 1 2',
    ],
    output: ['1 0 1 1 1 0 1 1', '0 1 0 1', '0 0'],
  },
  {
    title: 'without a live uplink there is no choice',
    commands: ['strategy session', 'sessions 1 1 1', 'set 0 1 0 0 0', 'sessions 1 1 1'],
    output: ['-1', '-1'],
  },
  {
    title: 'route: a destination stays while it is in use, and the next takes the next uplink',
    commands: [
      'strategy route',
      ...EQUAL,
      'sessions 1 1 3',
      'sessions 2 1 2',
      'sessions 3 1 1',
      'sessions 4 1 2',
      'at 286102',
      'sent 0 1 60',
      'at 572204',
      'sessions 1 1 1',
      'sessions 2 1 1',
    ],
    output: ['0 0 0', '1 1', '2', '0 0', '0', '1'],
  },
  {
    title: 'route: a destination whose uplink dies gets another, and does not come back',
    commands: [
      'strategy route',
      ...EQUAL,
      'sessions 1 1 1',
      'set 0 1 0 0 0',
      'sessions 1 1 1',
      'set 0 1 0 0 1',
      'sessions 1 1 1',
    ],
    output: ['0', '1', '1'],
  },
  {
    title: 'route: the slot of an uplink that is gone says nothing of the next one there',
    commands: [
      'strategy route',
      ...EQUAL.slice(0, 2),
      'sessions 1 1 1',
      'gone 0',
      'set 0 1 0 0 1',
      'sessions 2 1 1',
      'sessions 1 1 1',
    ],
    output: ['0', '0', '1'],
  },
  {
    title: 'retransmit: a lossy uplink gets no session and loses those that can leave, until all are alike',
    commands: [
      'strategy retransmit',
      ...EQUAL,
      'sessions 1 1 6',
      'sample 1 500',
      'sessions 1 1 4',
      'keep 1',
      'keep 0',
      'sample 0 450',
      'sample 2 450',
      'keep 1',
      'sessions 1 1 3',
    ],
    output: ['0 1 2 0 1 2', '0 2 0 2', '0', '1', '1', '1 1 0'],
  },
  {
    title: 'retransmit: little differences do not count',
    commands: ['strategy retransmit', ...EQUAL, 'sample 1 100', 'sessions 1 1 3', 'keep 1'],
    output: ['0 1 2', '1'],
  },
  {
    title: 'history: the second session of a destination takes the uplink that was fastest',
    commands: [
      'strategy history',
      ...EQUAL,
      'begun 0 1',
      'sent 0 1 60',
      'received 0 0 1 60',
      'at 100',
      'sent 0 1 10000',
      'begun 2 1',
      'sent 2 1 60',
      'received 2 2 1 60',
      'at 150',
      'sent 2 1 10000',
      'sessions 1 1 1',
    ],
    output: ['2'],
  },
  {
    title: 'history: what comes in counts for the uplink that the session leaves by',
    commands: [
      'strategy history',
      ...EQUAL.slice(0, 2),
      'begun 1 1',
      'sent 1 1 60',
      'received 0 1 1 60',
      'sessions 1 1 1',
    ],
    output: ['1'],
  },
  {
    title: 'history: packets of strangers, however many, take nothing out of what is known',
    commands: [
      'strategy history',
      ...EQUAL,
      'begun 2 7',
      'received 2 2 7 100000',
      'at 100',
      'received 2 2 7 100000',
      'sessions 7 1 1',
      'strangers 0 1000 100000',
      'sessions 7 1 1',
    ],
    output: ['2', '2'],
  },
  {
    title: 'history: an uplink that never answered comes last',
    commands: [
      'strategy history',
      ...EQUAL,
      'sessions 1 1 1',
      'sessions 1 1 1',
      'sessions 1 1 1',
      'sessions 1 1 1',
    ],
    output: ['0', '1', '2', '0'],
  },
  {
    title: 'history: one of four sessions tries an uplink that was not used lately',
    commands: [
      'strategy history',
      ...EQUAL.slice(0, 2),
      'sessions 1 1 1',
      'received 0 0 1 100000',
      'sessions 1 1 4',
      'received 1 1 1 60',
      'sessions 1 1 8',
      'at 70000',
      'sent 0 1 60',
      'sessions 1 1 4',
    ],
    output: ['0', '0 0 1 0', '0 0 0 0 0 0 0 0', '0 0 1 0'],
  },
  {
    title: 'bandwidth: sessions that stay spread before their traffic is seen',
    commands: ['strategy bandwidth', ...THESIS, 'sessions 1 1 6', 'sessions 1 0 3'],
    output: ['1 2 1 2 1 2', '1 2 1'],
  },
  {
    title: 'bandwidth: the direction with less room counts, where both are known',
    commands: [
      'strategy bandwidth',
      'set 0 1 10000000 10000000 1',
      'set 1 1 10000000 10000000 1',
      'received 0 0 1 250000',
      'packets 1 100 10',
    ],
    output: ['1=1000'],
  },
  {
    title: 'estimates: rates over one and over eight seconds',
    commands: [
      'measure 1000 125000 0 0 0',
      'measure 2000 250000 125 0 0',
      ...[3, 4, 5, 6, 7, 8, 9].map((second) => `measure ${second}000 250000 125 0 0`),
    ],
    output: [
      'tx 1000000 1000000 rx 0 0 retransmitted 0',
      'tx 1000000 1000000 rx 1000 500 retransmitted 0',
      'tx 0 666666 rx 0 333 retransmitted 0',
      'tx 0 500000 rx 0 250 retransmitted 0',
      'tx 0 400000 rx 0 200 retransmitted 0',
      'tx 0 333333 rx 0 166 retransmitted 0',
      'tx 0 285714 rx 0 142 retransmitted 0',
      'tx 0 250000 rx 0 125 retransmitted 0',
      'tx 0 125000 rx 0 125 retransmitted 0',
    ],
  },
  {
    title: 'estimates: losses are seen at once, though much was sent without before, and fade away',
    commands: [
      ...[1, 2, 3, 4].map((second) => `measure ${second}000 0 0 ${second * 800} 0`),
      'measure 5000 0 0 3400 10',
      'measure 6000 0 0 3600 20',
      'measure 7000 0 0 3600 20',
      ...[8, 9, 10, 11, 12, 13, 14, 15, 16].map((second) => `measure ${second}000 0 0 3600 20`),
    ],
    output: [0, 0, 0, 0, 105, 222, 222, 222, 222, 222, 194, 169, 147, 128, 112, 98].map(
      (rate) => `tx 0 0 rx 0 0 retransmitted ${rate}`,
    ),
  },
];

const suiteOf = suite<{ folder: string; driver: string }>('balancing strategies, portable core');

suiteOf.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'strategies-driver');
  await compileCore(await balanceSources('strategies-driver.c'), context.driver);
});

suiteOf.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const { title, commands, output } of vectors) {
  suiteOf(title, async ({ driver }) => {
    const result = await run([driver], `${commands.join('\n')}\n`);
    assert.is(result.output, `${output.join('\n')}\n`);
    assert.is(result.code, 0);
  });
}

type Load = { strategy: string; uplinks: string[]; mbit: number; aims: number[] };

/** What each uplink is to carry, in bit/s: equal room for `bandwidth`, equal room in percent for `headroom`. */
const loads: Load[] = [
  { strategy: 'bandwidth', uplinks: THESIS, mbit: 0.5, aims: [0, 250_000, 250_000] },
  { strategy: 'bandwidth', uplinks: THESIS, mbit: 17, aims: [0, 8_500_000, 8_500_000] },
  { strategy: 'bandwidth', uplinks: THESIS, mbit: 20, aims: [666_667, 9_666_667, 9_666_667] },
  { strategy: 'bandwidth', uplinks: THESIS, mbit: 42, aims: [2_000_000, 20_000_000, 20_000_000] },
  { strategy: 'headroom', uplinks: THESIS, mbit: 2.1, aims: [100_000, 1_000_000, 1_000_000] },
  { strategy: 'headroom', uplinks: THESIS, mbit: 20, aims: [952_381, 9_523_810, 9_523_810] },
  { strategy: 'headroom', uplinks: THESIS, mbit: 42, aims: [2_000_000, 20_000_000, 20_000_000] },
  { strategy: 'headroom', uplinks: EQUAL.slice(0, 2), mbit: 1, aims: [500_000, 500_000] },
  {
    strategy: 'bandwidth',
    uplinks: ['set 0 1 10000000 0 1', 'set 1 3 10000000 0 1'],
    mbit: 8,
    aims: [1_000_000, 7_000_000],
  },
];

for (const { strategy, uplinks, mbit, aims } of loads) {
  suiteOf(
    `${strategy}: ${mbit} Mbit/s over ${uplinks.length} uplinks is within 1 % of the aim`,
    async ({ driver }) => {
      const commands = [`strategy ${strategy}`, ...uplinks, `load ${mbit * 1_000_000} 1000 10`];
      const result = await run([driver], `${commands.join('\n')}\n`);
      assert.is(result.code, 0, result.output);
      const carried = result.output.trim().split(' ').map(Number);
      assert.is(carried.length, aims.length);
      for (const [slot, aim] of aims.entries()) {
        const off = Math.abs((carried[slot] ?? Number.NaN) - aim);
        assert.ok(off <= aim * 0.01, `uplink ${slot} carries ${carried[slot]}, aim ${aim}`);
      }
    },
  );
}

suiteOf.run();
