// SPDX-License-Identifier: MIT
/**
 * Power cuts of a recorded run: which writes the medium has when the power comes back. A disk may have all that it was given up
 * to some moment, the first sectors of a write, or of its cache, which a flush empties, any part.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../../image/errors.ts';
import type { LogEntry } from './write-log.ts';

export interface Cut {
  /** So many entries from the first on are on the medium. */
  readonly whole: number;
  /** And these of the ones behind, in the order of the log. */
  readonly also: readonly Part[];
}

/** An entry, or the first sectors of it. */
export interface Part {
  readonly entry: number;
  readonly sectors?: number;
}

/** A stretch of a log: entries from `from` on, up to and without `to`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** When the power went, in entries: what was acknowledged before has to be there. */
export function momentOf({ whole, also }: Cut): number {
  const last = also.at(-1);
  return last === undefined ? whole : Math.max(whole, last.entry + 1);
}

/** `118`; `118+120,122`: besides the first 118 these two; `118+118/3`: of entry 118 the first 3 sectors. */
export function cutText({ whole, also }: Cut): string {
  const parts = also.map(({ entry, sectors }) =>
    sectors === undefined ? `${entry}` : `${entry}/${sectors}`,
  );
  return parts.length === 0 ? `${whole}` : `${whole}+${parts.join(',')}`;
}

/** @throws UsageError when it is none, or none of this log */
export function parseCut(text: string, entries: readonly LogEntry[]): Cut {
  const refuse = (why: string): never => {
    throw new UsageError(`${text} is no power cut of this log: ${why}`);
  };
  if (!/^\d{1,8}(\+\d{1,8}(\/\d{1,8})?(,\d{1,8}(\/\d{1,8})?)*)?$/.test(text))
    refuse('a cut is a number of entries, as in 118, 118+120,122 or 118+118/3');
  const [whole = '', parts] = text.split('+');
  if (Number(whole) > entries.length) refuse(`it has ${entries.length} entries`);
  let before = Number(whole) - 1;
  const also = (parts?.split(',') ?? []).map((part): Part => {
    const [entry = 0, sectors] = part.split('/').map(Number);
    const found = entries[entry] ?? refuse(`there is no entry ${entry}, it has ${entries.length}`);
    if (entry <= before) refuse(`entry ${entry} does not follow entry ${before}`);
    before = entry;
    if (sectors === undefined) return { entry };
    if (sectors < 1 || sectors >= found.sectors)
      refuse(
        `entry ${entry} has ${found.sectors} sectors, so that 1 to ${found.sectors - 1} can be torn off`,
      );
    return { entry, sectors };
  });
  return { whole: Number(whole), also };
}

/** Between each two entries, before the first and behind the last. */
export function betweenEntries({ from, to }: Stretch): Cut[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ whole: from + index, also: [] }));
}

/** Within each write that `counts`: after each of its sectors but the last. */
export function tornWrites(
  entries: readonly LogEntry[],
  { from, to }: Stretch,
  counts: (entry: LogEntry) => boolean,
): Cut[] {
  return entries
    .slice(from, to)
    .filter((entry) => entry.kind === 'write' && counts(entry))
    .flatMap(({ index, sectors }) =>
      Array.from({ length: sectors - 1 }, (_, done) => ({
        whole: index,
        also: [{ entry: index, sectors: done + 1 }],
      })),
    );
}

/**
 * A cache is lost: of what was written since a flush, some is on the medium and some is not. All ways in which that can be, or
 * `most` of them by chance, for each stretch between two flushes. The same seed gives the same ones.
 */
export function lostCaches(
  entries: readonly LogEntry[],
  stretch: Stretch,
  { most, seed }: { most: number; seed: number },
): Cut[] {
  return betweenFlushes(entries, stretch).flatMap((cached) => subsets(entries, cached, { most, seed }));
}

/** Stretches in which nothing is flushed. */
function betweenFlushes(entries: readonly LogEntry[], { from, to }: Stretch): Stretch[] {
  const flushes = entries.slice(from, to).filter(({ flush }) => flush);
  const starts = [from, ...flushes.map(({ index }) => index)];
  return starts.map((start, index) => ({ from: start, to: starts[index + 1] ?? to }));
}

function subsets(
  entries: readonly LogEntry[],
  { from, to }: Stretch,
  { most, seed }: { most: number; seed: number },
): Cut[] {
  const written = entries.slice(from, to).filter(({ sectors }) => sectors > 0);
  const cached = written.filter(({ fua }) => !fua).length;
  if (cached < 2) return [];
  const all = 2 ** cached;
  const found = new Map<string, Cut>();
  for (let turn = 0; turn < Math.min(all, most); turn++) {
    const kept = all <= most ? bitsOf(BigInt(turn)) : byChance(`${seed} ${from} ${turn}`, cached);
    let place = 0;
    const also = written.filter(({ fua }) => fua || kept(place++)).map(({ index }) => ({ entry: index }));
    const cut = { whole: from, also };
    found.set(cutText(cut), cut);
  }
  return [...found.values()];
}

function bitsOf(number: bigint): (place: number) => boolean {
  return (place) => ((number >> BigInt(place)) & 1n) === 1n;
}

function byChance(seed: string, places: number): (place: number) => boolean {
  const bytes = createHash('shake256', { outputLength: Math.ceil(places / 8) })
    .update(seed)
    .digest();
  return (place) => (((bytes[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
}
