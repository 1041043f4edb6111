// SPDX-License-Identifier: MIT
/** Writes logs of writes, good and bad ones, for tests. */
import { writeFileSync } from 'node:fs';

export interface Made {
  readonly sector?: number;
  readonly data?: Buffer;
  readonly flags?: number;
  /** Where it is not that of the data; QEMU says 0 of writes. */
  readonly length?: number;
  /** Where data alone do not say it. */
  readonly sectors?: number;
}

export const FLUSH: Made = { flags: 1 };
export const SECTOR = 512;

/** `count` in the superblock is that of the entries unless told otherwise. */
export function logBytes(
  entries: readonly Made[],
  superblock: { count?: number; sectorSize?: number } = {},
): Buffer {
  const sectorSize = superblock.sectorSize ?? SECTOR;
  const first = Buffer.alloc(sectorSize);
  first.writeBigUInt64LE(0x6a736677736872n, 0);
  first.writeBigUInt64LE(1n, 8);
  first.writeBigUInt64LE(BigInt(superblock.count ?? entries.length), 16);
  first.writeUInt32LE(sectorSize, 24);
  const parts = entries.flatMap(({ sector = 0, data = Buffer.alloc(0), flags = 0, sectors, length }) => {
    const header = Buffer.alloc(sectorSize);
    header.writeBigUInt64LE(BigInt(sector), 0);
    header.writeBigUInt64LE(BigInt(sectors ?? Math.ceil(data.length / sectorSize)), 8);
    header.writeBigUInt64LE(BigInt(flags), 16);
    header.writeBigUInt64LE(BigInt(length ?? data.length), 24);
    const padding = Buffer.alloc((sectorSize - (data.length % sectorSize)) % sectorSize);
    return [header, data, padding];
  });
  return Buffer.concat([first, ...parts]);
}

export function makeLog(path: string, entries: readonly Made[]): string {
  writeFileSync(path, logBytes(entries));
  return path;
}

/** A write of so many sectors, all bytes alike. */
export function write(sector: number, fill: number, sectors = 1, flags = 0): Made {
  return { sector, data: Buffer.alloc(sectors * SECTOR, fill), flags };
}
