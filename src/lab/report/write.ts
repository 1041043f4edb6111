// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvTable, markdownTable } from '../../report/table.ts';
import type { ExperimentResult } from '../run.ts';
import { writeIndexPage } from './index-page.ts';
import type { JsonReport, RunFacts } from './json-report.ts';
import { svgPlot } from './plot.ts';
import { percentOfLimit, resultTable } from './table.ts';

/** Writes the files of each experiment and the index page into `folder`; those of other experiments stay. */
export async function writeReports(
  results: readonly ExperimentResult[],
  facts: RunFacts,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const result of results) {
    const file = (kind: string) => join(folder, `${result.experiment.name}.${kind}`);
    await writeFile(file('json'), `${JSON.stringify(jsonReport(result, facts), null, 2)}\n`);
    await writeFile(file('csv'), csvTable(resultTable(result)));
    await writeFile(file('md'), markdownReport(result, facts));
    await writeFile(file('svg'), await svgPlot(result));
  }
  await writeIndexPage(folder);
}

function jsonReport(result: ExperimentResult, facts: RunFacts): JsonReport {
  const { name, title, source, about, limitIs, figures } = result.experiment;
  const [first = ''] = Object.keys(figures);
  const cells = result.cells.map((cell) => {
    const percent = percentOfLimit(cell, first);
    return { ...cell, ...(percent === undefined ? {} : { percentOfLimit: percent }) };
  });
  return {
    ...{ name, title, about, ...facts, figures, cells, table: resultTable(result) },
    ...(source === undefined ? {} : { source }),
    ...(limitIs === undefined ? {} : { limitIs }),
  };
}

function markdownReport(result: ExperimentResult, facts: RunFacts): string {
  const { name, title, source, about, limitIs } = result.experiment;
  return [
    `# ${title}`,
    ...(source === undefined ? [] : [`Repeats ${source}.`]),
    about,
    ...(limitIs === undefined ? [] : [`The limit is ${limitIs}.`]),
    `![${title}](${name}.svg)`,
    markdownTable(resultTable(result)),
    `\`plait lab run ${name} --seed ${facts.seed}\`, kernel ${facts.kernel}, ${facts.time} time, Plait ${facts.version}.`,
  ]
    .map((part) => `${part}\n`)
    .join('\n');
}
