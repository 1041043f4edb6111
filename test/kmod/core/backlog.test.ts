// SPDX-License-Identifier: MIT
/** Packets that wait for room, and legs by which nothing comes in: what is decided, in vectors and against what was promised. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';

const backlog = suite('back-pressure and quiet legs');

let folder = '';
let program = '';

backlog.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plait-backlog-'));
  program = join(folder, 'backlog');
  await compileCore(['src/kmod/core/quiet.c', 'test/kmod/core/backlog-driver.c'], program);
});
backlog.after(() => rm(folder, { recursive: true, force: true }));

async function ask(lines: readonly string[]): Promise<string[]> {
  const { output, code } = await run([program], lines.map((line) => `${line}\n`).join(''));
  assert.is(code, 0, output);
  return output.trimEnd().split('\n');
}

const VECTORS: readonly (readonly [why: string, line: string, answer: string])[] = [
  ['a leg is quiet after more than 30 ms, while another was heard', 'quiet 31 0', '1'],
  ['not yet after 30 ms', 'quiet 30 0', '0'],
  ['another was heard 20 ms ago: lately enough', 'quiet 31 20', '1'],
  ['21 ms ago is not', 'quiet 31 21', '0'],
  ['all are silent: the far end sends nothing', 'quiet 1000 2000 3000', '0'],
  ['a leg by which nothing ever came may be one-way', 'quiet -1 0', '0'],
  ['nor does it show that others are quiet', 'quiet 500 -1', '0'],
  ['several, in the order of slots', 'quiet 31 5 -1 3600000', '9'],
  ['no legs', 'quiet', '0'],
  ['room for one more', 'admits 400 599', '1'],
  ['1000 are enough', 'admits 400 600', '0'],
  ['nothing waits, and there is room', 'passes 0 0 1', '1'],
  ['no room', 'passes 0 0 0', '0'],
  ['others wait: not before them', 'passes 1 0 1', '0'],
  ['what acknowledges never waits', 'passes 1000 1 0', '1'],
  ['full: the discipline before us stops', 'intake 1 0 1', 'stop'],
  ['it is stopped again where somebody has woken it', 'intake 1 1 1', 'stop'],
  ['there is none to stop', 'intake 1 0 0', 'keep'],
  ['room again', 'intake 0 1 1', 'wake'],
  ['it is woken also when it can not be stopped any more', 'intake 0 1 0', 'wake'],
  ['all is well', 'intake 0 0 1', 'keep'],
  ['nothing to look after', 'again 0 0 0', '0'],
  ['packets wait', 'again 1 0 0', '1'],
  ['copies are kept', 'again 0 1 0', '1'],
  ['the device is stopped: nobody else would wake it', 'again 0 0 1', '1'],
];

backlog('vectors', async () => {
  const answers = await ask(VECTORS.map(([, line]) => line));
  VECTORS.forEach(([why, line, answer], index) => {
    assert.is(answers[index], answer, `${line}: ${why}`);
  });
  assert.is(answers.length, VECTORS.length);
});

backlog('whichever legs there are, one that was heard lately is never avoided', async () => {
  const silence = fc.array(fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 60 })), { maxLength: 32 });
  const cases = fc.sample(silence, { numRuns: 2000, seed: 1 });
  const answers = await ask(cases.map((legs) => `quiet ${legs.join(' ')}`));
  cases.forEach((legs, index) => {
    const quiet = Number.parseInt(answers[index] ?? '', 16);
    const lately = legs.some((ms) => ms >= 0 && ms <= 20);
    legs.forEach((ms, slot) => {
      assert.is(((quiet >>> slot) & 1) === 1, lately && ms > 30, `slot ${slot} of ${legs}`);
    });
  });
});

backlog.run();
