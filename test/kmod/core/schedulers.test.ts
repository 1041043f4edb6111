// SPDX-License-Identifier: MIT
/** Schedulers `backup` and `duplicate`: which legs they choose while legs come and go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';

const STEPS = 3000;
const SEED = 20_261_129;
const SLOTS = 32;

type Line = { weight: number; priority: number; live: boolean };

const test = suite('schedulers backup and duplicate, portable core');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-schedulers-'));
  program = join(scratch, 'schedulers');
  const sources = ['weighted', 'backup', 'duplicate'].map((name) => `src/kmod/core/sched/${name}.c`);
  await compileCore([...sources, 'test/kmod/core/schedulers-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

/** The sets that were picked, each as a number with a bit for each slot. */
async function picks(name: string, ...commands: string[]): Promise<number[][]> {
  const { output, code } = await run([program, name], `${commands.join('\n')}\n`);
  assert.is(code, 0, output);
  return output
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map((slots) => Number.parseInt(slots, 16)));
}

test('backup: only the first rank carries, by weight', async () => {
  const legs = ['set 0 1 1 1', 'set 1 1 0 1', 'set 2 3 0 1'];
  assert.equal(await picks('backup', ...legs, 'pick 8'), [[4, 2, 4, 4, 4, 2, 4, 4]]);
});

test('backup: the next rank takes over when the last leg of the first dies, and gives back', async () => {
  const legs = ['set 0 1 7 1', 'set 1 1 0 1', 'set 2 1 3 1'];
  const after = ['pick 2', 'set 1 1 0 0', 'pick 2', 'set 2 1 3 0', 'pick 2', 'set 1 1 0 1', 'pick 2'];
  assert.equal(await picks('backup', ...legs, ...after), [
    [2, 2],
    [4, 4],
    [1, 1],
    [2, 2],
  ]);
});

test('backup: a leg that changes its priority or leaves changes who carries', async () => {
  const legs = ['set 0 1 1 1', 'set 1 1 0 1'];
  const after = ['set 1 1 2 1', 'pick 1', 'set 0 0 0 0', 'pick 1', 'set 1 0 0 0', 'pick 1'];
  assert.equal(await picks('backup', ...legs, ...after), [[1], [2], [0]]);
});

test('backup: the last priority there is carries when it is alone', async () => {
  assert.equal(await picks('backup', 'set 31 1 255 1', 'pick 1'), [[0x8000_0000]]);
});

test('duplicate: all live legs carry', async () => {
  const legs = ['pick 1', 'set 0 1 0 1', 'set 5 2 1 1', 'set 31 1 0 0', 'pick 2', 'set 0 0 0 0', 'pick 1'];
  assert.equal(await picks('duplicate', ...legs), [[0], [0x21, 0x21], [0x20]]);
});

/** xorshift, so that a failure can be had again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

for (const name of ['backup', 'duplicate']) {
  test(`${name}: ${STEPS} random changes, against what was said of the legs`, async () => {
    const random = numbers(SEED);
    const lines = new Map<number, Line>();
    const commands: string[] = [];
    const allowed: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const slot = random(SLOTS);
      const line = { weight: random(4), priority: random(4) * 85, live: random(3) > 0 };
      if (line.weight) lines.set(slot, line);
      else lines.delete(slot);
      commands.push(`set ${slot} ${line.weight} ${line.priority} ${Number(line.live)}`, 'pick 1');
      const live = [...lines].filter(([, { live }]) => live);
      const rank = Math.min(...live.map(([, { priority }]) => priority));
      const carry = name === 'backup' ? live.filter(([, { priority }]) => priority === rank) : live;
      allowed.push(carry.reduce((slots, [at]) => slots + 2 ** at, 0));
    }
    const picked = (await picks(name, ...commands)).flat();
    assert.is(picked.length, STEPS);
    for (const [step, slots] of picked.entries()) {
      const from = BigInt(allowed[step] ?? 0);
      const is = BigInt(slots);
      if (name === 'duplicate') assert.is(is, from, `step ${step}`);
      else {
        assert.is(is & ~from, 0n, `step ${step}: a leg of another rank`);
        assert.is(is === 0n, from === 0n, `step ${step}`);
        assert.is(is & (is - 1n), 0n, `step ${step}: more than one`);
      }
    }
  });
}

test.run();
