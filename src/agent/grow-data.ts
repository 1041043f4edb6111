// SPDX-License-Identifier: MIT
/**
 * Grows the data partition and its file system to the card's end. Runs before it is mounted. The two steps are
 * decided apart, so that a power cut between them is made good at the next start.
 */
import { type GrownTable, grownGpt, isProtective } from './gpt.ts';
import type { Disks, Processes } from './ports.ts';

const SECTOR = 512;
/** Partitions end at whole megabytes: flash cards are slow where a write crosses their blocks. */
const ALIGN_SECTORS = 2048;
const MBR_ENTRIES = 446;
const ENTRY_LENGTH = 16;
const MAX_SECTORS = 0xffffffff;
/** e2fsck sets this bit and higher ones for errors left behind. */
const FSCK_UNCORRECTED = 4;
const FSCK_TIMEOUT = 120_000;

const EXT4_SUPERBLOCK = 1024;
const EXT4_MAGIC = 0xef53;

export interface DataPartition {
  disk: string;
  /** The partition's own device. */
  device: string;
  /** 1 to 4. */
  partition: number;
}

export interface MbrEntry {
  start: number;
  sectors: number;
}

/** Entry of a partition; throws when the sector holds no partition table or the entry is empty. */
export function readEntry(mbr: Uint8Array, partition: number): MbrEntry {
  if (mbr.length < SECTOR || mbr[510] !== 0x55 || mbr[511] !== 0xaa) {
    throw new Error('the first sector holds no partition table');
  }
  const at = MBR_ENTRIES + (partition - 1) * ENTRY_LENGTH;
  const view = new DataView(mbr.buffer, mbr.byteOffset, mbr.byteLength);
  if (mbr[at + 4] === 0) throw new Error(`partition ${partition} does not exist`);
  return { start: view.getUint32(at + 8, true), sectors: view.getUint32(at + 12, true) };
}

/**
 * The table with the partition reaching the end of a disk of so many sectors; undefined when it does already, give
 * or take a megabyte. Refuses to grow over a partition behind it.
 */
export function grownTable(mbr: Uint8Array, partition: number, diskSectors: number): Uint8Array | undefined {
  const { start, sectors } = readEntry(mbr, partition);
  for (let other = 1; other <= 4; other++) {
    const at = MBR_ENTRIES + (other - 1) * ENTRY_LENGTH;
    if (other === partition || mbr[at + 4] === 0) continue;
    if (readEntry(mbr, other).start > start) {
      throw new Error(`partition ${partition} cannot grow: partition ${other} lies behind it`);
    }
  }
  const room = Math.min(diskSectors - start, MAX_SECTORS);
  const wanted = Math.floor(room / ALIGN_SECTORS) * ALIGN_SECTORS;
  if (wanted <= sectors) return undefined;
  const grown = mbr.slice();
  const at = MBR_ENTRIES + (partition - 1) * ENTRY_LENGTH;
  // Cylinders end far below the sizes of today's cards: the largest value says "see the sector count".
  grown.set([0xfe, 0xff, 0xff], at + 5);
  new DataView(grown.buffer).setUint32(at + 12, wanted, true);
  return grown;
}

/** Bytes of the ext4 file system whose superblock this is; undefined for anything else. */
export function ext4Size(superblock: Uint8Array): number | undefined {
  const view = new DataView(superblock.buffer, superblock.byteOffset, superblock.byteLength);
  if (view.getUint16(0x38, true) !== EXT4_MAGIC) return undefined;
  const block = 1024 * 2 ** view.getUint32(0x18, true);
  const is64bit = (view.getUint32(0x60, true) & 0x80) !== 0;
  const high = is64bit ? view.getUint32(0x150, true) : 0;
  return (view.getUint32(0x04, true) + high * 2 ** 32) * block;
}

/** The table as it will be, of either kind. */
function grown(disks: Disks, { disk, partition }: DataPartition): GrownTable {
  const read = (sector: number, count: number) => disks.readAt(disk, sector * SECTOR, count * SECTOR);
  const diskSectors = Math.floor(disks.size(disk) / SECTOR);
  const mbr = read(0, 1);
  if (isProtective(mbr)) return grownGpt(read, partition, diskSectors);
  const table = grownTable(mbr, partition, diskSectors);
  const writes = table === undefined ? [] : [{ sector: 0, bytes: table }];
  return { partition: readEntry(table ?? mbr, partition), grows: table !== undefined, writes };
}

/** What was done, in words; empty when there was nothing to do. */
export async function growData(disks: Disks, processes: Processes, data: DataPartition): Promise<string[]> {
  const done: string[] = [];
  const { partition, grows, writes } = grown(disks, data);
  const { start, sectors } = partition;
  for (const { sector, bytes } of writes) disks.writeAt(data.disk, sector * SECTOR, bytes);
  if (grows) {
    disks.resizePartition(data.disk, data.partition, start * SECTOR, sectors * SECTOR);
    done.push(`partition ${data.partition} grown to ${Math.floor((sectors * SECTOR) / 2 ** 20)} MiB`);
  }
  const size = ext4Size(disks.readAt(data.device, EXT4_SUPERBLOCK, 1024));
  if (size === undefined) throw new Error(`${data.device} holds no ext4 file system`);
  if (size + ALIGN_SECTORS * SECTOR > sectors * SECTOR) return done;
  // resize2fs wants to see a file system checked in full.
  const check = await processes.run(['e2fsck', '-f', '-p', data.device], { timeout: FSCK_TIMEOUT });
  if (check.code >= FSCK_UNCORRECTED) throw new Error(`e2fsck: ${lastLine(check.stderr || check.stdout)}`);
  const resize = await processes.run(['resize2fs', data.device], { timeout: FSCK_TIMEOUT });
  if (resize.code !== 0) throw new Error(`resize2fs: ${lastLine(resize.stderr || resize.stdout)}`);
  done.push(`file system grown from ${Math.floor(size / 2 ** 20)} MiB`);
  return done;
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines[lines.length - 1]?.trim() ?? 'no reason given';
}
