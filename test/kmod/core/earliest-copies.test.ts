// SPDX-License-Identifier: MIT
/** Which acknowledgements of its own copies `earliest` keeps from the sender, and when it copies what is sent again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { EARLIEST } from './earliest-core.ts';

const test = suite('copies of the scheduler earliest, portable core');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-copies-'));
  program = join(scratch, 'copies');
  await compileCore([...EARLIEST, 'test/kmod/core/earliest-copies-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

async function say(what: string): Promise<string[]> {
  const { output, code } = await run([program], `${what}\n`);
  assert.is(code, 0, output);
  return output.trim().split('\n');
}

test('that a copy was a duplicate is for us alone', async () => {
  assert.equal(await say('nothing'), ['1']);
});

test('so it is when it announces another window, while data is in flight whose acknowledgement will, too', async () => {
  assert.equal(await say('busy'), ['1']);
});

test('it is told once', async () => {
  assert.equal(await say('twice'), ['1', '0']);
});

for (const [what, title] of [
  ['progress', 'one that acknowledges something new'],
  ['data', 'one with data'],
  ['hole', 'one that tells of a hole'],
  ['window', 'one that announces another window while it may wait for that'],
  ['congestion', 'one that tells of congestion'],
  ['option', 'one with an option that we do not know'],
  ['part', 'one of a part of it'],
  ['earlier', 'one of a packet that was not copied'],
  ['resent', 'one of what the sender has sent again'],
] as const) {
  test(`the sender sees ${title}`, async () => {
    assert.equal(await say(what), ['0']);
  });
}

test('what is sent again while nothing is heard of any leg leaves by two', async () => {
  assert.equal(await say('again 300'), ['1']);
  assert.equal(await say('again 30'), ['0']);
});

test.run();
