// SPDX-License-Identifier: MIT
import { type FileHandle, open } from 'node:fs/promises';
import type { BootLoader } from '../boot/grub-core.ts';
import { blockMap, type Extent } from './bmap.ts';
import { type DiskLayout, type Partition, sectorSize } from './layout.ts';
import { masterBootRecord } from './mbr.ts';

/** What goes onto the disk; each as bytes. */
export interface DiskContents {
  readonly loader: BootLoader;
  readonly state: Buffer;
  /** The squashfs that both slots start with. */
  readonly slot: Buffer;
  readonly data: Buffer;
}

/** Writes the disk image and gives the text of its block map. Throws when a part does not fit its place. */
export async function writeDiskImage(
  path: string,
  layout: DiskLayout,
  contents: DiskContents,
): Promise<string> {
  const image = Buffer.alloc(layout.sectors * sectorSize);
  const extents: Extent[] = [];
  const put = (bytes: Buffer, partition: Partition) => {
    const room = partition.sectors * sectorSize;
    if (bytes.length > room)
      throw new Error(`${partition.name}: ${bytes.length} bytes do not fit the partition's ${room}`);
    const start = partition.start * sectorSize;
    bytes.copy(image, start);
    extents.push({ start, length: wholeBlocks(bytes.length) });
  };
  placeLoader(image, layout, contents.loader);
  extents.push({ start: 0, length: wholeBlocks(sectorSize + contents.loader.core.length) });
  put(contents.state, layout.partitions.state);
  put(contents.slot, layout.partitions['slot-a']);
  put(contents.slot, layout.partitions['slot-b']);
  put(contents.data, layout.partitions.data);
  await writeSparse(path, image, extents);
  return blockMap(image, extents);
}

function placeLoader(image: Buffer, layout: DiskLayout, { boot, core }: BootLoader): void {
  const room = (layout.bootSectors - 1) * sectorSize;
  if (core.length > room)
    throw new Error(`GRUB's core image has ${core.length} bytes, before the first partition are ${room}`);
  masterBootRecord(boot, layout).copy(image, 0);
  core.copy(image, sectorSize);
}

async function writeSparse(path: string, image: Buffer, extents: readonly Extent[]): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'w');
    await file.truncate(image.length);
    for (const { start, length } of extents) await file.write(image, start, length, start);
  } finally {
    await file?.close();
  }
}

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / 4096) * 4096;
}
