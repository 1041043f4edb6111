// SPDX-License-Identifier: MIT
/** The quick set: some cells of the experiments, each against its goal. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allExperiments } from '../../src/lab/experiments.ts';
import { resultTable, textTable } from '../../src/lab/report/table.ts';
import { quickCells } from '../../src/lab/run.ts';
import { lab, run } from './lab.ts';

const quick = suite('The quick set');

quick('runs whole, and reaches the goals of its cells', async () => {
  const cells = (await allExperiments()).flatMap(quickCells);
  assert.ok(cells.length > 0);
  const { experiments } = await run(await lab(), cells);
  for (const result of experiments)
    console.log(`\n  ${result.experiment.name}\n${textTable(resultTable(result))}`);
  const bad = experiments.flatMap(({ experiment, cells: all }) =>
    all.flatMap(({ failed, rejected, missed }) => {
      const why = failed ?? rejected ?? missed;
      return why === undefined ? [] : [`${experiment.name}: ${why}`];
    }),
  );
  assert.equal(bad, []);
});

quick.run();
