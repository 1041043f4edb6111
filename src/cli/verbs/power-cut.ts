// SPDX-License-Identifier: MIT
/** `plait power-cut`: the disk after a power cut at any moment of a recorded run, and a check of every such disk. */
import { Command, Option } from 'commander';
import { table } from '../../agent/text-table.ts';
import { BuildError, Interrupted, UsageError } from '../../image/errors.ts';
import {
  betweenEntries,
  type Cut,
  lostCaches,
  parseCut,
  type Stretch,
  tornWrites,
} from '../../machine/write-log/cut.ts';
import { DiskAfterCut, DiskBefore } from '../../machine/write-log/disk-after-cut.ts';
import { writeDisk } from '../../machine/write-log/partition.ts';
import { DISK_WORD, type FailedCut, tryCuts } from '../../machine/write-log/try-cuts.ts';
import { type LogEntry, WriteLog } from '../../machine/write-log/write-log.ts';
import { mustBeFile } from '../inputs.ts';
import { interruptible } from '../interrupt.ts';
import { cardOption, jobsOption, jsonOption, wholeNumber } from '../options.ts';

interface Reading {
  readonly unfinished: boolean;
  readonly json: boolean;
}

interface Replaying extends Reading {
  readonly cut: string;
  readonly card?: number;
  readonly partition?: number;
}

interface Checking extends Reading {
  readonly from: number;
  readonly to?: number;
  readonly torn: number;
  readonly lost: number;
  readonly seed: number;
  readonly card?: number;
  readonly partition?: number;
  readonly jobs: number;
}

const MOST = 10_000_000;
const LOG =
  'a log of writes, as `plait boot --write-log`, QEMU (blklogwrites) and Linux (dm-log-writes) write it';
const IMAGE = 'the disk as it was when the log began';

/** The verb with its subcommands. */
export function command(): Command {
  return new Command('power-cut')
    .summary('replay a recorded run up to a power cut')
    .description(
      'Makes the disk as it is after a power cut at any moment of a recorded run, or checks all of them.',
    )
    .addCommand(showing())
    .addCommand(replaying())
    .addCommand(checking());
}

function showing(): Command {
  return new Command('show')
    .summary('list the writes and flushes of a log')
    .description('Lists the entries of a log: writes with sector and length, flushes, discards, marks.')
    .argument('<log>', LOG)
    .addOption(unfinishedOption())
    .addOption(jsonOption())
    .action(show);
}

function replaying(): Command {
  return new Command('replay')
    .summary('write the disk as it is after one power cut')
    .description('Writes the disk as it is after one power cut to a file, with holes where it is zero.')
    .argument('<log>', LOG)
    .argument('<image>', IMAGE)
    .argument('<file>', 'the file to write')
    .requiredOption(
      '--cut <cut>',
      'how many entries are on the medium, as in 118; 118+118/3: and 3 sectors of the next one; 118+120,122: and these two',
    )
    .addOption(partitionOption())
    .addOption(cardOption())
    .addOption(unfinishedOption())
    .addOption(jsonOption())
    .action(replay);
}

