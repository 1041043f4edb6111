// SPDX-License-Identifier: MIT
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { experiment } from '../../../src/lab/experiment.ts';
import { svgPlot } from '../../../src/lab/report/plot.ts';
import { writeReports } from '../../../src/lab/report/write.ts';
import type { ExperimentResult } from '../../../src/lab/run.ts';

const reports = suite<{ folder: string }>('writeReports');

reports.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-report-'));
});
reports.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const facts = { version: '1.2.3', seed: 7, kernel: 'plain', time: 'simulated' } as const;

function result(name: string): ExperimentResult {
  return {
    experiment: experiment({
      name,
      title: 'Slow <and> fast',
      about: 'Compares.',
      source: 'a thesis',
      limitIs: 'the rate',
      parameters: { nodes: [1, 2], rate: [20, 50] },
      figures: { goodput: { unit: 'kB/s' } },
      topology: () => 'a -- b',
      play: () => () => ({ goodput: 0 }),
    }),
    cells: [1, 2].flatMap((nodes) =>
      [20, 50].map((rate) => ({
        values: { nodes, rate },
        figures: { goodput: rate * nodes * 0.9 },
        paper: rate * nodes * 0.5,
        limit: rate * nodes,
      })),
    ),
  };
}

const files = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

reports(
  'writes JSON, CSV, Markdown and SVG of each experiment, and the same bytes again',
  async ({ folder }) => {
    await writeReports([result('one')], facts, folder);
    const first = files(folder);
    assert.equal(Object.keys(first).sort(), ['index.html', 'one.csv', 'one.json', 'one.md', 'one.svg']);
    await writeReports([result('one')], facts, folder);
    assert.equal(files(folder), first);
    const json = JSON.parse(first['one.json'] ?? '');
    assert.is(json.seed, 7);
    assert.is(json.cells[3].percentOfLimit, 90);
    assert.match(first['one.md'] ?? '', '| 2 | 50 | 50.0 | 90.0 | 100.0 | 90.0 |');
  },
);

reports('has an index page over the experiments of earlier runs too', async ({ folder }) => {
  await writeReports([result('one')], facts, folder);
  await writeReports([result('two')], facts, folder);
  const page = files(folder)['index.html'] ?? '';
  assert.match(page, 'id="one"');
  assert.match(page, 'id="two"');
  assert.match(page, 'Slow &lt;and&gt; fast');
  assert.match(page, '<td class="number">90.0</td>');
});

reports.run();

const plots = suite('svgPlot');

plots(
  'draws a picture for each combination of the other parameters, with all three kinds of figures',
  async () => {
    const svg = await svgPlot(result('one'));
    for (const text of ['nodes 1', 'nodes 2', 'ours', 'paper', 'limit', 'goodput (kB/s)', 'rate']) {
      assert.match(svg, new RegExp(`>${text.replace(/[()]/g, '\\$&')}<`));
    }
  },
);

plots('draws something of an experiment in which nothing was measured', async () => {
  const { experiment: of } = result('one');
  assert.match(
    await svgPlot({ experiment: of, cells: [{ values: { nodes: 1, rate: 20 }, failed: 'it fell' }] }),
    '<svg',
  );
});

plots.run();
