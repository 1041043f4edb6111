// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mean, median, percentile } from '../../../src/lab/measure/statistics.ts';
import { Rejected } from '../../../src/lab/rejected.ts';
import { agreed, fetchLines } from '../../../src/lab/workload/fetch.ts';

const rule = suite('repetitions');

rule('that agree give their mean', () => {
  assert.is(agreed([100, 102, 104], 0.05), 102);
});

rule('are rejected when mean and median are further apart than allowed', () => {
  const values = [100, 100, 100, 100, 140];
  assert.is(agreed(values, 0.09), 108);
  try {
    agreed(values, 0.07);
    assert.unreachable('they were taken');
  } catch (error) {
    assert.instance(error, Rejected);
    assert.match(
      (error as Error).message,
      'mean 108.0 and median 100.0 of 100.0, 100.0, 100.0, 100.0, 140.0 disagree',
    );
  }
});

rule.run();

const transfers = suite('transfers');

transfers('pause before the clock is read, so that it does not count', () => {
  const options = { client: 'c', server: 's', bytes: 1000, times: 2 };
  const script = (pause?: number) =>
    fetchLines('doc', '192.0.2.1', pause === undefined ? options : { ...options, pause }).join('\n');
  assert.match(script(10), 'for i in $(seq 2); do sleep 10; a=$(date');
  assert.match(script(), 'for i in $(seq 2); do a=$(date');
});

transfers.run();

const numbers = suite('statistics');

numbers('know mean, median and percentiles by nearest rank', () => {
  assert.is(mean([1, 2, 6]), 3);
  assert.is(median([5, 1, 3]), 3);
  assert.is(median([4, 1, 3, 2]), 2.5);
  assert.is(percentile([4, 1, 3, 2], 50), 2);
  assert.is(percentile([4, 1, 3, 2], 99), 4);
  assert.is(percentile([7], 0), 7);
});

numbers('of nothing are an error and no number', () => {
  for (const of of [mean, median, (values: number[]) => percentile(values, 50)]) {
    assert.throws(() => of([]), /nothing was measured/);
  }
});

numbers.run();
