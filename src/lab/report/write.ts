// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CellResult } from '../cell.ts';
import type { Experiment } from '../experiment.ts';
import type { ExperimentResult } from '../run.ts';
import { writeIndexPage } from './index-page.ts';
import { svgPlot } from './plot.ts';
import { csvTable, markdownTable, percentOfLimit, resultTable, type Table } from './table.ts';

/** What decides the figures; the same facts and sources give the same files, byte for byte. */
export interface RunFacts {
  readonly version: string;
  readonly seed: number;
  readonly kernel: string;
  readonly time: 'simulated' | 'real';
}

/** What stands in an experiment's JSON file. */
export interface JsonReport
  extends RunFacts,
    Pick<Experiment, 'name' | 'title' | 'source' | 'about' | 'limitIs' | 'figures'> {
  readonly cells: readonly (CellResult & { readonly percentOfLimit?: number })[];
  /** The same for people, as in the other files. */
  readonly table: Table;
}

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
