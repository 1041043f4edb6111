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
import { BLOCK, MIB, pieces, type Range, totalLength } from './sectors.ts';

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
  const nonce = randomBytes(16);
  const buffer = alignedBuffer(MIB);
  const places = probePlaces(device.size, options.reserved);
  for (const place of [...places].reverse()) {
    signal.throwIfAborted();
    const block = buffer.subarray(0, BLOCK);
    tag(block, nonce, place);
    await device.write(block, place);
    onBytes(BLOCK);
  }
  for (const { start, length } of pushOut(options)) {
    signal.throwIfAborted();
    await writeTags(device, buffer.subarray(0, length), nonce, start);
    onBytes(length);
  }
  await device.flush();
  for (const place of places) {
    const fault = await readTag(device, buffer.subarray(0, BLOCK), nonce, place);
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

async function writeTags(device: BlockDevice, bytes: Buffer, nonce: Buffer, start: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += BLOCK) tag(bytes.subarray(at, at + BLOCK), nonce, start + at);
  await device.write(bytes, start);
}

/** Behind the image, at each power of two, and at the end; whole blocks. */
function probePlaces(size: number, reserved: number): number[] {
  const last = Math.floor(size / BLOCK) * BLOCK - BLOCK;
  const places = [Math.ceil(reserved / BLOCK) * BLOCK];
  for (let power = 2 * MIB; power <= last; power *= 2) if (power > reserved) places.push(power);
  return [...new Set([...places, last])].filter((place) => place >= reserved && place <= last);
}

/** Writes all of the card with tags, and reads all of it back: hours for a large one. */
export async function everySector(options: CapacityOptions): Promise<FalseCapacity | undefined> {
  const { device, signal, onBytes } = options;
  const nonce = randomBytes(16);
  const buffer = alignedBuffer(MIB);
  const size = Math.floor(device.size / BLOCK) * BLOCK;
  for (let at = 0; at < size; at += MIB) {
    signal.throwIfAborted();
    const length = Math.min(MIB, size - at);
    await writeTags(device, buffer.subarray(0, length), nonce, at);
    onBytes(length);
  }
  await device.flush();
  for (let at = 0; at < size; at += BLOCK) {
    if (at % MIB === 0) signal.throwIfAborted();
    const fault = await readTag(device, buffer.subarray(0, BLOCK), nonce, at);
    if (fault) return fault;
    onBytes(BLOCK);
  }
  return undefined;
}

const TAG = 32;

/** Fills a block with what belongs at its place on this card in this run only. */
function tag(block: Buffer, nonce: Buffer, place: number): void {
  for (let at = 0; at < block.length; at += TAG) {
    nonce.copy(block, at);
    block.writeBigUInt64LE(BigInt(place), at + 16);
    block.writeBigUInt64LE(BigInt(at), at + 24);
  }
}

async function readTag(
  device: BlockDevice,
  block: Buffer,
  nonce: Buffer,
  place: number,
): Promise<FalseCapacity | undefined> {
  try {
    await device.read(block, place);
  } catch (error) {
    if (error instanceof DeviceError) return { from: place };
    throw error;
  }
  const wanted = Buffer.alloc(block.length);
  tag(wanted, nonce, place);
  if (wanted.equals(block)) return undefined;
  const ours = block.subarray(0, nonce.length).equals(nonce);
  return ours ? { from: place, foundAt: Number(block.readBigUInt64LE(16)) } : { from: place };
}
