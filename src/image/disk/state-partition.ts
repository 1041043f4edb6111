// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFile } from '../boot/grub-config.ts';
import type { Argv } from '../stage.ts';
import { type Partition, sectorSize } from './layout.ts';

/** A boot state partition and where on the disk each block's first sector lies. */
export interface StatePartition {
  readonly image: Buffer;
  readonly blocks: readonly [number, number];
}

/**
 * Makes the FAT file system with the two boot state blocks. GRUB writes them through the file system, the agent
 * by sector number: so each is one cluster, and its place is looked up in the finished image.
 */
export async function makeStatePartition(
  partition: Partition,
  blocks: readonly [string, string],
  work: string,
  exec: (argv: Argv) => Promise<void>,
): Promise<StatePartition> {
  const path = join(work, 'state.fat');
  await writeFile(path, Buffer.alloc(partition.sectors * sectorSize));
  await exec(['mkfs.fat', '--invariant', ['-F', '12'], ['-s', '2'], ['-n', 'PLAIT-STATE'], path]);
  for (const [index, text] of blocks.entries()) {
    const file = join(work, `state${index}`);
    await writeFile(file, text);
    // Dated by SOURCE_DATE_EPOCH, which mtools honours.
    await exec(['mcopy', ['-i', path], file, `::${stateFile}${index}`]);
  }
  const image = await readFile(path);
  const find = (text: string) => partition.start + blockSector(image, text);
  return { image, blocks: [find(blocks[0]), find(blocks[1])] };
}

/** Sector, from the partition's start, at which a block's text stands: exactly once and at a sector's begin. */
function blockSector(image: Buffer, text: string): number {
  const at = image.indexOf(text);
  if (at < 0 || at % sectorSize !== 0 || image.indexOf(text, at + 1) >= 0)
    throw new Error(`boot state block not found once at a sector's begin of the FAT image (at byte ${at})`);
  return at / sectorSize;
}
