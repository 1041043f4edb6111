// SPDX-License-Identifier: MIT
/** `plait cache`: what earlier builds left on the disk, and how to get rid of it. */
import { Command, InvalidArgumentError } from 'commander';
import { table } from '../../agent/text-table.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { type CachePart, cacheParts, removeParts, usageByKind } from '../../image/cache-usage.ts';
import { UsageError } from '../../image/errors.ts';
import { lockCache } from '../../image/lock.ts';
import { size } from '../../image/progress/format.ts';
import { interruptible } from '../interrupt.ts';
import { jsonOption } from '../options.ts';

const DAY = 86_400_000;

interface CleanOptions {
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly all: boolean;
  readonly json: boolean;
}

export function command(): Command {
  const showing = new Command('size')
    .summary('show what fills the cache; what `plait cache` alone does')
    .description('Shows what fills the cache, by kind.')
    .addOption(jsonOption())
    .action(showSize);
  const cleaning = new Command('clean')
    .summary('remove what was not used for some time, or all')
    .description('Removes what no build has used for some time, or all of the cache.')
    .option('--older-than <days>', 'what was not used for so many days, as in 30d', days)
    .option('--all', 'everything; the next build downloads and compiles anew', false)
    .addOption(jsonOption())
    .addHelpText('after', '\nRefused while a build uses the cache.')
    .action(clean);
  return new Command('cache')
    .summary('show and clean what earlier builds left')
    .description(
      'What earlier builds left in ~/.cache/plait, or where PLAIT_CACHE says. Without a subcommand it shows the size.',
    )
    .addCommand(showing, { isDefault: true })
    .addCommand(cleaning);
}

async function showSize({ json }: { json: boolean }): Promise<void> {
  const cache = cacheDir();
  const kinds = usageByKind(await cacheParts(cache));
  const bytes = kinds.reduce((sum, kind) => sum + kind.bytes, 0);
  if (json) {
    console.log(JSON.stringify({ cache, bytes, kinds }, null, 2));
    return;
  }
  const rows = kinds.map(({ kind, what, parts, bytes }) => [size(bytes), kind, `${parts}`, what]);
  for (const line of table([], [...rows, [size(bytes), 'all', '', cache]])) console.log(line);
}

async function clean(options: CleanOptions): Promise<void> {
  if (options.all === (options.olderThan !== undefined))
    throw new UsageError('say what to remove: --older-than 30d, or --all');
  const cache = cacheDir();
  await interruptible(async (stop) => {
    const release = await lockCache(cache, 'plait cache clean', () => stop.abort());
    try {
      const parts = await cacheParts(cache);
      const removed = parts.filter((part) => options.all || isOld(part, options.olderThan ?? 0));
      await removeParts(removed);
      report(removed, options.json);
    } finally {
      await release();
    }
  });
}

function isOld({ used }: CachePart, age: number): boolean {
  return Date.now() - used.getTime() > age;
}

function report(removed: readonly CachePart[], json: boolean): void {
  const bytes = removed.reduce((sum, part) => sum + part.bytes, 0);
  if (json) console.log(JSON.stringify({ removed: removed.length, bytes }));
  else
    console.log(
      removed.length === 0 ? 'nothing to remove' : `removed ${size(bytes)} in ${removed.length} parts`,
    );
}

function days(text: string): number {
  const found = /^(\d{1,5})d?$/.exec(text);
  if (!found) throw new InvalidArgumentError('It must be a number of days, as in 30d.');
  return Number(found[1]) * DAY;
}
