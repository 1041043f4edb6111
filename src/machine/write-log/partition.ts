// SPDX-License-Identifier: MIT
/** Where a partition lies, by the table that the disk has after the cut. */
import { gptPartition, isProtective } from '../../agent/gpt.ts';
import { readEntry } from '../../agent/grow-data.ts';
import { MachineError } from '../errors.ts';
import type { DiskAfterCut } from './disk-after-cut.ts';

const SECTOR = 512;

/** In bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** @throws MachineError when there is no such partition, or no table */
export function partitionOf(disk: Pick<DiskAfterCut, 'read' | 'size'>, number: number): Place {
  const read = (sector: number, count: number) => disk.read(sector * SECTOR, count * SECTOR);
  try {
    const mbr = read(0, 1);
    const { start, sectors } = isProtective(mbr) ? gptPartition(read, number) : readEntry(mbr, number);
    const place = { offset: start * SECTOR, length: sectors * SECTOR };
    if (place.offset + place.length > disk.size)
      throw new Error(
        `partition ${number} ends behind the disk's ${disk.size} bytes; --card tells of a larger one`,
      );
    return place;
  } catch (error) {
    throw new MachineError((error as Error).message, { cause: error });
  }
}
