// SPDX-License-Identifier: MIT
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StageResult } from '../../src/image/runner.ts';
import type { Stage } from '../../src/image/stage.ts';
import { secondsToEnd, Times } from '../../src/image/times.ts';
import { scratch } from './scratch.ts';

const stage = (id: string, deps: Stage[] = []): Stage => ({ id, inputs: null, deps, run: async () => {} });
const built = (stage: string, seconds: number): StageResult => {
  return { stage, key: '', state: 'built', seconds, out: '' };
};

const remembering = suite('Times');

remembering('keeps what stages took from one build to the next', async () => {
  const cache = scratch();
  const times = await Times.load(cache);
  await times.record([built('a', 3), { ...built('b', 9), state: 'cached' }]);
  const again = await Times.load(cache);
  assert.is(again.expected('a'), 3);
  assert.equal([again.measured('a'), again.measured('b')], [3, undefined]);
  assert.is.not(again.expected('b'), 9, 'a cached stage tells nothing new');
});

remembering('starts anew when its file is damaged', async () => {
  const cache = scratch();
  writeFileSync(join(cache, 'times.json'), '{"a": 3');
  assert.ok((await Times.load(cache)).expected('a') > 0);
});

remembering.run();

const chains = suite('secondsToEnd');

chains('follows the longest chain of dependents', async () => {
  const times = await Times.load(scratch());
  await times.record([built('source', 1), built('kernel', 100), built('small', 5), built('image', 10)]);
  const source = stage('source');
  const kernel = stage('kernel', [source]);
  const small = stage('small', [source]);
  const image = stage('image', [kernel, small]);
  const toEnd = secondsToEnd([image, small], times);
  assert.equal(
    [source, kernel, small, image].map((one) => toEnd.get(one)),
    [111, 110, 15, 10],
  );
});

chains.run();
