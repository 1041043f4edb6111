// SPDX-License-Identifier: MIT
/** `plait factory report`: what the records say together. */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { withIndex } from '../../factory/index/open.ts';
import { type Filter, type Readings, readIndex } from '../../factory/index/readings.ts';
import { factoryDir } from '../../factory/record/store.ts';
import { type Statistics, statisticsOf } from '../../factory/statistics/statistics.ts';
import { sectionsOf } from '../../factory/statistics/tables.ts';
import { listBoards } from '../../image/board.ts';
import { BuildError } from '../../image/errors.ts';
import { textTable } from '../../report/table.ts';
import { jsonOption } from '../options.ts';
import { plaitVersion } from '../project.ts';
import { completedBy } from '../reference/values.ts';
import { databaseOption, factoryOption } from './options.ts';
import { chosenStations, type StationOptions, withStationKeys } from './stations.ts';

interface ReportOptions extends StationOptions, Filter {
  readonly factory?: string;
  readonly database?: string;
  readonly html?: string;
  readonly json: boolean;
}

export function reportCommand(): Command {
  const verb = new Command('report')
    .summary('yield, retests, faults, Cpk and drift of all records')
    .description(
      'Figures of all records: yield, retests, the most frequent faults, Cpk and drift of measurements.',
    )
    .addOption(factoryOption())
    .addOption(databaseOption())
    .addOption(
      completedBy(new Option('-b, --board <name>', 'only runs of this kind of board'), () => listBoards()),
    )
    .option('--list <name>', 'only runs of this test list')
    .option('--station <name>', 'only runs at this station')
    .option('--lot <name>', 'only boards of this lot')
    .addOption(new Option('--since <day>', 'only runs from this day on (UTC), as 2026-11-30').argParser(day))
    .addOption(new Option('--until <day>', 'only runs before this day (UTC)').argParser(day))
    .option('--html <file>', 'write a page with plots, too')
    .addOption(jsonOption('print the figures as JSON'));
  return withStationKeys(verb)
    .addHelpText(
      'after',
      '\nRecords that no trusted station signed do not count: they are named, and the exit code is 1.\n' +
        'The index is made of the records; to have all of them read again, delete index-*.sqlite.',
    )
    .action(report);
}

/** Midnight, as records write it. */
function day(text: string): string {
  const time = new Date(`${text}T00:00:00.000Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(time.getTime()) || !time.toISOString().startsWith(text))
    throw new InvalidArgumentError('It must be a day, as 2026-11-30.');
  return time.toISOString();
}

async function report(options: ReportOptions): Promise<void> {
  const { factory = factoryDir(), database, html, json } = options;
  const trusted = await chosenStations(options);
  const filter = filterOf(options);
  const { readings, refused } = await withIndex(
    { factory, database, trusted },
    async (index, { refused }) => ({
      readings: await readIndex(index, filter),
      refused,
    }),
  );
  const statistics = statisticsOf(readings);
  for (const problem of refused) console.error(`not counted: ${problem}`);
  if (html !== undefined) await writePage(html, statistics, readings, filter, refused);
  if (json) console.log(JSON.stringify({ ...statistics, refused }, null, 2));
  else console.log(textOf(statistics));
  if (refused.length > 0)
    throw new BuildError(`${refused.length} files are not records that a trusted station signed`);
}

function filterOf({ board, list, station, lot, since, until }: Filter): Filter {
  return { board, list, station, lot, since, until };
}

async function writePage(
  file: string,
  statistics: Statistics,
  { runs }: Readings,
  filter: Filter,
  refused: readonly string[],
): Promise<void> {
  // Plots take a second to load.
  const { pageOf } = await import('../../factory/statistics/page.ts');
  const chosen = Object.entries(filter).filter(([, value]) => value !== undefined);
  const words = chosen.map(([key, value]) => `${key} ${value}`).join(', ');
  const facts = { version: plaitVersion(), runs: runs.length, filter: words, refused };
  await writeFile(file, await pageOf(statistics, facts));
}

function textOf(statistics: Statistics): string {
  return sectionsOf(statistics)
    .map(({ title, table }) => `${title}\n${textTable(table)}`)
    .join('\n\n');
}
