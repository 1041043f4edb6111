// SPDX-License-Identifier: MIT
/** What strangers, dead far ends and full tables do to the scheduler `earliest`: nothing that lasts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { EARLIEST } from './earliest-core.ts';

/** Round trip of a packet alone, in us: 50 ms there and back, and 1452 bytes at 1.25 MB/s. */
const ROUND_TRIP = 51_161;

/** Packets that one call may look at. */
const BUDGET = 64;

const test = suite('scheduler earliest among hostile and dead far ends');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-hostile-'));
  program = join(scratch, 'hostile');
  await compileCore([...EARLIEST, 'test/kmod/core/wires.c', 'test/kmod/core/hostile-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

async function figures(...scenario: string[]): Promise<number[]> {
  const { output, code } = await run([program, ...scenario]);
  assert.is(code, 0, output);
  return output.trim().split(' ').map(Number);
}

test('forged acknowledgements of a stranger change nothing', async () => {
  assert.equal(await figures('forged'), [0, ROUND_TRIP, ROUND_TRIP]);
});

test('a round trip that was too short to be true is forgotten within half a minute', async () => {
  const [then = 0, later = 0] = await figures('early');
  assert.ok(then < ROUND_TRIP * 0.9, `the far end was not believed at first: ${then}`);
  assert.ok(Math.abs(later - ROUND_TRIP) < ROUND_TRIP * 0.05, `${later} us`);
});

test('a leg that was suspect carries datagrams again, with estimated rates', async () => {
  const [percent = 0] = await figures('datagrams', '0');
  assert.ok(percent >= 10, `${percent} %`);
});

test('a leg that was suspect carries datagrams again, with configured rates', async () => {
  const [percent = 0] = await figures('datagrams', '1250000');
  assert.ok(percent >= 10, `${percent} %`);
});

test('a leg that was suspect carries connections again whose receivers report no duplicates', async () => {
  const [percent = 0] = await figures('silent-receiver');
  assert.ok(percent >= 12, `${percent} %`);
});

test('a configured rate paces also when thousands of connections fill the table', async () => {
  const [left = 0] = await figures('table');
  assert.ok(left <= 6, `${left} of 100 packets left at once`);
});

test('a connection that uses the ports of another begins anew; its SYN sent twice does not', async () => {
  assert.equal(await figures('reuse'), [0, 1]);
});

test('a far end that dies makes no leg suspect', async () => {
  assert.equal(await figures('dead-host'), [0]);
});

test('several far ends whose packets vanish make their leg suspect', async () => {
  assert.equal(await figures('dead-leg'), [1]);
});

test('no acknowledgement costs more than a bounded look at packets in flight, and none is forgotten', async () => {
  const [most = 0, inFlight = -1] = await figures('work');
  assert.ok(most <= BUDGET, `${most} packets were looked at`);
  assert.ok(most > BUDGET / 2, `only ${most} were: that shows nothing`);
  assert.is(inFlight, 0);
});

test('who shares a place in the table with a connection nobody knows who does not know the seed', async () => {
  const [found = 0, shared = 8] = await figures('neighbours');
  assert.is(found, 8);
  assert.ok(shared <= 1, `${shared} of ${found} share it with another seed, too`);
});

test.run();
