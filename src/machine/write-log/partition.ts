// SPDX-License-Identifier: MIT
/** A partition of the disk after a cut, by the table that is on it then. */
import { gptPartition, isProtective } from '../../agent/gpt.ts';
import { readEntry } from '../../agent/grow-data.ts';
import { sectorSize } from '../../image/disk/layout.ts';
import { MachineError } from '../errors.ts';
import type { DiskAfterCut } from './disk-after-cut.ts';

/** In bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** @throws MachineError when there is no such partition, or no table */
export function partitionOf(disk: Pick<DiskAfterCut, 'read' | 'size'>, number: number): Place {
  const read = (sector: number, count: number) => disk.read(sector * sectorSize, count * sectorSize);
  try {
    const mbr = read(0, 1);
    const { start, sectors } = isProtective(mbr) ? gptPartition(read, number) : readEntry(mbr, number);
    const place = { offset: start * sectorSize, length: sectors * sectorSize };
    if (place.offset + place.length > disk.size)
      throw new Error(
        `partition ${number} ends behind the disk's ${disk.size} bytes; --card tells of a larger one`,
      );
    return place;
  } catch (error) {
    throw new MachineError((error as Error).message, { cause: error });
  }
}

/**
 * Writes a partition to a file, or without a number the whole disk. Gives the bytes that it has.
 * @throws MachineError when there is no such partition
 */
export async function writeDisk(
  disk: DiskAfterCut,
  file: string,
  partition: number | undefined,
): Promise<number> {
  if (partition === undefined) {
    await disk.writeImage(file);
    return disk.size;
  }
  const { offset, length } = partitionOf(disk, partition);
  disk.extract(file, offset, length);
  return length;
}
