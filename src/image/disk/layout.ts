// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CORE_SCHEMA, load } from 'js-yaml';
import * as v from 'valibot';
import { UsageError } from '../errors.ts';

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
  /** Disk signature in the MBR; the kernel finds its root by it (PARTUUID). One per board, always the same. */
  readonly signature: number;
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

/** Reads the drawn layout (`board/disk.yaml`) and computes the board's disk. Throws a UsageError on bad input. */
export async function readLayout(path: string, board: string): Promise<DiskLayout> {
  return layoutFromYaml(await readFile(path, 'utf8'), path, board);
}

/** As readLayout, from text; `path` is for messages. */
export function layoutFromYaml(text: string, path: string, board: string): DiskLayout {
  const drawn = parse(text, path);
  const [boot, state, slot, data] = [drawn.boot, drawn.state, drawn.slot.size, drawn.data.size].map(
    (bytes) => bytes / sectorSize,
  ) as [number, number, number, number];
  const partitions = {
    state: { name: 'state', number: 1, start: boot, sectors: state, type: 0xda },
    'slot-a': { name: 'slot-a', number: 2, start: boot + state, sectors: slot, type: 0x83 },
    'slot-b': { name: 'slot-b', number: 3, start: boot + state + slot, sectors: slot, type: 0x83 },
    data: { name: 'data', number: 4, start: boot + state + 2 * slot, sectors: data, type: 0x83 },
  } as const;
  const layout: DiskLayout = {
    signature: diskSignature(board),
    bootSectors: boot,
    partitions,
    sectors: partitions.data.start + data,
    slotLimit: drawn.slot.limit,
    dataGrowsTo: drawn.data['grows-to'],
  };
  assertFits(layout, drawn, path);
  return layout;
}

/** How the kernel names a partition of this disk: `root=PARTUUID=…`. */
export function partUuid(layout: DiskLayout, name: PartitionName): string {
  return `${hex8(layout.signature)}-0${layout.partitions[name].number}`;
}

export function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}

const units: Readonly<Record<string, number>> = {
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1 << 10,
  MiB: 1 << 20,
  GiB: 1 << 30,
};

const size = v.pipe(
  v.string('must be a size with its unit, such as 32MiB'),
  v.regex(/^[1-9]\d*(kB|MB|GB|KiB|MiB|GiB)$/, 'must be a size with its unit, such as 32MiB'),
  v.transform((text) => Number.parseInt(text, 10) * (units[text.replace(/^\d+/, '')] ?? Number.NaN)),
);

const wholeMebibytes = v.pipe(
  size,
  v.check((bytes) => bytes % (1 << 20) === 0, 'must be whole mebibytes, so that every partition is aligned'),
);

const drawnLayout = v.strictObject({
  card: size,
  boot: wholeMebibytes,
  state: wholeMebibytes,
  slot: v.strictObject({ size: wholeMebibytes, limit: size }),
  data: v.strictObject({ size: wholeMebibytes, 'grows-to': wholeMebibytes }),
});

type DrawnLayout = v.InferOutput<typeof drawnLayout>;

function parse(text: string, path: string): DrawnLayout {
  let yaml: unknown;
  try {
    yaml = load(text, { schema: CORE_SCHEMA, filename: path });
  } catch (error) {
    throw new UsageError(`${path}: not YAML: ${(error as Error).message}`);
  }
  const result = v.safeParse(drawnLayout, yaml);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue) ?? '(top level)';
  throw new UsageError(`${path}: ${key}: ${issue.message} (seen: ${issue.received})`);
}

function assertFits(layout: DiskLayout, drawn: DrawnLayout, path: string): void {
  const bytes = layout.sectors * sectorSize;
  if (bytes > drawn.card)
    throw new UsageError(`${path}: the partitions take ${bytes} bytes, but card: says ${drawn.card}`);
  if (drawn.slot.limit > drawn.slot.size)
    throw new UsageError(
      `${path}: slot.limit: ${drawn.slot.limit} bytes is more than the partition's ${drawn.slot.size}`,
    );
}

/** Derived from the board's name: two boards never mistake each other's disks for their own. */
function diskSignature(board: string): number {
  return createHash('sha256').update(`plait disk of ${board}`).digest().readUInt32LE(0) || 1;
}
