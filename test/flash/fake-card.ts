// SPDX-License-Identifier: MIT
/** A card in memory that fails as real ones do. Sectors of 512 bytes, by number. */
import { type BlockDevice, DeviceError } from '../../src/flash/block-device.ts';
import { SECTOR } from '../../src/flash/sectors.ts';

export interface CardFaults {
  /** Sectors whose reading fails. */
  readonly unreadable?: ReadonlySet<number>;
  /** Sectors whose writing fails. */
  readonly unwritable?: ReadonlySet<number>;
  /** Sectors that take writes and keep nothing. */
  readonly dropped?: ReadonlySet<number>;
  /** Sectors that give one bit wrong. */
  readonly flipped?: ReadonlySet<number>;
  /** Sectors that give zeros, or FF, whatever was written. */
  readonly zeros?: ReadonlySet<number>;
  readonly erased?: ReadonlySet<number>;
  /** What the card really holds, in bytes; places beyond lead back to its begin. */
  readonly wrapsAt?: number;
  /** Bytes beyond are taken and lost. */
  readonly endsAt?: number;
}

export class FakeCard implements BlockDevice {
  readonly size: number;
  readonly content: Buffer;
  writtenBytes = 0;
  readBytes = 0;
  writes = 0;
  reads = 0;
  flushes = 0;
  /** Remember what a flush has not brought to the card yet, for `pullOut()`. */
  canBePulledOut = false;
  /** Writes after which it throws `dies` once. */
  writesLeft = Number.POSITIVE_INFINITY;
  private readonly faults: CardFaults;
  /** Sectors that were written and not flushed, with what they held before. */
  private readonly unflushed = new Map<number, Buffer>();

  constructor(size: number, faults: CardFaults = {}, content?: Buffer) {
    this.size = size;
    this.faults = faults;
    this.content = content ?? Buffer.alloc(size, 0x5a);
  }

  async read(into: Uint8Array, position: number): Promise<void> {
    this.check(into, position, 'read');
    this.reads++;
    this.readBytes += into.length;
    const { unreadable, flipped, zeros, erased, wrapsAt } = this.faults;
    if (wrapsAt === undefined) into.set(this.content.subarray(position, position + into.length));
    for (const { lba, at } of sectors(
      into,
      position,
      wrapsAt ? undefined : [unreadable, flipped, zeros, erased],
    )) {
      if (unreadable?.has(lba)) throw new DeviceError('read', lba * SECTOR, 'EIO');
      const target = into.subarray(at, at + SECTOR);
      if (wrapsAt) target.set(this.content.subarray(this.place(lba), this.place(lba) + SECTOR));
      if (flipped?.has(lba)) target[7] = (target[7] ?? 0) ^ 0x10;
      if (zeros?.has(lba)) target.fill(0);
      if (erased?.has(lba)) target.fill(0xff);
    }
  }

  async write(from: Uint8Array, position: number): Promise<void> {
    this.check(from, position, 'write');
    this.writes++;
    const { unwritable, dropped, endsAt = this.size, wrapsAt } = this.faults;
    for (const { lba, at } of sectors(from, position)) {
      if (unwritable?.has(lba)) throw new DeviceError('write', lba * SECTOR, 'EIO');
      if (--this.writesLeft < 0) throw new Killed();
      this.writtenBytes += SECTOR;
      if (dropped?.has(lba) || lba * SECTOR >= endsAt) continue;
      const place = wrapsAt ? this.place(lba) : lba * SECTOR;
      if (this.canBePulledOut && !this.unflushed.has(place))
        this.unflushed.set(place, Buffer.from(this.content.subarray(place, place + SECTOR)));
      this.content.set(from.subarray(at, at + SECTOR), place);
    }
  }

  async flush(): Promise<void> {
    this.flushes++;
    this.unflushed.clear();
  }

  async close(): Promise<void> {}

  /** The card is pulled out: of what its cache held, any sectors are kept and the others never were written. */
  pullOut(kept: () => boolean): void {
    for (const [place, before] of this.unflushed) if (!kept()) this.content.set(before, place);
    this.unflushed.clear();
  }

  private place(lba: number): number {
    return (lba * SECTOR) % (this.faults.wrapsAt ?? this.size);
  }

  private check(bytes: Uint8Array, position: number, verb: 'read' | 'write'): void {
    if (position % SECTOR !== 0 || bytes.length % SECTOR !== 0)
      throw new Error(`${verb} of ${bytes.length} at ${position}: O_DIRECT refuses that`);
    if (position + bytes.length > this.size) throw new DeviceError(verb, this.size, 'SHORT');
  }
}

/** Sectors of a transfer; only those in `faulty` sets, where these are given. */
function* sectors(
  bytes: Uint8Array,
  position: number,
  faulty?: readonly (ReadonlySet<number> | undefined)[],
): Generator<{ lba: number; at: number }> {
  if (faulty?.every((set) => set === undefined)) return;
  for (let at = 0; at < bytes.length; at += SECTOR) yield { lba: (position + at) / SECTOR, at };
}

/** The process that writes is killed between two sectors. */
export class Killed extends Error {}
