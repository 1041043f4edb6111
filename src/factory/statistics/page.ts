// SPDX-License-Identifier: MIT
/** The figures as one HTML file, which needs nothing beside it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import handlebars from 'handlebars';
import { plotsOf } from './plots.ts';
import type { Statistics } from './statistics.ts';
import { sectionsOf } from './tables.ts';

const templatePath = fileURLToPath(new URL('page.html.hbs', import.meta.url));

export interface PageFacts {
  readonly version: string;
  readonly runs: number;
  /** Which runs were chosen, for people; empty: all. */
  readonly filter: string;
  /** Files that do not count, each with the reason. */
  readonly refused: readonly string[];
}

export async function pageOf(statistics: Statistics, facts: PageFacts): Promise<string> {
  const plots = await plotsOf(statistics);
  const sections = sectionsOf(statistics).map((section) => ({
    ...section,
    rows: section.table.rows.map((row) =>
      row.map((text, index) => ({ text, number: section.table.columns[index]?.number })),
    ),
    plots: plots.filter((plot) => plot.section === section.id).map(({ svg }) => svg),
  }));
  const template = handlebars.compile(await readFile(templatePath, 'utf8'), { strict: true });
  return template({ ...facts, sections });
}
