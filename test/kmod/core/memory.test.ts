// SPDX-License-Identifier: MIT
/** What a link with the scheduler `earliest` holds while idle and in use, that it gives it back, and that it bears having none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { EARLIEST } from './earliest-core.ts';

/** Bytes on a 64-bit machine: the state of a link, a leg, and chunks of packets and connections. */
const STATE = 3872;
const LEG = 720;
const PACKETS = { bytes: 4040, count: 96 };
const CONNECTIONS = { bytes: 3808, count: 18 };

/** The same, as an allocator that gives powers of two takes it. */
const TAKEN = { state: 4096, leg: 1024, chunk: 4096 };

/** What is promised of a link, in bytes. */
const IDLE_MOST = 32 * 1024;
const USED_MOST = 512 * 1024;

/** Seconds: a connection is remembered for two minutes, and a chunk looked at each second. */
const FORGOTTEN_AFTER = 120 + CONNECTIONS.count;

const IDLE = [STATE + 2 * LEG, TAKEN.state + 2 * TAKEN.leg];

const test = suite('memory of the scheduler earliest');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-memory-'));
  program = join(scratch, 'memory');
  await compileCore([...EARLIEST, 'test/kmod/core/wires.c', 'test/kmod/core/memory-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

async function figures(...scenario: string[]): Promise<number[][]> {
  const { output, code } = await run([program, ...scenario]);
  assert.is(code, 0, output);
  return output
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
}

test('a link that carries nothing, or only what nobody acknowledges, holds its legs only', async () => {
  assert.equal(await figures('unused'), [IDLE, IDLE]);
  assert.ok((IDLE[1] ?? Number.NaN) <= IDLE_MOST);
});

test('more connections and packets than it remembers make it hold no more than it may, and it gives all of that back', async () => {
  const [used, [seconds = Number.NaN] = [], after] = await figures('full');
  const chunks = PACKETS.count + CONNECTIONS.count;
  const taken = TAKEN.state + 32 * TAKEN.leg + chunks * TAKEN.chunk;
  const asked = STATE + 32 * LEG + PACKETS.count * PACKETS.bytes + CONNECTIONS.count * CONNECTIONS.bytes;
  assert.equal(used, [asked, taken]);
  assert.ok(taken <= USED_MOST, `${taken}`);
  assert.ok(seconds <= FORGOTTEN_AFTER, `after ${seconds} s`);
  assert.equal(after, IDLE);
});

test('what ended connections held is given back while another one goes on', async () => {
  const [most = [], after = []] = await figures('goes-on');
  assert.ok((most[1] ?? 0) > 200 * 1024, `${most}: that shows nothing`);
  assert.equal(after, [STATE + 2 * LEG + CONNECTIONS.bytes + 2 * PACKETS.bytes, 6144 + 3 * TAKEN.chunk]);
});

test('a leg without memory is none until there is some', async () => {
  assert.equal(await figures('no-leg'), [IDLE]);
});

test('the memory of a leg that is gone stays until nothing waits for it', async () => {
  assert.equal(await figures('leaving-leg'), [
    [STATE + LEG, TAKEN.state + TAKEN.leg],
    [STATE + LEG, TAKEN.state + TAKEN.leg],
    [STATE, TAKEN.state],
  ]);
});

/** Each request for memory is refused, and `count` of those that follow. */
async function refused(rate: number, count: number) {
  const [[, queue = Number.NaN, asked = 0] = [], [percent = 0, longest = Number.NaN] = []] = await figures(
    'refusals',
    `${rate}`,
    `${count}`,
  );
  assert.ok(asked >= 3, `only ${asked} requests`);
  return { queue, percent, longest };
}

/** For ever. */
const ALL = 0xffffffff;

for (const count of [1, 100, ALL])
  test(`configured rates are kept, and used, when ${count} requests for memory are refused`, async () => {
    const { queue, percent, longest } = await refused(1_250_000, count);
    assert.is(percent, 100);
    assert.ok(longest <= queue + 1, `${longest} ms wait on a wire, with memory ${queue}`);
  });

for (const count of [1, 100])
  test(`windows are kept, and legs used, when ${count} requests for memory are refused`, async () => {
    const { queue, percent, longest } = await refused(0, count);
    assert.ok(percent >= 95, `${percent} %`);
    assert.ok(longest <= queue + 5, `${longest} ms wait on a wire, with memory ${queue}`);
  });

test('with no memory at all traffic goes on, as that which nobody acknowledges', async () => {
  const { percent } = await refused(0, ALL);
  assert.ok(percent >= 80, `${percent} %`);
});

test.run();
