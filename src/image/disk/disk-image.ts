// SPDX-License-Identifier: MIT
import { type FileHandle, open } from 'node:fs/promises';
import type { BootLoader } from '../boot/grub-core.ts';
import { blockMap, type Extent } from './bmap.ts';
import { type DiskLayout, gpt, type Partition, sectorSize } from './layout.ts';
import { sfdiskScript } from './partition-table.ts';

/** What goes onto the disk; each as bytes. */
export interface DiskContents {
  /** For a BIOS. */
  readonly loader?: BootLoader;
  /** The EFI system partition, up to its last used byte: what follows is free clusters. */
  readonly efi?: Buffer;
  readonly state: Buffer;
  /** The squashfs that both slots start with. */
  readonly slot: Buffer;
  readonly data: Buffer;
}

/**
 * Writes the disk image and gives the text of its block map. `sfdisk` runs that program on the image with a script as its
 * input. Throws when a part does not fit its place.
 */
export async function writeDiskImage(
  path: string,
  layout: DiskLayout,
  contents: DiskContents,
  sfdisk: (path: string, script: string) => Promise<void>,
): Promise<string> {
  const image = Buffer.alloc(layout.sectors * sectorSize);
  const extents: Extent[] = [{ start: 0, length: wholeBlocks(placeLoader(image, layout, contents.loader)) }];
  const put = (bytes: Buffer | undefined, partition: Partition | undefined) => {
    if (bytes === undefined && partition === undefined) return;
    if (bytes === undefined || partition === undefined)
      throw new Error(`the EFI system partition is ${partition ? 'left empty' : 'not in the layout'}`);
    const room = partition.sectors * sectorSize;
    if (bytes.length > room)
      throw new Error(`${partition.name}: ${bytes.length} bytes do not fit the partition's ${room}`);
    const start = partition.start * sectorSize;
    bytes.copy(image, start);
    extents.push({ start, length: wholeBlocks(bytes.length) });
  };
  put(contents.efi, layout.partitions.efi);
  put(contents.state, layout.partitions.state);
  put(contents.slot, layout.partitions['slot-a']);
  put(contents.slot, layout.partitions['slot-b']);
  put(contents.data, layout.partitions.data);
  extents.push(...tableCopy(layout));
  await writeSparse(path, image, extents);
  await sfdisk(path, sfdiskScript(layout));
  await readTables(path, image, extents);
  return blockMap(image, extents);
}

/** Places boot sector and core image; gives the end of what lies before the first partition with a file system. */
function placeLoader(image: Buffer, layout: DiskLayout, loader: BootLoader | undefined): number {
  const tableEnd = layout.table === 'gpt' ? gpt.firstFree : 1;
  if (layout.core === undefined || loader === undefined) return tableEnd * sectorSize;
  const room = layout.core.sectors * sectorSize;
  if (loader.core.length > room)
    throw new Error(
      `GRUB's core image has ${loader.core.length} bytes, before the board's identity are ${room}`,
    );
  loader.boot.copy(image, 0, 0, bootCode);
  const start = layout.core.start * sectorSize;
  loader.core.copy(image, start);
  return start + loader.core.length;
}

/** Bytes of the first sector that are the boot loader's; disk signature and partition table follow. */
const bootCode = 440;

/** Where the copy of a GPT lies: the image's last sectors, in whole blocks. */
function tableCopy({ table, sectors }: DiskLayout): Extent[] {
  const length = wholeBlocks(gpt.copySectors * sectorSize);
  return table === 'gpt' ? [{ start: sectors * sectorSize - length, length }] : [];
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

/** What sfdisk wrote, for the block map's checksums: it lies in the first and the last extent. */
async function readTables(path: string, image: Buffer, extents: readonly Extent[]): Promise<void> {
  const file = await open(path, 'r');
  try {
    for (const extent of [extents[0], extents.at(-1)])
      if (extent) await file.read(image, extent.start, extent.length, extent.start);
  } finally {
    await file.close();
  }
}

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / 4096) * 4096;
}
