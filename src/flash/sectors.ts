// SPDX-License-Identifier: MIT
/** Units of a block device. */

/** What a BIOS and our layouts count in; devices may have larger logical sectors. */
export const SECTOR = 512;
/** Blocks of a block map, and what is written at once at least. */
export const BLOCK = 4096;
export const MIB = 2 ** 20;

/** `4.0 GB`, as on the label of a card: powers of 1000. */
export function cardSize(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
}

export interface Range {
  /** Bytes from the device's begin. */
  readonly start: number;
  readonly length: number;
}

/** Ranges cut into pieces of at most `most` bytes. */
export function* pieces(ranges: readonly Range[], most: number): Generator<Range> {
  for (const { start, length } of ranges) {
    for (let done = 0; done < length; done += most)
      yield { start: start + done, length: Math.min(most, length - done) };
  }
}

export function totalLength(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** The same ranges in order, joined where they touch. */
export function joined(ranges: readonly Range[]): Range[] {
  const all: { start: number; length: number }[] = [];
  for (const { start, length } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last && last.start + last.length >= start)
      last.length = Math.max(last.length, start + length - last.start);
    else all.push({ start, length });
  }
  return all;
}
