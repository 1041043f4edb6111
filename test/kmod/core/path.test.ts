// SPDX-License-Identifier: MIT
/** What rate a path is taken for that is never full. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { PATH_MODEL } from './earliest-core.ts';

/** Bytes a second. */
const RATE = 1_000_000;

const test = suite('model of a path, portable core');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-path-'));
  program = join(scratch, 'path');
  await compileCore([...PATH_MODEL, 'test/kmod/core/path-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

/** The least and the highest estimate, in percent of the true rate. */
async function estimates(command: string): Promise<number[]> {
  const { output, code } = await run([program], `${command}\n`);
  assert.is(code, 0, output);
  return output
    .trim()
    .split(' ')
    .map((rate) => (100 * Number(rate)) / RATE);
}

for (const [title, factor] of [
  ['a path that is faster than it is taken for', 0.5],
  ['a path that is slower than it is taken for', 1.5],
] as const) {
  test(`${title} shows it though it is never full`, async () => {
    const [least = 0, highest = 0] = await estimates(`bursts ${RATE} ${factor * RATE} 15`);
    assert.ok(least > 95 && highest < 105, `${least} to ${highest} %`);
  });
}

test('what a sender that begins has to send is not taken for what the path can carry', async () => {
  const [least = 0, highest = 0] = await estimates(`start ${RATE} 12`);
  assert.ok(least > 95 && highest < 105, `${least} to ${highest} %`);
});

test.run();
