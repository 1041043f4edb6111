// SPDX-License-Identifier: MIT
import { type DiskLayout, sectorSize } from './layout.ts';

const tableOffset = 446;
const signatureOffset = 440;

/** The master boot record: the boot loader's first sector with the disk signature and the partition table in it. */
export function masterBootRecord(bootSector: Buffer, layout: DiskLayout): Buffer {
  const mbr = Buffer.from(bootSector);
  if (mbr.length !== sectorSize) throw new Error(`boot sector of ${mbr.length} bytes`);
  mbr.fill(0, signatureOffset, 510);
  mbr.writeUInt32LE(Number.parseInt(layout.signature, 16), signatureOffset);
  for (const partition of Object.values(layout.partitions)) {
    const at = tableOffset + 16 * (partition.number - 1);
    // Some BIOSes start only a disk with an active partition; GRUB does not look at the mark.
    mbr.writeUInt8(partition.number === 1 ? 0x80 : 0, at);
    chs(partition.start).copy(mbr, at + 1);
    mbr.writeUInt8(partition.type, at + 4);
    chs(partition.start + partition.sectors - 1).copy(mbr, at + 5);
    mbr.writeUInt32LE(partition.start, at + 8);
    mbr.writeUInt32LE(partition.sectors, at + 12);
  }
  mbr.writeUInt16LE(0xaa55, 510);
  return mbr;
}

/** Cylinder, head and sector for the geometry 255/63, which only old tools look at. */
function chs(lba: number): Buffer {
  const cylinder = Math.floor(lba / (255 * 63));
  if (cylinder > 1023) return Buffer.from([0xfe, 0xff, 0xff]);
  const head = Math.floor(lba / 63) % 255;
  return Buffer.from([head, (lba % 63) + 1 + ((cylinder >> 8) << 6), cylinder & 0xff]);
}
