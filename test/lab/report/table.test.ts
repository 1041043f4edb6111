// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { experiment } from '../../../src/lab/experiment.ts';
import { resultTable } from '../../../src/lab/report/table.ts';
import { csvTable, markdownTable, textTable } from '../../../src/report/table.ts';

const tables = suite('resultTable');

const example = experiment({
  name: 'example',
  title: 'An example',
  about: 'Nothing.',
  parameters: { mode: ['a', 'b, or "c"'], rate: [10] },
  figures: { goodput: { unit: 'kB/s' }, stall: { unit: 's', digits: 3 } },
  topology: () => 'a -- b',
  play: () => () => ({ goodput: 0, stall: 0 }),
});

const result = {
  experiment: example,
  cells: [
    { values: { mode: 'a', rate: 10 }, figures: { goodput: 95, stall: 0.25 }, paper: 42, limit: 100 },
    { values: { mode: 'b, or "c"', rate: 10 }, limit: 100, rejected: 'mean | median' },
  ],
};

tables('puts the paper, ours, the limit and its percentage side by side', () => {
  assert.is(
    textTable(resultTable(result)),
    [
      'mode       rate  paper  goodput (kB/s)  limit  % of limit  stall (s)  remarks',
      'a            10   42.0            95.0  100.0        95.0      0.250',
      'b, or "c"    10                         100.0                         rejected: mean | median',
    ].join('\n'),
  );
});

tables('leaves out columns that are empty throughout', () => {
  const table = resultTable({
    experiment: example,
    cells: [{ values: { mode: 'a', rate: 10 }, failed: 'it fell' }],
  });
  assert.equal(
    table.columns.map(({ title }) => title),
    ['mode', 'rate', 'remarks'],
  );
});

tables('is CSV and Markdown with what these languages want quoted', () => {
  const table = resultTable(result);
  assert.match(csvTable(table), '"b, or ""c""",10,,,100.0,,,rejected: mean | median\r\n');
  assert.match(markdownTable(table), '| rejected: mean \\| median |');
  assert.match(markdownTable(table), '|---|---:|---:|---:|---:|---:|---:|---|');
});

tables.run();
