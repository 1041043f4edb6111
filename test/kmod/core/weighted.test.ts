// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';

type Vector = { title: string; commands: string[]; output: string[] };

const vectors: Vector[] = [
  {
    title: 'equal weights alternate',
    commands: ['set 0 1 1', 'set 1 1 1', 'pick 1 6'],
    output: ['0 1 0 1 0 1'],
  },
  {
    title: 'weights 1:3 are spread within each period of four',
    commands: ['set 0 1 1', 'set 1 3 1', 'pick 1 8', 'credits'],
    output: ['1 0 1 1 1 0 1 1', '0 0'],
  },
  {
    title: 'weights 5:1:1 give the sequence that smooth weighted round robin is known for',
    commands: ['set 0 5 1', 'set 1 1 1', 'set 2 1 1', 'pick 1 7', 'credits'],
    output: ['0 0 1 0 2 0 0', '0 0 0'],
  },
  {
    title: 'the ratio is exact in each period, for the weights of the multipath thesis',
    commands: ['set 0 1 1', 'set 1 3 1', 'set 2 3 1', 'count 1 7', 'count 1 7000'],
    output: ['0=1 1=3 2=3', '0=1000 1=3000 2=3000'],
  },
  {
    title: 'extreme weights are exact too',
    commands: ['set 0 1 1', 'set 1 1000 1', 'count 1 1001', 'count 1 1001000', 'credits'],
    output: ['0=1 1=1000', '0=1000 1=1000000', '0 0'],
  },
  {
    title: 'a burst of 40 packets counts as 40',
    commands: ['set 0 1 1', 'set 1 3 1', 'count 40 100', 'credits'],
    output: ['0=1000 1=3000', '0 0'],
  },
  {
    title: 'a leg that took a burst waits until the others caught up with it',
    commands: ['set 0 1 1', 'set 1 1 1', 'pick 3 1', 'pick 1 4'],
    output: ['0', '1 1 1 0'],
  },
  {
    title: 'a burst longer than any GSO packet is charged as the longest one',
    commands: ['set 0 1 1', 'set 1 1 1', 'pick 4294967295 1', 'credits'],
    output: ['0', '-65536 65536'],
  },
  {
    title: 'one leg carries everything',
    commands: ['set 7 9 1', 'pick 1 3', 'credits'],
    output: ['7 7 7', '0 0 0 0 0 0 0 0'],
  },
  {
    title: 'without legs there is no choice',
    commands: ['pick 1 2'],
    output: ['-1 -1'],
  },
  {
    title: 'a leg that is not live is never chosen',
    commands: ['set 0 1000 0', 'set 1 1 1', 'pick 1 4', 'set 1 1 0', 'pick 1 1'],
    output: ['1 1 1 1', '-1'],
  },
  {
    title: 'a leg that comes back does not claim what it missed',
    commands: ['set 0 1 1', 'set 1 1 1', 'set 0 1 0', 'count 1 1000', 'set 0 1 1', 'pick 1 4'],
    output: ['1=1000', '0 1 0 1'],
  },
  {
    title: 'a removed leg leaves its share to the others, and its slot can be used again',
    commands: ['set 0 2 1', 'set 1 1 1', 'set 2 3 1', 'set 2 0 0', 'count 1 300', 'set 2 3 1', 'count 1 600'],
    output: ['0=200 1=100', '0=200 1=100 2=300'],
  },
  {
    title: 'new weights count from the next packet, and what a leg is ahead by is not forgotten',
    commands: [
      'set 0 1 1',
      'set 1 1 1',
      'pick 4 1',
      'credits',
      'set 1 3 1',
      'credits',
      'count 1 8',
      'count 1 4000',
    ],
    output: ['0', '-4 4', '-8 8', '1=8', '0=1000 1=3000'],
  },
  {
    title: 'setting what is already set changes nothing',
    commands: ['set 0 1 1', 'set 1 3 1', 'pick 1 1', 'credits', 'set 1 3 1', 'set 0 1 1', 'credits'],
    output: ['1', '1 -1', '1 -1'],
  },
  {
    title: 'weights that change before every packet starve no leg',
    commands: [
      'set 0 1 1',
      ...Array.from({ length: 8 }, (_, i) => [`set 1 ${3 + (i % 2)} 1`, 'pick 1 1']).flat(),
    ],
    output: ['1', '1', '0', '1', '1', '1', '0', '1'],
  },
];

const weighted = suite<{ folder: string; driver: string }>('weighted scheduler, portable core');

weighted.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'weighted-driver');
  await compileCore(['test/kmod/core/weighted-driver.c', 'src/kmod/core/sched/weighted.c'], context.driver);
});

weighted.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const { title, commands, output } of vectors) {
  weighted(title, async ({ driver }) => {
    const result = await run([driver], `${commands.join('\n')}\n`);
    assert.is(result.output, `${output.join('\n')}\n`);
    assert.is(result.code, 0);
  });
}

weighted.run();
