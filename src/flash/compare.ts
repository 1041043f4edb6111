// SPDX-License-Identifier: MIT
/** Reads a card beside what it should hold, and finds the very sectors that are not as they should be. */
import { alignedBuffer, type BlockDevice, DeviceError } from './block-device.ts';
import type { Fault, FaultFinder } from './faults.ts';
import { BLOCK, MIB, type Range, SECTOR } from './sectors.ts';
import type { ImagePart } from './source-image.ts';

export interface CompareOptions {
  readonly device: BlockDevice;
  readonly signal: AbortSignal;
  /** Told how many bytes have been read since the last call. */
  readonly onBytes: (bytes: number) => void;
}

/** Blocks of the image that the card does not hold; what cannot be read counts as such. */
export async function differingBlocks(
  parts: readonly ImagePart[],
  { device, signal, onBytes }: CompareOptions,
  finder: FaultFinder,
): Promise<Range[]> {
  const buffer = alignedBuffer(MIB);
  const different: Range[] = [];
  const compare = async (wanted: Buffer, position: number): Promise<void> => {
    const found = buffer.subarray(0, wanted.length);
    const read = await succeeds(device.read(found, position));
    if (read && wanted.equals(found)) return;
    if (!read && wanted.length > BLOCK) {
      // Block by block, since one bad sector spoils a whole read.
      for (let at = 0; at < wanted.length; at += BLOCK)
        await compare(wanted.subarray(at, at + BLOCK), position + at);
      return;
    }
    for (let at = 0; at < wanted.length; at += BLOCK) {
      const block = found.subarray(at, at + BLOCK);
      if (read && block.equals(wanted.subarray(at, at + BLOCK))) continue;
      different.push({ start: position + at, length: block.length });
      if (read) remember(finder, position + at, block);
    }
  };
  for (const { start, bytes } of parts) {
    for (let at = 0; at < bytes.length; at += MIB) {
      signal.throwIfAborted();
      const wanted = bytes.subarray(at, at + MIB);
      await compare(wanted, start + at);
      onBytes(wanted.length);
    }
  }
  return different;
}

async function succeeds(reading: Promise<void>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    if (error instanceof DeviceError) return false;
    throw error;
  }
}

function remember(finder: FaultFinder, position: number, block: Buffer): void {
  for (let at = 0; at < block.length; at += SECTOR)
    finder.remember((position + at) / SECTOR, block.subarray(at, at + SECTOR));
}

/** Every sector of the image that the card does not give back as it was written. */
export async function findFaults(
  parts: readonly ImagePart[],
  { device, signal, onBytes }: CompareOptions,
  finder: FaultFinder,
  sectorSize: number,
): Promise<Fault[]> {
  const buffer = alignedBuffer(MIB);
  const faults: Fault[] = [];
  for (const { start, bytes } of parts) {
    for (let at = 0; at < bytes.length; at += MIB) {
      signal.throwIfAborted();
      const wanted = bytes.subarray(at, at + MIB);
      faults.push(...(await faultsIn({ device, buffer, finder, sectorSize }, wanted, start + at)));
      onBytes(wanted.length);
    }
  }
  return faults;
}

interface Search {
  readonly device: BlockDevice;
  readonly buffer: Buffer;
  readonly finder: FaultFinder;
  /** The device's own: less cannot be read at once. */
  readonly sectorSize: number;
}

/** Halves what cannot be read until the sector is found. */
async function faultsIn(search: Search, wanted: Buffer, position: number): Promise<Fault[]> {
  const { device, buffer, finder, sectorSize } = search;
  const found = buffer.subarray(0, wanted.length);
  try {
    await device.read(found, position);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    if (wanted.length <= sectorSize)
      return [{ kind: 'read error', lba: position / SECTOR, count: wanted.length / SECTOR }];
    const half = Math.ceil(wanted.length / 2 / sectorSize) * sectorSize;
    return [
      ...(await faultsIn(search, wanted.subarray(0, half), position)),
      ...(await faultsIn(search, wanted.subarray(half), position + half)),
    ];
  }
  if (wanted.equals(found)) return [];
  const faults: Fault[] = [];
  for (let at = 0; at < wanted.length; at += SECTOR) {
    const lba = (position + at) / SECTOR;
    const fault = finder.judge(lba, wanted.subarray(at, at + SECTOR), found.subarray(at, at + SECTOR));
    if (fault) faults.push({ ...fault, lba, count: 1 });
  }
  return faults;
}
