// SPDX-License-Identifier: MIT
/**
 * Reads the log of a disk's writes in the format of Linux' dm-log-writes (drivers/md/dm-log-writes.c), which QEMU's
 * blklogwrites writes, too. A superblock in sector 0, then one sector for each entry, followed by its data:
 *
 *     superblock   magic u64, version u64, number of entries u64, sector size u32
 *     entry        first sector u64, number of sectors u64, flags u64, bytes of text u64 (of marks)
 *
 * All little-endian; sectors are those of the superblock, entries and data begin at whole ones. Data stay in the file until
 * they are asked for. The number of entries is brought up to date by a flush only: a recording ends with `sync`.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MachineError } from '../errors.ts';

export interface LogEntry {
  readonly index: number;
  readonly kind: 'write' | 'discard' | 'flush' | 'mark';
  /** Everything that was written before is on the medium; a write with this flag comes after it. */
  readonly flush: boolean;
  /** It went past the cache of the disk (force unit access). */
  readonly fua: boolean;
  /** On the disk. Sectors are those of the log. */
  readonly sector: number;
  /** None for flushes and marks. */
  readonly sectors: number;
  /** Text of a mark. */
  readonly label?: string;
  /** Where the entry ends in the file. */
  readonly end: number;
}

/** What is needed of a log to replay it. */
export type Writes = Pick<WriteLog, 'sectorSize' | 'entries' | 'read'>;

const MAGIC = 0x6a736677736872n;
const VERSION = 1n;
const SUPERBLOCK = 28;
const HEADER = 32;
const FLUSH = 1;
const FUA = 2;
const DISCARD = 4;
const MARK = 8;
/** dm-log-writes says so besides of what a file system writes for itself; it means nothing here. */
const METADATA = 16;
const KNOWN = FLUSH | FUA | DISCARD | MARK | METADATA;
/** More entries than this are no recording, but damage. */
const MOST_ENTRIES = 10_000_000;

export class WriteLog {
  readonly sectorSize: number;
  readonly entries: readonly LogEntry[];
  readonly #fd: number;

  /**
   * @param options.unfinished leave out what is behind the last entry that was counted: the machine was stopped, or runs still
   * @throws MachineError for a log that is damaged, cut short, or longer than its superblock says
   */
  static open(path: string, options: { unfinished?: boolean } = {}): WriteLog {
    const fd = openSync(path, 'r');
    try {
      return new WriteLog(fd, path, options.unfinished ?? false);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  private constructor(fd: number, path: string, unfinished: boolean) {
    this.#fd = fd;
    const { size } = fstatSync(fd);
    const refuse = (what: string): never => {
      throw new MachineError(`${path} is no usable log of writes: ${what}.`);
    };
    const read = (at: number, length: number, what: string) => {
      if (at + length > size)
        refuse(`it ends at byte ${size}, in ${what}, which takes bytes ${at} to ${at + length}`);
      return readBytes(fd, at, length);
    };
    const { count, sectorSize } = superblock(read(0, SUPERBLOCK, 'its superblock'), refuse);
    this.sectorSize = sectorSize;
    const entries: LogEntry[] = [];
    let at = sectorSize;
    for (let index = 0; index < count; index++) {
      const header = read(at, HEADER, `entry ${index} of ${count}`);
      const entry = parseEntry(
        header,
        { index, at, sectorSize },
        (where, length) => read(where, length, `the data of entry ${index} of ${count}`),
        refuse,
      );
      entries.push(entry);
      at = entry.end;
    }
    if (at < size && !unfinished)
      refuse(
        `its superblock counts ${count} entries, which end at byte ${at}, and the file has ${size}: the recording did not end with a flush (sync)`,
      );
    this.entries = entries;
  }

  /** The data of sectors `from` to `to` of a write, counted from its first one. */
  read(entry: LogEntry, from = 0, to = entry.sectors): Buffer {
    if (entry.kind !== 'write') return Buffer.alloc((to - from) * this.sectorSize);
    const start = entry.end - entry.sectors * this.sectorSize;
    return readBytes(this.#fd, start + from * this.sectorSize, (to - from) * this.sectorSize);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

type Refuse = (what: string) => never;

function superblock(bytes: Buffer, refuse: Refuse): { count: number; sectorSize: number } {
  const [magic, version, count] = [0, 8, 16].map((at) => bytes.readBigUInt64LE(at)) as [
    bigint,
    bigint,
    bigint,
  ];
  const sectorSize = bytes.readUInt32LE(24);
  if (magic !== MAGIC) refuse(`it begins with ${hex(magic)}, not with ${hex(MAGIC)}`);
  if (version !== VERSION) refuse(`it has version ${version}, and this program knows ${VERSION}`);
  if (sectorSize < 512 || sectorSize > 65_536 || (sectorSize & (sectorSize - 1)) !== 0)
    refuse(`its sectors have ${sectorSize} bytes, not a power of two from 512 to 65536`);
  if (count > MOST_ENTRIES) refuse(`its superblock counts ${count} entries, more than ${MOST_ENTRIES}`);
  return { count: Number(count), sectorSize };
}

function parseEntry(
  header: Buffer,
  { index, at, sectorSize }: { index: number; at: number; sectorSize: number },
  read: (at: number, length: number) => Buffer,
  refuse: Refuse,
): LogEntry {
  const where = `entry ${index} at byte ${at}`;
  const value = (name: string, from: number) => {
    const number = header.readBigUInt64LE(from);
    return number <= Number.MAX_SAFE_INTEGER / sectorSize
      ? Number(number)
      : refuse(`${where} has ${number} as its ${name}`);
  };
  const [sector, sectors, flags, length] = [
    value('first sector', 0),
    value('number of sectors', 8),
    value('flags', 16),
    value('bytes of data', 24),
  ];
  if ((flags & ~KNOWN) !== 0) refuse(`${where} has flags ${hex(BigInt(flags))}, of which some are unknown`);
  const kind = kindOf(flags, sectors);
  // Of a write dm-log-writes and QEMU say 0; who says more must be right.
  const room = kind === 'write' ? sectors * sectorSize : kind === 'mark' ? sectorSize : 0;
  if (kind === 'write' ? length !== 0 && length !== room : length > room)
    refuse(`${where}, a ${kind} of ${sectors} sectors, says that it has ${length} bytes of data`);
  const data = at + sectorSize;
  const end = data + (kind === 'mark' ? Math.ceil(length / sectorSize) * sectorSize : room);
  if (end > data) read(end - 1, 1);
  return {
    ...{ index, kind, flush: (flags & FLUSH) !== 0, fua: (flags & FUA) !== 0, end },
    ...{ sector, sectors: kind === 'write' || kind === 'discard' ? sectors : 0 },
    ...(kind === 'mark' ? { label: read(data, length).toString().replace(/\0+$/, '') } : {}),
  };
}

function kindOf(flags: number, sectors: number): LogEntry['kind'] {
  if ((flags & MARK) !== 0) return 'mark';
  if ((flags & DISCARD) !== 0) return 'discard';
  return sectors > 0 ? 'write' : 'flush';
}

function readBytes(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const got = readSync(fd, bytes, done, length - done, at + done);
    if (got === 0)
      throw new MachineError(`A log of writes got shorter while it was read: byte ${at + done} is gone.`);
    done += got;
  }
  return bytes;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
