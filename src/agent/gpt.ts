// SPDX-License-Identifier: MIT
/**
 * Grows a partition in a GUID partition table so that a power cut between any two sectors leaves a table that the kernel
 * takes. Kernel and firmware believe a table whose header (sector 1) agrees with its entries by checksum; header and entries
 * cannot be written at once. So changed entries are first written where nobody looks, then the header is made to point to
 * them, which is one sector; then the same once more, back to the usual place. The pipeline leaves the room for that free
 * between the entries and the first sector that a partition may use.
 */
import { crc32 } from './crc32.ts';

const SECTOR = 512;
/** "EFI PART" */
const SIGNATURE = [0x45, 0x46, 0x49, 0x20, 0x50, 0x41, 0x52, 0x54];
const HEADER_LENGTH = 92;
const ENTRY_LENGTH = 128;
const ENTRIES = 128;
const ENTRY_SECTORS = (ENTRIES * ENTRY_LENGTH) / SECTOR;
const HEADER_SECTOR = 1;
const USUAL_PLACE = 2;
const OTHER_PLACE = USUAL_PLACE + ENTRY_SECTORS;
/** Partitions end at whole megabytes, as with a master boot record. */
const ALIGN_SECTORS = 2048;
/** Type of the one partition of a protective master boot record. */
const PROTECTIVE = 0xee;

/** Where fields of the header begin (UEFI specification, table 5.5). */
const AT = {
  length: 12,
  crc: 16,
  self: 24,
  other: 32,
  firstUsable: 40,
  lastUsable: 48,
  entries: 72,
  count: 80,
};
const AT_ENTRY_LENGTH = 84;
const AT_ENTRIES_CRC = 88;

export interface Extent {
  start: number;
  sectors: number;
}

/** To be written in this order, each on the disk before the next. */
export interface SectorWrite {
  sector: number;
  bytes: Uint8Array;
}

export interface GrownTable {
  /** The partition as it is after the writes. */
  partition: Extent;
  grows: boolean;
  writes: SectorWrite[];
}

type ReadSectors = (sector: number, count: number) => Uint8Array;

/** Whether the first sector says that the disk has a GPT. */
export function isProtective(mbr: Uint8Array): boolean {
  return mbr[510] === 0x55 && mbr[511] === 0xaa && [0, 1, 2, 3].some((i) => mbr[450 + 16 * i] === PROTECTIVE);
}

/** A partition of the table in force; throws when the table is damaged or the partition does not exist. */
export function gptPartition(read: ReadSectors, partition: number): Extent {
  return extentOf(readTable(read).entries, partition);
}

/**
 * What to write so that the partition reaches the end of a disk of so many sectors, give or take a megabyte. Nothing when it
 * does already and the entries are in their usual place. Refuses to grow over a partition behind it.
 */
export function grownGpt(read: ReadSectors, partition: number, diskSectors: number): GrownTable {
  const { header, entries } = readTable(read);
  const { start, sectors } = extentOf(entries, partition);
  for (let other = 1; other <= ENTRIES; other++) {
    if (other !== partition && exists(entries, other) && extentOf(entries, other).start > start)
      throw new Error(`partition ${partition} cannot grow: partition ${other} lies behind it`);
  }
  const copyEntries = diskSectors - 1 - ENTRY_SECTORS;
  const wanted = Math.floor((copyEntries - start) / ALIGN_SECTORS) * ALIGN_SECTORS;
  const grows = wanted > sectors;
  const unusual = sector(header, AT.entries) !== USUAL_PLACE;
  if (!grows && !unusual) return { partition: { start, sectors }, grows, writes: [] };
  if (sector(header, AT.firstUsable) < OTHER_PLACE + ENTRY_SECTORS)
    throw new Error('the partition table leaves no room to be changed safely');
  const grown = grows ? withSectors(entries, partition, wanted) : entries;
  const end = grows
    ? { other: diskSectors - 1, lastUsable: copyEntries - 1 }
    : { other: sector(header, AT.other), lastUsable: sector(header, AT.lastUsable) };
  const at = (place: number) => makeHeader(header, grown, { ...end, self: HEADER_SECTOR, entries: place });
  const copy = makeHeader(header, grown, {
    ...end,
    self: end.other,
    other: HEADER_SECTOR,
    entries: end.other - ENTRY_SECTORS,
  });
  const writes = [
    { sector: end.other - ENTRY_SECTORS, bytes: grown },
    { sector: end.other, bytes: copy },
    // What the header points to now is not touched until it points elsewhere.
    ...(unusual
      ? []
      : [
          { sector: OTHER_PLACE, bytes: grown },
          { sector: HEADER_SECTOR, bytes: at(OTHER_PLACE) },
        ]),
    { sector: USUAL_PLACE, bytes: grown },
    { sector: HEADER_SECTOR, bytes: at(USUAL_PLACE) },
  ];
  return { partition: { start, sectors: grows ? wanted : sectors }, grows, writes };
}

