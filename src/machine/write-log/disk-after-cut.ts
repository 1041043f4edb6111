// SPDX-License-Identifier: MIT
/** The disk as it is when the power comes back: an image, and over it what the medium has of a recorded run. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { makeCard } from '../card.ts';
import { MachineError } from '../errors.ts';
import type { Cut } from './cut.ts';
import type { LogEntry, Writes } from './write-log.ts';

const BLOCK = 65_536;
const ZERO = Buffer.alloc(BLOCK);

/** The disk as it was when a recording began. */
export class DiskBefore {
  readonly path: string;
  readonly size: number;
  /** Behind the image the disk is zero. */
  readonly #imageSize: number;
  readonly #fd: number;
  readonly #filled = new Map<string, { at: number; bytes: Buffer }[]>();

  /** @param bytes of the disk, when it is larger than the image: the rest is zero */
  static open(path: string, bytes?: number): DiskBefore {
    const fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    return new DiskBefore(path, fd, size, bytes ?? 0);
  }

  private constructor(path: string, fd: number, imageSize: number, bytes: number) {
    this.path = path;
    this.#imageSize = imageSize;
    this.size = Math.max(imageSize, bytes);
    this.#fd = fd;
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const got = readSync(this.#fd, bytes, done, length - done, offset + done);
      if (got === 0) break;
      done += got;
    }
    return bytes.fill(0, done);
  }

  /** The blocks of a place that are not zero; `at` is counted from its start. Read once for all cuts. */
  filled(offset: number, length: number): readonly { at: number; bytes: Buffer }[] {
    const name = `${offset} ${length}`;
    const known = this.#filled.get(name);
    if (known !== undefined) return known;
    const blocks = [];
    const end = Math.min(length, this.#imageSize - offset);
    for (let at = 0; at < end; at += BLOCK) {
      const bytes = this.read(offset + at, Math.min(BLOCK, end - at));
      if (!bytes.equals(ZERO.subarray(0, bytes.length))) blocks.push({ at, bytes });
    }
    this.#filled.set(name, blocks);
    return blocks;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** What is on the medium of one entry. */
interface Piece {
  readonly entry: LogEntry;
  readonly sectors: number;
}

export class DiskAfterCut {
  readonly size: number;
  readonly #before: DiskBefore;
  readonly #log: Writes;
  readonly #pieces: readonly Piece[];

  /** @throws MachineError when the log belongs to a larger disk */
  constructor(before: DiskBefore, log: Writes, { whole, also }: Cut) {
    this.#before = before;
    this.#log = log;
    this.size = before.size;
    const { entries } = log;
    const all = entries.slice(0, whole).map((entry) => ({ entry, sectors: entry.sectors }));
    const parts = also.map(({ entry: index, sectors }) => {
      const entry = entries[index];
      if (entry === undefined)
        throw new MachineError(`The log has ${entries.length} entries, no entry ${index}.`);
      return { entry, sectors: sectors ?? entry.sectors };
    });
    this.#pieces = [...all, ...parts].filter(({ sectors }) => sectors > 0);
    for (const { entry } of this.#pieces) this.#mustFit(entry);
  }

  read(offset: number, length: number): Buffer {
    const bytes = this.#before.read(offset, length);
    this.#over(offset, length, (data, at) => data.copy(bytes, at));
    return bytes;
  }

  /** Names what was written to a place of the disk: the same name, the same content. */
  contentKey(offset: number, length: number): string {
    return this.#within(offset, length)
      .map(({ entry, sectors }) => `${entry.index}/${sectors}`)
      .join();
  }

  /** Writes a place of the disk to a file, which has holes where the disk is zero. */
  extract(path: string, offset: number, length: number): void {
    const file = openSync(path, 'w');
    try {
      for (const { at, bytes } of this.#before.filled(offset, length))
        writeSync(file, bytes, 0, bytes.length, at);
      ftruncateSync(file, length);
      this.#over(offset, length, (data, at) => writeSync(file, data, 0, data.length, at));
    } finally {
      closeSync(file);
    }
  }

  /** Writes all of it to a file: sharing blocks with the image where the file system can, else a copy with holes. */
  async writeImage(path: string): Promise<void> {
    await makeCard(this.#before.path, path, this.size);
    const file = openSync(path, 'r+');
    try {
      this.#over(0, this.size, (data, at) => writeSync(file, data, 0, data.length, at));
    } finally {
      closeSync(file);
    }
  }

  /** Hands over what was written to a place, in order; `at` is counted from its start. */
  #over(offset: number, length: number, put: (data: Buffer, at: number) => void): void {
    const { sectorSize } = this.#log;
    for (const { entry, sectors } of this.#within(offset, length)) {
      const start = entry.sector * sectorSize;
      const from = Math.max(0, Math.floor((offset - start) / sectorSize));
      const to = Math.min(sectors, Math.ceil((offset + length - start) / sectorSize));
      const at = start + from * sectorSize - offset;
      const data = this.#log.read(entry, from, to).subarray(Math.max(0, -at), length - at);
      put(data, Math.max(0, at));
    }
  }

  #within(offset: number, length: number): Piece[] {
    const { sectorSize } = this.#log;
    return this.#pieces.filter(({ entry, sectors }) => {
      const start = entry.sector * sectorSize;
      return start < offset + length && start + sectors * sectorSize > offset;
    });
  }

  #mustFit({ index, sector, sectors }: LogEntry): void {
    const end = (sector + sectors) * this.#log.sectorSize;
    if (end > this.size)
      throw new MachineError(
        `Entry ${index} of the log writes up to byte ${end}, and the disk has ${this.size}: it was another disk, or a larger card.`,
      );
  }
}
