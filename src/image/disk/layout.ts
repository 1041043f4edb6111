// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../board.ts';
import { UsageError } from '../errors.ts';
import { type Fields, readYaml } from '../fields.ts';

export const sectorSize = 512;

export type PartitionName = 'state' | 'slot-a' | 'slot-b' | 'data';

/** One entry of the partition table; `start` and `sectors` in sectors of 512 bytes. */
export interface Partition {
  readonly name: PartitionName;
  readonly number: 1 | 2 | 3 | 4;
  readonly start: number;
  readonly sectors: number;
  /** The type byte in the partition table. */
  readonly type: number;
}

export interface DiskLayout {
  /** Disk signature in the MBR, eight hexadecimal digits; the kernel finds its root by it (PARTUUID). */
  readonly signature: string;
  /** Room for MBR and boot loader before the first partition, in sectors. */
  readonly bootSectors: number;
  readonly partitions: Readonly<Record<PartitionName, Partition>>;
  /** The whole image, in sectors. */
  readonly sectors: number;
  /** Largest allowed squashfs of a slot, in bytes. */
  readonly slotLimit: number;
  /** Largest size that the data file system can be grown to, in bytes. */
  readonly dataGrowsTo: number;
}

/** Reads the drawn layout and computes the board's disk. Throws a UsageError on bad input. */
export async function readLayout(board: Board): Promise<DiskLayout> {
  const path = join(board.dir, '..', 'disk.yaml');
  return layoutFromYaml(await readFile(path, 'utf8'), 'board/disk.yaml', board.disk.signature);
}

/** As readLayout, from text; `file` is for messages. */
export function layoutFromYaml(text: string, file: string, signature: string): DiskLayout {
  const drawn = parse(text, file);
  const sectors = (bytes: number) => bytes / sectorSize;
  const [boot, state] = [sectors(drawn.boot), sectors(drawn.state)];
  const [slot, data] = [sectors(drawn.slot), sectors(drawn.data)];
  const partitions = {
    state: { name: 'state', number: 1, start: boot, sectors: state, type: 0xda },
    'slot-a': { name: 'slot-a', number: 2, start: boot + state, sectors: slot, type: 0x83 },
    'slot-b': { name: 'slot-b', number: 3, start: boot + state + slot, sectors: slot, type: 0x83 },
    data: { name: 'data', number: 4, start: boot + state + 2 * slot, sectors: data, type: 0x83 },
  } as const;
  const layout: DiskLayout = {
    signature,
    bootSectors: boot,
    partitions,
    sectors: partitions.data.start + data,
    slotLimit: drawn.slotLimit,
    dataGrowsTo: drawn.dataGrowsTo,
  };
  assertFits(layout, drawn, file);
  return layout;
}

/** How the kernel names a partition of this disk: `root=PARTUUID=…`. */
export function partUuid(layout: DiskLayout, name: PartitionName): string {
  return `${layout.signature}-0${layout.partitions[name].number}`;
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
  if (drawn.slotLimit > drawn.slot)
    throw new UsageError(
      `${file}: slot.limit is ${drawn.slotLimit} bytes, more than slot.size (${drawn.slot})`,
    );
}
