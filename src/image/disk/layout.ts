// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IDENTITY_END_SECTOR, IDENTITY_SECTORS } from '../../agent/identity.ts';
import type { Board, Firmware, PartitionTable } from '../board.ts';
import { UsageError } from '../errors.ts';
import { type Fields, readYaml } from '../fields.ts';

export const sectorSize = 512;

/** Partitions of every disk; the agent and the boot scripts know them by their numbers. */
export type PartitionName = 'state' | 'slot-a' | 'slot-b' | 'data';
/** Where a GPT disk has GRUB for UEFI, and for a BIOS. */
export type LoaderPartitionName = 'efi' | 'bios-boot';

/** One entry of the partition table; `start` and `sectors` in sectors of 512 bytes. */
export interface Partition {
  readonly name: PartitionName | LoaderPartitionName;
  readonly number: number;
  readonly start: number;
  readonly sectors: number;
}

export interface DiskLayout {
  readonly table: PartitionTable;
  /** Disk signature, eight hexadecimal digits; the kernel finds its root by it (PARTUUID). */
  readonly signature: string;
  /** Where GRUB's core image for a BIOS lies; absent on a disk that no BIOS starts from. */
  readonly core?: { readonly start: number; readonly sectors: number };
  readonly partitions: Readonly<Record<PartitionName, Partition>> &
    Readonly<Partial<Record<LoaderPartitionName, Partition>>>;
  /** The whole image, in sectors. */
  readonly sectors: number;
  /** Largest allowed squashfs of a slot, in bytes. */
  readonly slotLimit: number;
  /** Largest size that the data file system can be grown to, in bytes. */
  readonly dataGrowsTo: number;
}

/** What a board says of its disk. */
export interface DiskFacts {
  readonly table: PartitionTable;
  readonly signature: string;
  readonly firmware: readonly Firmware[];
}

/**
 * A GPT: header in sector 1, entries in sectors 2 to 33; as many sectors behind them stay free for the agent, which writes
 * changed entries there before it makes the header point to them. A copy is the disk's end: entries, then header.
 */
export const gpt = { entrySectors: 32, firstFree: 2 + 2 * 32, copySectors: 33 } as const;
/** Where GRUB's core image begins: behind the boot sector, and behind a GPT. */
const coreStart: Readonly<Record<PartitionTable, number>> = { msdos: 1, gpt: 128 };

/** Reads the drawn layout and computes the board's disk. Throws a UsageError on bad input. */
export async function readLayout(board: Board): Promise<DiskLayout> {
  const path = join(board.dir, '..', 'disk.yaml');
  return layoutFromYaml(await readFile(path, 'utf8'), 'board/disk.yaml', {
    ...board.disk,
    firmware: board.firmware,
  });
}

/** As readLayout, from text; `file` is for messages. */
export function layoutFromYaml(text: string, file: string, facts: DiskFacts): DiskLayout {
  const { table, signature, firmware } = facts;
  const drawn = parse(text, file);
  const boot = drawn.boot / sectorSize;
  let end = boot;
  const place = <Name extends Partition['name']>(name: Name, number: number, bytes: number) => {
    const partition = { name, number, start: end, sectors: bytes / sectorSize };
    end += partition.sectors;
    return partition;
  };
  const efi = firmware.includes('efi') ? { efi: place('efi', 5, drawn.efi) } : {};
  const partitions = {
    state: place('state', 1, drawn.state),
    'slot-a': place('slot-a', 2, drawn.slot),
    'slot-b': place('slot-b', 3, drawn.slot),
    data: place('data', 4, drawn.data),
  };
  const core = { start: coreStart[table], sectors: IDENTITY_SECTORS[0] - coreStart[table] };
  const bios = firmware.includes('bios');
  const biosBoot =
    bios && table === 'gpt' ? { 'bios-boot': { name: 'bios-boot', number: 6, ...core } as const } : {};
  const layout: DiskLayout = {
    table,
    signature,
    ...(bios ? { core } : {}),
    partitions: { ...partitions, ...efi, ...biosBoot },
    sectors: end + (table === 'gpt' ? boot : 0),
    slotLimit: drawn.slotLimit,
    dataGrowsTo: drawn.dataGrowsTo,
  };
  assertFits(layout, drawn, file);
  return layout;
}

/** How the kernel names a partition of this disk: `root=PARTUUID=…`. */
export function partUuid(layout: DiskLayout, name: PartitionName): string {
  const { number } = layout.partitions[name];
  return layout.table === 'gpt' ? guid(layout, number) : `${layout.signature}-0${number}`;
}

/** The GUIDs of a GPT disk: 0 is the disk's own, the others those of its partitions. */
export function guid({ signature }: DiskLayout, number: number): string {
  return `${signature}-0000-4000-8000-706c616974${number.toString(16).padStart(2, '0')}`;
}

const units: Readonly<Record<string, number>> = {
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1 << 10,
  MiB: 1 << 20,
  GiB: 1 << 30,
};

/** The keys of disk.yaml, in bytes. */
interface DrawnLayout {
  readonly card: number;
  readonly boot: number;
  readonly efi: number;
  readonly state: number;
  readonly slot: number;
  readonly slotLimit: number;
  readonly data: number;
  readonly dataGrowsTo: number;
}

function parse(text: string, file: string): DrawnLayout {
  const top = readYaml(text, file);
  const slot = top.fields('slot');
  const data = top.fields('data');
  const drawn: DrawnLayout = {
    card: size(top, 'card'),
    boot: wholeMebibytes(top, 'boot'),
    efi: wholeMebibytes(top, 'efi'),
    state: wholeMebibytes(top, 'state'),
    slot: wholeMebibytes(slot, 'size'),
    slotLimit: size(slot, 'limit'),
    data: wholeMebibytes(data, 'size'),
    dataGrowsTo: wholeMebibytes(data, 'grows-to'),
  };
  for (const fields of [top, slot, data]) fields.done();
  return drawn;
}

function size(fields: Fields, key: string): number {
  const text = fields.string(key, 'a size with its unit, as in 32MiB', /^[1-9]\d*(kB|MB|GB|KiB|MiB|GiB)$/);
  return Number.parseInt(text, 10) * (units[text.replace(/^\d+/, '')] ?? Number.NaN);
}

/** Partitions begin and end at whole mebibytes: aligned to whatever a card erases at once. */
function wholeMebibytes(fields: Fields, key: string): number {
  const bytes = size(fields, key);
  if (bytes % (1 << 20) !== 0) fields.refuse(key, fields.string(key), 'whole mebibytes');
  return bytes;
}

function assertFits(layout: DiskLayout, drawn: DrawnLayout, file: string): void {
  const bytes = layout.sectors * sectorSize;
  if (bytes > drawn.card)
    throw new UsageError(
      `${file}: the partitions take ${bytes} bytes, but a card has only ${drawn.card} (card)`,
    );
  if (drawn.boot < IDENTITY_END_SECTOR * sectorSize)
    throw new UsageError(
      `${file}: boot is ${drawn.boot} bytes; the board's identity before the first partition ends at ${IDENTITY_END_SECTOR * sectorSize}`,
    );
  if (drawn.slotLimit > drawn.slot)
    throw new UsageError(
      `${file}: slot.limit is ${drawn.slotLimit} bytes, more than slot.size (${drawn.slot})`,
    );
}