function checking(): Command {
  return new Command('check')
    .summary('run a command on the disk after every power cut')
    .description(
      'Runs a command on the disk after every power cut: between all entries, and as told by --torn and --lost. It is right ' +
        'when the command ends with exit code 0.',
    )
    .argument('<log>', LOG)
    .argument('<image>', IMAGE)
    .argument(
      '<command...>',
      `what to run, behind --; ${DISK_WORD} is the file of the disk, which otherwise comes last`,
    )
    .addOption(partitionOption())
    .option('--from <entry>', 'the first entry before which the power goes', wholeNumber(0, MOST), 0)
    .option('--to <entry>', 'the last one (default: behind all)', wholeNumber(0, MOST))
    .option(
      '--torn <sectors>',
      'also within writes of up to so many sectors, after each',
      wholeNumber(0, MOST),
      0,
    )
    .option(
      '--lost <n>',
      'also with the cache lost: between two flushes so many parts of what was written, by chance',
      wholeNumber(0, MOST),
      0,
    )
    .option('--seed <n>', 'of that chance', wholeNumber(0, MOST), 1)
    .addOption(cardOption())
    .addOption(jobsOption('commands that run at a time'))
    .addOption(unfinishedOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 all are right, 1 some are not, 2 wrong use, 130 interrupted.')
    .action(check);
}

function partitionOption(): Option {
  return new Option(
    '--partition <n>',
    'only this partition, as the table of the disk after the cut has it',
  ).argParser(wholeNumber(1, 128));
}

function unfinishedOption(): Option {
  return new Option(
    '--unfinished',
    'leave out what comes behind the last flush, when the recording did not end with one',
  ).default(false);
}

async function show(path: string, { unfinished, json }: Reading): Promise<void> {
  const log = await opened(path, unfinished);
  const entries = log.entries.map(({ index, kind, flush, fua, sector, sectors, label }) => ({
    ...{ index, kind, flush, fua, sector, sectors },
    ...(label === undefined ? {} : { label }),
  }));
  log.close();
  if (json) console.log(JSON.stringify({ sectorSize: log.sectorSize, entries }, null, 2));
  else
    for (const line of table(['ENTRY', 'KIND', 'SECTOR', 'SECTORS', ''], entries.map(row))) console.log(line);
}

function row({ index, kind, flush, fua, sector, sectors, label }: Omit<LogEntry, 'end'>): string[] {
  const place = sectors === 0 ? ['', ''] : [`${sector}`, `${sectors}`];
  const notes = [flush && kind !== 'flush' ? 'after a flush' : '', fua ? 'past the cache' : '', label ?? ''];
  return [`${index}`, kind, ...place, notes.filter((note) => note !== '').join(', ')];
}

async function replay(path: string, image: string, file: string, options: Replaying): Promise<void> {
  await withDisk(path, image, options, async (log, before) => {
    const disk = new DiskAfterCut(before, log, parseCut(options.cut, log.entries));
    const { cut, partition } = options;
    const bytes = await writeDisk(disk, file, partition);
    const what = partition === undefined ? 'the disk' : `partition ${partition}`;
    if (options.json) console.log(JSON.stringify({ file, cut, bytes }));
    else console.log(`${file}: ${what} after ${cut} of ${log.entries.length} entries, ${bytes} bytes`);
  });
}

async function check(
  path: string,
  image: string,
  command: readonly string[],
  options: Checking,
): Promise<void> {
  await withDisk(path, image, options, async (log, before) => {
    const cuts = cutsOf(log.entries, options);
    const failed: FailedCut[] = [];
    const note = (failure: FailedCut) => {
      failed.push(failure);
      const how = failure.exitCode === undefined ? 'no command was run' : `exit code ${failure.exitCode}`;
      if (!options.json) console.log(`after ${failure.cut}: ${how}\n${indented(failure.output)}`);
    };
    await interruptible(async ({ signal }) => {
      const { jobs, partition } = options;
      const trials = {
        before,
        log,
        command,
        jobs,
        signal,
        ...(partition === undefined ? {} : { partition }),
      };
      await tryCuts(trials, cuts, note);
      if (signal.aborted) throw new Interrupted('stopped');
    });
    const survived = cuts.length - failed.length;
    if (options.json) console.log(JSON.stringify({ cuts: cuts.length, survived, failed }, null, 2));
    else console.log(`${survived} of ${cuts.length} power cuts survived`);
    if (failed.length > 0)
      throw new BuildError(`${failed.length} of ${cuts.length} power cuts leave a disk that is not right`);
  });
}

function cutsOf(entries: readonly LogEntry[], { from, to, torn, lost, seed }: Checking): Cut[] {
  const stretch: Stretch = { from, to: to ?? entries.length };
  if (stretch.to > entries.length || from > stretch.to)
    throw new UsageError(`--from ${from} --to ${stretch.to}: the log has ${entries.length} entries`);
  return [
    ...betweenEntries(stretch),
    ...tornWrites(entries, stretch, ({ sectors }) => sectors <= torn),
    ...(lost === 0 ? [] : lostCaches(entries, stretch, { most: lost, seed })),
  ];
}

async function opened(path: string, unfinished: boolean): Promise<WriteLog> {
  await mustBeFile('log', path);
  return WriteLog.open(path, { unfinished });
}

async function withDisk(
  path: string,
  image: string,
  { unfinished, card }: { unfinished: boolean; card?: number },
  work: (log: WriteLog, before: DiskBefore) => Promise<void>,
): Promise<void> {
  await mustBeFile('image', image);
  const log = await opened(path, unfinished);
  const before = DiskBefore.open(image, card);
  try {
    await work(log, before);
  } finally {
    log.close();
    before.close();
  }
}

function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ');
}
