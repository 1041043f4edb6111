// SPDX-License-Identifier: MIT
/** `plait factory export`: records in forms that other programs and people read. */
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { csvOf } from '../../factory/record/export/csv.ts';
import { junitOf } from '../../factory/record/export/junit.ts';
import type { VerifiedRecord } from '../../factory/record/signed-record.ts';
import { BuildError, UsageError } from '../../image/errors.ts';
import { jsonOption } from '../options.ts';
import { openFile, recordFiles } from './record-files.ts';
import { chosenStations, type StationOptions, withStationKeys } from './stations.ts';

interface ExportOptions extends StationOptions {
  readonly to: Form;
  readonly out: string;
  readonly json: boolean;
}

type Form = 'junit' | 'csv' | 'pdf';

const FORMS: Readonly<Record<Form, (records: readonly VerifiedRecord[]) => Promise<string | Uint8Array>>> = {
  junit: (records) => junitOf(records.map(({ record }) => record)),
  csv: async (records) => csvOf(records.map(({ record }) => record)),
  async pdf(records) {
    // The library of fonts is slow to load.
    const { pdfOf } = await import('../../factory/record/export/pdf.ts');
    return pdfOf(
      records.map(({ record }) => record),
      records.map(({ signer }) => signer),
    );
  },
};

export function exportCommand(): Command {
  const verb = new Command('export')
    .summary('write records as JUnit XML, CSV or PDF')
    .description('Writes records in another form, of records only that a station signed.')
    .argument('<files...>', 'records, or folders of them')
    .addOption(
      new Option('--to <form>', 'what it is to be').choices(Object.keys(FORMS)).makeOptionMandatory(),
    )
    .option('--out <file>', 'where it is written; - is the standard output', '-')
    .addOption(jsonOption());
  return withStationKeys(verb).action(exportRecords);
}

async function exportRecords(named: readonly string[], options: ExportOptions): Promise<void> {
  const { to, out, json } = options;
  if (json && out === '-') throw new UsageError('--json and --out - both want the standard output');
  const files = await recordFiles(named);
  const trusted = await chosenStations(options);
  const records: VerifiedRecord[] = [];
  for (const file of files) {
    const opened = await openFile(file, trusted);
    if (!opened.ok) throw new BuildError(opened.problem);
    records.push(opened);
  }
  const written = await FORMS[to](records);
  if (out === '-') process.stdout.write(written);
  else await writeFile(out, written);
  if (json) console.log(JSON.stringify({ to, out, records: records.length }));
}
