// SPDX-License-Identifier: MIT
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CellResult } from '../../src/lab/cell.ts';
import { type Cell, cellsOf, experiment } from '../../src/lab/experiment.ts';
import { Journal, journalPath, type RunIdentity } from '../../src/lab/journal.ts';

const journals = suite<{ path: string; folder: string }>('Journal');

journals.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-journal-'));
  context.path = journalPath(context.folder);
});
journals.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const outputs: RunIdentity['outputs'] = {
  ...{
    guest: 'uml',
    kernel: '/k',
    kernelArguments: [],
    modules: ['/m'],
    agent: '/a',
    root: '/r',
    programs: '/p',
  },
};
const run: RunIdentity = { outputs, seed: 1, realTime: false };

const [slow, fast] = cellsOf(
  experiment({
    ...{ name: 'two', title: 'Two cells', about: 'For tests.', figures: { rate: { unit: '' } } },
    parameters: { rate: [1, 2] },
    topology: () => 'a -- b',
    play: () => () => ({ rate: 0 }),
  }),
) as [Cell, Cell];
const result = (cell: Cell): CellResult => ({ values: cell.values, figures: { rate: 7 } });

journals('gives a resumed run the cells that were finished, and no others', async ({ path }) => {
  await (await Journal.open(path, run, false)).add(slow, result(slow));
  const resumed = await Journal.open(path, run, true);
  assert.equal(resumed.find(slow), result(slow));
  assert.is(resumed.find(fast), undefined);
});

journals('begins anew when it is not resumed', async ({ path }) => {
  await (await Journal.open(path, run, false)).add(slow, result(slow));
  assert.is((await Journal.open(path, run, false)).find(slow), undefined);
  assert.is((await Journal.open(path, run, true)).find(slow), undefined);
});

const others: Readonly<Record<string, RunIdentity>> = {
  'another seed': { ...run, seed: 2 },
  'real time': { ...run, realTime: true },
  'another kernel': { ...run, outputs: { ...outputs, kernel: '/k2' } },
  'other modules': { ...run, outputs: { ...outputs, modules: ['/m2'] } },
  'another agent': { ...run, outputs: { ...outputs, agent: '/a2' } },
};
for (const [what, other] of Object.entries(others)) {
  journals(`gives nothing to a run with ${what}`, async ({ path }) => {
    await (await Journal.open(path, run, false)).add(slow, result(slow));
    assert.is((await Journal.open(path, other, true)).find(slow), undefined);
  });
}

journals('does not keep a cell that failed', async ({ path }) => {
  await (await Journal.open(path, run, false)).add(slow, { values: slow.values, failed: 'the guest hung' });
  assert.is((await Journal.open(path, run, true)).find(slow), undefined);
});

journals('passes over a line that an interruption cut, and goes on behind it', async ({ path }) => {
  await (await Journal.open(path, run, false)).add(slow, result(slow));
  appendFileSync(path, '{"key":"abc","resu');
  await (await Journal.open(path, run, true)).add(fast, result(fast));
  const resumed = await Journal.open(path, run, true);
  assert.equal(resumed.find(slow), result(slow));
  assert.equal(resumed.find(fast), result(fast));
});

journals('is gone when it is removed', async ({ path }) => {
  const journal = await Journal.open(path, run, false);
  await journal.add(slow, result(slow));
  await journal.remove();
  assert.not.ok(existsSync(path));
});

journals.run();