/** Header and entries in force; the copy at the disk's end is not asked, since the kernel would not ask it either. */
function readTable(read: ReadSectors): { header: Uint8Array; entries: Uint8Array } {
  const header = read(HEADER_SECTOR, 1);
  const view = viewOf(header);
  const length = view.getUint32(AT.length, true);
  if (SIGNATURE.some((byte, i) => header[i] !== byte) || length < HEADER_LENGTH || length > SECTOR)
    throw new Error('sector 1 holds no GUID partition table');
  if (headerCrc(header) !== view.getUint32(AT.crc, true) || sector(header, AT.self) !== HEADER_SECTOR)
    throw new Error('the partition table is damaged: its header has a wrong checksum');
  const count = view.getUint32(AT.count, true);
  const entryLength = view.getUint32(AT_ENTRY_LENGTH, true);
  if (count !== ENTRIES || entryLength !== ENTRY_LENGTH)
    throw new Error(`the partition table has ${count} entries of ${entryLength} bytes, not 128 of 128`);
  const place = sector(header, AT.entries);
  if (place !== USUAL_PLACE && place !== OTHER_PLACE)
    throw new Error(
      `the partition table's entries are at sector ${place}, not ${USUAL_PLACE} or ${OTHER_PLACE}`,
    );
  const entries = read(place, ENTRY_SECTORS);
  if (crc32(entries) !== view.getUint32(AT_ENTRIES_CRC, true))
    throw new Error('the partition table is damaged: its entries have a wrong checksum');
  return { header, entries };
}

function makeHeader(
  old: Uint8Array,
  entries: Uint8Array,
  to: { self: number; other: number; lastUsable: number; entries: number },
): Uint8Array {
  const header = old.slice();
  const view = viewOf(header);
  setSector(header, AT.self, to.self);
  setSector(header, AT.other, to.other);
  setSector(header, AT.lastUsable, to.lastUsable);
  setSector(header, AT.entries, to.entries);
  view.setUint32(AT_ENTRIES_CRC, crc32(entries), true);
  view.setUint32(AT.crc, headerCrc(header), true);
  return header;
}

function extentOf(entries: Uint8Array, partition: number): Extent {
  if (!exists(entries, partition)) throw new Error(`partition ${partition} does not exist`);
  const at = (partition - 1) * ENTRY_LENGTH;
  const start = sector(entries, at + 32);
  return { start, sectors: sector(entries, at + 40) - start + 1 };
}

function exists(entries: Uint8Array, partition: number): boolean {
  const at = (partition - 1) * ENTRY_LENGTH;
  return entries.subarray(at, at + 16).some((byte) => byte !== 0);
}

function withSectors(entries: Uint8Array, partition: number, sectors: number): Uint8Array {
  const grown = entries.slice();
  setSector(grown, (partition - 1) * ENTRY_LENGTH + 40, extentOf(entries, partition).start + sectors - 1);
  return grown;
}

/** The header's own checksum is that of the header with zeros in its place. */
function headerCrc(header: Uint8Array): number {
  const copy = header.slice(0, viewOf(header).getUint32(AT.length, true));
  viewOf(copy).setUint32(AT.crc, 0, true);
  return crc32(copy);
}

function sector(bytes: Uint8Array, at: number): number {
  return Number(viewOf(bytes).getBigUint64(at, true));
}

function setSector(bytes: Uint8Array, at: number, value: number): void {
  viewOf(bytes).setBigUint64(at, BigInt(value), true);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
