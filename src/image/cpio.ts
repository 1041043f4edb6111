// SPDX-License-Identifier: MIT
import { BuildError } from './errors.ts';

export interface CpioEntry {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * A cpio archive of regular files in the order given, owned by root, all dated `mtime` (seconds).
 * `newc` is the plain portable format; `crc` also carries the sum of each file's bytes, which SWUpdate checks.
 *
 * GNU cpio writes both. But it takes owner, mode and date from files, so that each member would have to be copied to a place of its
 * own and dressed up first, which is more than these lines; and what it wrote has to be read here all the same.
 */
export function cpioArchive(entries: readonly CpioEntry[], format: 'newc' | 'crc', mtime: number): Buffer {
  const parts: Uint8Array[] = [];
  for (const [index, entry] of entries.entries()) {
    const sum = format === 'crc' ? byteSum(entry.data) : 0;
    parts.push(...member(format, index + 1, mtime, entry, sum));
  }
  parts.push(...member(format, 0, 0, { name: 'TRAILER!!!', data: Buffer.alloc(0) }, 0));
  const archive = Buffer.concat(parts);
  return Buffer.concat([archive, Buffer.alloc(padding(archive.length, 512))]);
}

/** The files of a cpio archive (newc or crc). Throws when it is cut short, malformed or a checksum is wrong. */
export function readCpio(archive: Uint8Array): CpioEntry[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const entries: CpioEntry[] = [];
  for (let at = 0; ; ) {
    const header = readHeader(bytes, at);
    const nameEnd = at + headerSize + header.nameSize;
    const start = nameEnd + padding(nameEnd, 4);
    const end = start + header.fileSize;
    if (end > bytes.length) throw new BuildError(`cpio: cut short in the entry at offset ${at}`);
    const name = bytes.toString('utf8', at + headerSize, nameEnd - 1);
    if (name === 'TRAILER!!!') return entries;
    const data = bytes.subarray(start, end);
    if (header.magic === '070702' && byteSum(data) !== header.check)
      throw new BuildError(`cpio: wrong checksum of ${name}`);
    entries.push({ name, data });
    at = end + padding(end, 4);
  }
}

const headerSize = 110;

function member(
  format: 'newc' | 'crc',
  inode: number,
  mtime: number,
  { name, data }: CpioEntry,
  sum: number,
): Uint8Array[] {
  const nameSize = Buffer.byteLength(name) + 1;
  const mode = inode === 0 ? 0 : 0o100644;
  const fields = [inode, mode, 0, 0, 1, mtime, data.length, 0, 0, 0, 0, nameSize, sum];
  const header = (format === 'crc' ? '070702' : '070701') + fields.map(hex8).join('');
  return [
    Buffer.from(`${header}${name}\0`),
    Buffer.alloc(padding(headerSize + nameSize, 4)),
    data,
    Buffer.alloc(padding(data.length, 4)),
  ];
}

function readHeader(bytes: Buffer, at: number) {
  const magic = bytes.toString('latin1', at, at + 6);
  if (magic !== '070701' && magic !== '070702') throw new BuildError(`cpio: no entry at offset ${at}`);
  if (at + headerSize > bytes.length) throw new BuildError(`cpio: cut short in the entry at offset ${at}`);
  const digits = bytes.toString('latin1', at + 6, at + headerSize);
  if (!/^[0-9a-f]+$/i.test(digits)) throw new BuildError(`cpio: malformed header at offset ${at}`);
  const field = (index: number) => Number.parseInt(digits.slice(8 * index, 8 * index + 8), 16);
  return { magic, fileSize: field(6), nameSize: field(11), check: field(12) };
}

function padding(length: number, align: number): number {
  return (align - (length % align)) % align;
}

function byteSum(data: Uint8Array): number {
  let sum = 0;
  for (const byte of data) sum = (sum + byte) >>> 0;
  return sum;
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}
