// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentResult } from '../run.ts';
import { csvTable, markdownTable, percentOfLimit, resultTable } from './table.ts';

/** What decides the figures; the same facts and sources give the same files, byte for byte. */
export interface RunFacts {
  readonly version: string;
  readonly seed: number;
  readonly kernel: string;
  readonly time: 'simulated' | 'real';
}

/** Writes the files of each experiment into `folder`; those of other experiments stay. */
export async function writeReports(
  results: readonly ExperimentResult[],
  facts: RunFacts,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const result of results) {
    const { name } = result.experiment;
    await writeFile(join(folder, `${name}.json`), jsonReport(result, facts));
    await writeFile(join(folder, `${name}.csv`), csvTable(resultTable(result)));
    await writeFile(join(folder, `${name}.md`), markdownReport(result, facts));
  }
}

/** All that is known of an experiment's cells, for programs. */
export function jsonReport({ experiment, cells }: ExperimentResult, facts: RunFacts): string {
  const { name, title, source, figures } = experiment;
  const [first = ''] = Object.keys(figures);
  const withPercent = cells.map((cell) => ({ ...cell, percentOfLimit: percentOfLimit(cell, first) }));
  return `${JSON.stringify({ name, title, source, ...facts, figures, cells: withPercent }, null, 2)}\n`;
}

export function markdownReport(result: ExperimentResult, facts: RunFacts): string {
  const { name, title, source, about, limitIs } = result.experiment;
  return [
    `# ${title}`,
    ...(source === undefined ? [] : [`Repeats ${source}.`]),
    about,
    ...(limitIs === undefined ? [] : [`The limit is ${limitIs}.`]),
    markdownTable(resultTable(result)),
    `\`plait lab run ${name} --seed ${facts.seed}\`, kernel ${facts.kernel}, ${facts.time} time, Plait ${facts.version}.`,
  ]
    .map((part) => `${part}\n`)
    .join('\n');
}
