// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allowedAt, type Change } from './history.ts';

const RUN: Change<string>[] = [
  { value: 'old', asked: 0, promised: 0 },
  { value: 'new', asked: 10, promised: 20 },
  { value: 'bad', asked: 30 },
  { value: 'new again', asked: 35, promised: 40 },
];

const history = suite('what may be there after a power cut');

for (const [moment, allowed] of [
  [0, ['old']],
  [10, ['old', 'new']],
  [19, ['old', 'new']],
  [20, ['new']],
  [30, ['new', 'bad']],
  [39, ['new', 'bad', 'new again']],
  [40, ['new again']],
] as const) {
  history(`at moment ${moment} is ${allowed.join(' or ')}`, () =>
    assert.equal(allowedAt(RUN, moment), [...allowed]),
  );
}

history.run();
