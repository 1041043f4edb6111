// SPDX-License-Identifier: MIT
/** Which part of the disk a sector belongs to, read from the image's own partition table. */
import { gpt as gptPlaces } from '../image/disk/layout.ts';
import { MIB, type Range, SECTOR } from './sectors.ts';
import type { ImagePart } from './source-image.ts';

export interface Partition extends Range {
  readonly name: string;
  /** A board writes there while it runs, so that a card which was used differs from its image. */
  readonly changes: boolean;
}

/** Partitions by their numbers in board/disk.yaml; the last two are on GPT disks only. */
const NAMES = ['boot state', 'slot A', 'slot B', 'data', 'EFI system', 'boot loader'] as const;
const CHANGING: readonly string[] = ['boot state', 'data'];

const TABLE = 446;
const ENTRY = 16;
const PROTECTIVE = 0xee;

/** The partitions of an image; what is before the first is `boot loader`. */
export function partitionsOf(parts: readonly ImagePart[]): Partition[] {
  const first = parts[0]?.bytes;
  if (!first || first.length < SECTOR || first.readUInt16LE(510) !== 0xaa55) return [];
  const gpt = first[TABLE + 4] === PROTECTIVE;
  const entries = gpt ? gptEntries(first) : mbrEntries(first);
  const start = entries.length > 0 ? Math.min(...entries.map((entry) => entry.start)) : MIB;
  return [
    ...(gpt ? gptTables(entries, parts) : []),
    { name: 'boot loader', start: 0, length: start, changes: false },
    ...entries.map((range, index) => {
      const name = NAMES[index] ?? `partition ${index + 1}`;
      return { ...range, name, changes: CHANGING.includes(name) };
    }),
  ];
}

/** The partition of a sector. */
export function partitionAt(partitions: readonly Partition[], lba: number): Partition | undefined {
  const byte = lba * SECTOR;
  return partitions.find(({ start, length }) => byte >= start && byte < start + length);
}

function mbrEntries(sector: Buffer): Range[] {
  return [0, 1, 2, 3]
    .map((index) => TABLE + index * ENTRY)
    .map((at) => ({
      start: sector.readUInt32LE(at + 8) * SECTOR,
      length: sector.readUInt32LE(at + 12) * SECTOR,
    }))
    .filter(({ length }) => length > 0);
}

/**
 * Where a board writes when it lets data grow: header and entries with the room for their second place, from sector 1 on;
 * and what is behind the data partition, which was the end of the disk and may be in the middle of data now.
 */
function gptTables(entries: readonly Range[], parts: readonly ImagePart[]): Partition[] {
  const behind = Math.max(0, ...entries.map(({ start, length }) => start + length));
  const end = Math.max(...parts.map(({ start, length }) => start + length));
  return [
    { name: 'partition table', start: SECTOR, length: (gptPlaces.firstFree - 1) * SECTOR, changes: true },
    { name: 'partition table', start: behind, length: Math.max(0, end - behind), changes: true },
  ];
}

/** The first entries of a GPT (UEFI specification, section 5.3.3), from its usual place in LBA 2. */
function gptEntries(image: Buffer): Range[] {
  const entries: Range[] = [];
  for (let at = 2 * SECTOR; at + 128 <= Math.min(image.length, 34 * SECTOR); at += 128) {
    const first = Number(image.readBigUInt64LE(at + 32));
    const last = Number(image.readBigUInt64LE(at + 40));
    if (first === 0) break;
    entries.push({ start: first * SECTOR, length: (last - first + 1) * SECTOR });
  }
  return entries;
}
