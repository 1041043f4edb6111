// SPDX-License-Identifier: MIT
/** The quick set: some cells of the experiments, each against its goal, on both kernels. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allExperiments } from '../../src/lab/experiments.ts';
import { resultTable } from '../../src/lab/report/table.ts';
import { quickCells } from '../../src/lab/run.ts';
import { textTable } from '../../src/report/table.ts';
import { lab, run } from './lab.ts';

const quick = suite('The quick set');

const about: Readonly<Record<'plain' | 'debug', string>> = {
  plain: 'runs whole, and reaches the goals of its cells',
  debug: 'runs on the debug kernel without a warning of lockdep, KASAN, RCU or the allocator',
};

for (const variant of ['plain', 'debug'] as const) {
  quick(about[variant], async () => {
    const cells = (await allExperiments()).flatMap(quickCells);
    assert.ok(cells.length > 0);
    const { experiments } = await run(await lab(variant), cells);
    for (const result of experiments) {
      console.log(`\n  ${result.experiment.name}, ${variant} kernel\n${textTable(resultTable(result))}`);
    }
    const bad = experiments.flatMap(({ experiment, cells: all }) =>
      all.flatMap(({ failed, rejected, missed }) => {
        const why = failed ?? rejected ?? missed;
        return why === undefined ? [] : [`${experiment.name}: ${why}`];
      }),
    );
    assert.equal(bad, []);
  });
}

quick.run();
