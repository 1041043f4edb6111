// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Manifest } from '../reports/manifest.ts';
import type { DebianArchive, UsedIndex } from '../sources/debian-archive.ts';
import { readIfThere, writeWhole } from '../sources/files.ts';
import { isSecurity } from '../sources/suites.ts';
import { hashValue } from '../stage.ts';
import { type Part, partsOf, type Update, updateOf } from './audit.ts';

/** A part for which the indexes list a newer version in the same release. */
export interface Newer {
  readonly part: Part;
  readonly update: Update;
}

/**
 * How old the indexes are that an image was made from, and which updates they list for what is in it: lines for the end
 * of a build. Asks nothing of the network.
 */
export async function freshnessLines(
  archive: DebianArchive,
  manifest: Pick<Manifest, 'components' | 'packages'>,
  now = Date.now(),
): Promise<string[]> {
  const indexes = await archive.used();
  if (indexes.length === 0) return [];
  const newer = await newerVersions(archive, indexes, partsOf(manifest).parts);
  return [indexLine(indexes, now), ...updateLines(newer)];
}

/** Kept as long as neither the indexes nor the parts change: looking through the indexes takes seconds. */
async function newerVersions(
  archive: DebianArchive,
  indexes: readonly UsedIndex[],
  parts: readonly Part[],
): Promise<Newer[]> {
  const key = hashValue({ dates: indexes.map(({ suite, date }) => [suite, date]), parts });
  const path = join(archive.home, 'updates', `${key.slice(0, 32)}.json`);
  const known = await readIfThere(path);
  if (known !== undefined) return JSON.parse(known) as Newer[];
  const found: Newer[] = [];
  for (const part of parts) {
    const update = await updateOf(part, archive);
    if (update) found.push({ part, update });
  }
  await writeWhole(path, `${JSON.stringify(found, null, 2)}\n`);
  return found;
}

export function indexLine(indexes: readonly UsedIndex[], now: number): string {
  const oldest = indexes.reduce((a, b) => (b.checked < a.checked ? b : a));
  const security = indexes.filter(({ suite }) => isSecurity(suite));
  const of = security.map(({ suite, date }) => `${suite} of ${day(date)}`).join(', ');
  return `sources: Debian's indexes, last compared with the mirror ${ago(now - oldest.checked)}${of === '' ? '' : `; ${of}`}`;
}

export function updateLines(newer: readonly Newer[]): string[] {
  if (newer.length === 0) return ['updates: the indexes list no newer version of what is in the image'];
  return newer.map(({ part, update }) => {
    const what = isSecurity(update.suite) ? 'security update' : 'update';
    return `${what} that is not in the image: ${part.package} ${update.version} of ${update.suite} (it has ${part.version}); plait audit tells more`;
  });
}

export function ago(milliseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000);
  if (days < 1) return 'today';
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
