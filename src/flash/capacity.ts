// SPDX-License-Identifier: MIT
/**
 * Finds cards that say to be larger than they are: their addresses wrap, or what is beyond their end is not kept. The
 * image alone would fit many of them, and the data partition would be lost months later, when it grows there.
 *
 * The quick way is a probe and no proof: tagged blocks at each power of two and at the end, written from far to near and
 * read from near to far, with more written between than a card's cache holds (63 MB were seen, f3 issue 52).
 * `everySector` writes and reads all, and decides.
 */
import { randomBytes } from 'node:crypto';
import { alignedBuffer, type BlockDevice, DeviceError } from './block-device.ts';
import { BLOCK, MIB, pieces, type Range, SECTOR, totalLength } from './sectors.ts';

/** More than a card's cache. */
const CACHE = 64 * MIB;

export interface FalseCapacity {
  /** Byte from which the card does not hold what it is given. */
  readonly from: number;
  /** Where the content of that place was found instead; the card's addresses wrap there. */
  readonly foundAt?: number;
}

export interface CapacityOptions {
  readonly device: BlockDevice;
  /** Bytes at the begin that are the image's; nothing is written there. */
  readonly reserved: number;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/** The probe: undefined when the card seems to hold what it says. */
export async function probeCapacity(options: CapacityOptions): Promise<FalseCapacity | undefined> {
  const { device, signal, onBytes } = options;
  const tags = new Tags();
  const buffer = alignedBuffer(MIB);
  const places = probePlaces(device.size, options.reserved);
  for (const place of [...places].reverse()) {
    signal.throwIfAborted();
    const block = buffer.subarray(0, BLOCK);
    tags.fill(block, place);
    await device.write(block, place);
    onBytes(BLOCK);
  }
  for (const { start, length } of pushOut(options)) {
    signal.throwIfAborted();
    const piece = buffer.subarray(0, length);
    tags.fill(piece, start);
    await device.write(piece, start);
    onBytes(length);
  }
  await device.flush();
  for (const place of places) {
    const fault = await readTag(device, buffer.subarray(0, BLOCK), tags, place);
    if (fault) return fault;
  }
  return undefined;
}

/** How much the probe writes, for progress. */
export function probeBytes(
  options: Pick<CapacityOptions, 'reserved'> & { device: { size: number } },
): number {
  return probePlaces(options.device.size, options.reserved).length * BLOCK + totalLength(pushOut(options));
}

/** What is written behind the image after the tags, so that a card's cache holds none of them any more. */
function pushOut({
  device,
  reserved,
}: Pick<CapacityOptions, 'reserved'> & { device: { size: number } }): Range[] {
  const start = Math.ceil(reserved / BLOCK) * BLOCK;
  const room = Math.floor((device.size - start) / BLOCK) * BLOCK;
  return [...pieces([{ start, length: Math.max(0, Math.min(CACHE, room)) }], MIB)];
}

/** Behind the image, at each power of two, and at the end; whole blocks. */
function probePlaces(size: number, reserved: number): number[] {
  const last = Math.floor(size / BLOCK) * BLOCK - BLOCK;
  const places = [Math.ceil(reserved / BLOCK) * BLOCK];
  for (let power = 2 * MIB; power <= last; power *= 2) if (power > reserved) places.push(power);
  return [...new Set([...places, last])].filter((place) => place >= reserved && place <= last);
}

export interface EverySectorOptions {
  readonly device: BlockDevice;
  /** What is not written, in whole blocks. */
  readonly kept: readonly Range[];
  readonly signal: AbortSignal;
  readonly onWritten: (bytes: number) => void;
  readonly onRead: (bytes: number) => void;
}

/** Writes all of the card with tags, and reads all of it back: hours for a large one. */
export async function everySector(options: EverySectorOptions): Promise<FalseCapacity | undefined> {
  const { device, kept, signal, onWritten, onRead } = options;
  const tags = new Tags();
  const buffer = alignedBuffer(MIB);
  const ranges = without(kept, Math.floor(device.size / BLOCK) * BLOCK);
  for (const { start, length } of pieces(ranges, MIB)) {
    signal.throwIfAborted();
    const piece = buffer.subarray(0, length);
    tags.fill(piece, start);
    await device.write(piece, start);
    onWritten(length);
  }
  await device.flush();
  for (const { start, length } of pieces(ranges, MIB)) {
    signal.throwIfAborted();
    const fault = await readTags(device, buffer.subarray(0, length), tags, start);
    if (fault) return fault;
    onRead(length);
  }
  return undefined;
}

/** A device's bytes without some ranges, which are in order. */
function without(ranges: readonly Range[], size: number): Range[] {
  const rest: Range[] = [];
  let start = 0;
  for (const range of [...ranges, { start: size, length: 0 }]) {
    if (range.start > start) rest.push({ start, length: range.start - start });
    start = range.start + range.length;
  }
  return rest;
}

/** As many blocks as fit the buffer at once; block by block where something is wrong. */
async function readTags(
  device: BlockDevice,
  buffer: Buffer,
  tags: Tags,
  start: number,
): Promise<FalseCapacity | undefined> {
  const whole = await readTag(device, buffer, tags, start);
  if (!whole) return undefined;
  for (let at = 0; at < buffer.length; at += BLOCK) {
    const fault = await readTag(device, buffer.subarray(0, BLOCK), tags, start + at);
    if (fault) return fault;
  }
  return whole;
}

/** What stands in a block on this card in this run only: each sector says where it belongs. */
class Tags {
  private readonly sector: Buffer;

  constructor() {
    // Without the mark of a boot sector: no BIOS starts a tag.
    this.sector = randomBytes(SECTOR).fill(0, SECTOR - 2);
  }

  fill(bytes: Buffer, place: number): void {
    for (let at = 0; at < bytes.length; at += SECTOR) {
      this.sector.copy(bytes, at);
      bytes.writeDoubleLE(place + at, at + AT_PLACE);
    }
  }

  /** Where a sector belongs; undefined: it is none of this run. */
  placeOf(sector: Buffer): number | undefined {
    const ours = sector.subarray(0, AT_PLACE).equals(this.sector.subarray(0, AT_PLACE));
    return ours ? sector.readDoubleLE(AT_PLACE) : undefined;
  }
}

/** Behind so many bytes that no other sector begins with. */
const AT_PLACE = 16;

async function readTag(
  device: BlockDevice,
  block: Buffer,
  tags: Tags,
  place: number,
): Promise<FalseCapacity | undefined> {
  try {
    await device.read(block, place);
  } catch (error) {
    if (error instanceof DeviceError) return { from: place };
    throw error;
  }
  const wanted = Buffer.alloc(block.length);
  tags.fill(wanted, place);
  if (wanted.equals(block)) return undefined;
  const foundAt = tags.placeOf(block);
  return foundAt === undefined ? { from: place } : { from: place, foundAt };
}
