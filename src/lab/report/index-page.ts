// SPDX-License-Identifier: MIT
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import handlebars from 'handlebars';
import type { JsonReport } from './json-report.ts';

const templatePath = fileURLToPath(new URL('index.html.hbs', import.meta.url));

/** Writes `index.html` over all reports in a folder, those of earlier runs too. */
export async function writeIndexPage(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const reports = names.map(
    async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as JsonReport,
  );
  const experiments = (await Promise.all(reports)).map((report) => ({
    ...report,
    table: withKinds(report.table),
  }));
  const template = handlebars.compile(await readFile(templatePath, 'utf8'));
  await writeFile(join(folder, 'index.html'), template({ experiments }));
}

/** Each cell of the table with the kind of its column. */
function withKinds({ columns, rows }: JsonReport['table']) {
  return {
    columns,
    rows: rows.map((row) => row.map((text, index) => ({ text, number: columns[index]?.number }))),
  };
}
