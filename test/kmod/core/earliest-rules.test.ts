// SPDX-License-Identifier: MIT
/** By which legs, and in how many copies, `earliest` sends packets that a rule is for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { EARLIEST } from './earliest-core.ts';

/** Slots are bits: three legs that answer after 10, 20 and 60 ms. */
const FAST = 1;
const MIDDLE = 2;
const SLOW = 4;
const ALL = FAST | MIDDLE | SLOW;

interface Case {
  live?: number;
  reports?: number;
  /** Legs of the rule; absent: it names none. */
  legs?: number;
  drop?: boolean;
  twice?: boolean;
  count?: number;
}

const test = suite('rules of the scheduler earliest, portable core');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-rules-'));
  program = join(scratch, 'rules');
  await compileCore([...EARLIEST, 'test/kmod/core/earliest-rules-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

async function leaves({ live = ALL, reports = ALL, legs, drop, twice, count = 1 }: Case): Promise<string> {
  const words = [live, reports, legs === undefined ? 0 : 1, legs ?? 0, drop ? 1 : 0, twice ? 1 : 0, count];
  const { output, code } = await run([program], `${words.join(' ')}\n`);
  assert.is(code, 0, output);
  return output.trim();
}

test('a rule that names no leg leaves the choice to the scheduler', async () => {
  assert.is(await leaves({}), '0 kept 1');
});

test('a packet leaves by the leg of its rule, though it arrives later', async () => {
  assert.is(await leaves({ legs: SLOW }), '2 kept 1');
});

test('of several legs of a rule the one on which it arrives first is taken', async () => {
  assert.is(await leaves({ legs: SLOW | MIDDLE }), '1 kept 1');
});

test('while its legs are dead it leaves by any other, or not at all, as the rule says', async () => {
  assert.is(await leaves({ legs: SLOW, live: FAST | MIDDLE }), '0 kept 1');
  assert.is(await leaves({ legs: SLOW, live: FAST | MIDDLE, drop: true }), '- kept 0');
  assert.is(await leaves({ legs: 0, drop: true }), '- kept 0');
});

test('what may leave by no other leg is not kept to be sent again by one', async () => {
  assert.is(await leaves({ legs: SLOW, drop: true }), '2 kept 0');
});

test('two copies leave by the two legs on which they arrive first, and none is kept', async () => {
  assert.is(await leaves({ twice: true }), '0+1 kept 0');
  assert.is(await leaves({ twice: true, live: FAST | SLOW }), '0+2 kept 0');
});

test('two copies keep to the legs of their rule, and one leaves when there is but one leg', async () => {
  assert.is(await leaves({ twice: true, legs: MIDDLE | SLOW }), '1+2 kept 0');
  assert.is(await leaves({ twice: true, legs: SLOW }), '2 kept 1');
  assert.is(await leaves({ twice: true, live: MIDDLE }), '1 kept 1');
  assert.is(await leaves({ twice: true, legs: SLOW, live: FAST | MIDDLE }), '0+1 kept 0');
});

test('a second copy leaves only where the far end gives on one of the two', async () => {
  const few = await leaves({ twice: true, reports: FAST, live: FAST | MIDDLE });
  assert.not.match(few, /[+]/);
  assert.is(await leaves({ twice: true, reports: 0 }), '0 kept 0');
});

test('what its leg has no room for waits for 100 ms of its rate, and is refused then', async () => {
  const packets = (await leaves({ legs: SLOW, count: 1000 })).split(' ').slice(0, -2);
  const taken = packets.filter((packet) => packet === '2').length;
  assert.equal(new Set(packets), new Set(['2', '-']));
  /** 100 ms of 1 MB/s; beside these, what pacing lets leave at once. */
  const waiting = 100_000 / 200;
  assert.ok(taken >= waiting && taken <= waiting + 30, `${taken} packets of 200 bytes were taken`);
});

test.run();
