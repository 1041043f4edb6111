// SPDX-License-Identifier: MIT
/**
 * Brings an image onto one card. The boot sector is zero from the first write to the last and comes when all else has
 * been read back, so a card that was interrupted does not boot, and a second run writes only what is missing.
 */
import { BuildError, Interrupted } from '../image/errors.ts';
import { alignedBuffer, type BlockDevice, DeviceError } from './block-device.ts';
import { everySector, type FalseCapacity, probeBytes, probeCapacity } from './capacity.ts';
import { differingBlocks, findFaults } from './compare.ts';
import { type Fault, FaultFinder, mergeFaults } from './faults.ts';
import {
  IDENTITY_ROOM,
  type IdentityOrder,
  type IdentityPlan,
  planIdentity,
  writeIdentity,
} from './identity.ts';
import { BLOCK, joined, MIB, pieces, type Range, SECTOR, totalLength } from './sectors.ts';
import type { ImagePart, SourceImage } from './source-image.ts';

/** What is done to a card, in this order. */
export type Step = 'compare' | 'capacity' | 'capacity check' | 'write' | 'verify' | 'boot sector';

export interface CardOptions {
  readonly image: SourceImage;
  readonly device: BlockDevice;
  /** The device's logical sectors, in bytes. */
  readonly sectorSize: number;
  readonly capacity: 'probe' | 'full' | 'none';
  /** Given to the card; without it the card keeps what it has. */
  readonly identity?: IdentityOrder;
  /** Times that what was written is read back. */
  readonly passes: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CardProgress) => void;
}

export interface CardProgress {
  readonly step: Step;
  /** Bytes of this step, done and in all. */
  readonly done: number;
  readonly total: number;
}

export type CardResult =
  | { readonly state: 'written'; readonly writtenBytes: number; readonly identity?: CardIdentity }
  | { readonly state: 'unchanged'; readonly identity?: CardIdentity }
  /** The card has one, and was to be given another. */
  | { readonly state: 'other identity'; readonly serial: string }
  | { readonly state: 'faulty'; readonly faults: readonly Fault[] }
  | { readonly state: 'false capacity'; readonly size: number; readonly capacity: FalseCapacity }
  | { readonly state: 'too small'; readonly size: number; readonly needed: number };

export interface CardIdentity {
  readonly serial: string;
  readonly what: 'keep' | 'mend' | 'write';
}

/** Partition tables of GPT have their copy in a disk's last 33 sectors; an old one would be believed. */
const GPT_COPY = 34 * SECTOR;
/** Flushed so often, so that progress tells of the card and not of its cache. */
const FLUSH_EVERY = 8 * MIB;

/** @throws BuildError when the device goes away, Interrupted */
export async function flashCard(options: CardOptions): Promise<CardResult> {
  const { image, device } = options;
  if (device.size < image.size) return { state: 'too small', size: device.size, needed: image.size };
  try {
    return await flash(options);
  } catch (error) {
    if (options.signal.aborted)
      throw new Interrupted('interrupted: the card does not boot; run it again to go on', { cause: error });
    if (error instanceof DeviceError && error.code !== 'EIO')
      throw new BuildError(`${error.message}: the card went away or takes no more`, { cause: error });
    throw error;
  }
}

async function flash(options: CardOptions): Promise<CardResult> {
  const { image, device, signal } = options;
  const plan = await planIdentity(device, options.identity);
  if (plan.what === 'refuse') return { state: 'other identity', serial: plan.serial };
  const finder = new FaultFinder(image.parts);
  const report = meter(options, 'compare', imageBytes(image));
  const before = await differingBlocks(image.parts, { device, signal, onBytes: report }, finder);
  // Before anything else changes, the search for its capacity included.
  if (before.length > 0 || options.capacity === 'full') await stopBooting(options);
  const falseCapacity = await checkCapacity(options, plan);
  if (falseCapacity) return { state: 'false capacity', size: device.size, capacity: falseCapacity };

  const different = options.capacity === 'full' ? image.parts : before;
  const identity = plan.what === 'none' ? {} : { identity: { what: plan.what, serial: plan.serial } };
  if (different.length === 0) {
    const faults = await bringIdentity(device, plan);
    return faults.length > 0 ? { state: 'faulty', faults } : { state: 'unchanged', ...identity };
  }
  const toWrite = joined([...different, { start: 0, length: BLOCK }]);
  const faults = await writeAndVerify(options, plan, toWrite, finder);
  if (faults.length > 0) return { state: 'faulty', faults: mergeFaults(faults) };
  return { state: 'written', writtenBytes: totalLength(toWrite), ...identity };
}

/** The boot sector comes when all else is right. */
async function writeAndVerify(
  options: CardOptions,
  plan: IdentityPlan,
  toWrite: readonly Range[],
  finder: FaultFinder,
): Promise<Fault[]> {
  const { image, device, signal, sectorSize, passes } = options;
  const { parts, boot } = withoutBootSector(image.parts);
  const badWrites = await writeRanges(options, parts, toWrite);
  if (badWrites.length > 0) return badWrites;
  const onVerified = meter(options, 'verify', passes * imageBytes(image));
  for (let pass = 0; pass < passes; pass++) {
    const faults = await findFaults(parts, { device, signal, onBytes: onVerified }, finder, sectorSize);
    if (faults.length > 0) return faults;
  }
  const badIdentity = await bringIdentity(device, plan);
  if (badIdentity.length > 0) return badIdentity;
  const onBytes = meter(options, 'boot sector', BLOCK);
  await device.write(boot.bytes, 0);
  await device.flush();
  onBytes(BLOCK);
  return findFaults([boot], { device, signal, onBytes: () => {} }, finder, sectorSize);
}

async function bringIdentity(device: BlockDevice, plan: IdentityPlan): Promise<Fault[]> {
  return plan.what === 'write' || plan.what === 'mend' ? writeIdentity(device, plan.copy) : [];
}

/** Only reads; tells every sector that is not as the image has it. */
export async function verifyCard(options: Omit<CardOptions, 'capacity' | 'identity'>): Promise<CardResult> {
  const { image, device, signal, sectorSize } = options;
  if (device.size < image.size) return { state: 'too small', size: device.size, needed: image.size };
  const onBytes = meter(options, 'verify', imageBytes(image));
  const finder = new FaultFinder(image.parts);
  const faults = await findFaults(image.parts, { device, signal, onBytes }, finder, sectorSize);
  return faults.length > 0 ? { state: 'faulty', faults: mergeFaults(faults) } : { state: 'unchanged' };
}

async function checkCapacity(options: CardOptions, plan: IdentityPlan): Promise<FalseCapacity | undefined> {
  const { device, image, signal, capacity } = options;
  if (capacity === 'none') return undefined;
  const common = { device, reserved: image.size, signal };
  if (capacity === 'probe')
    return probeCapacity({ ...common, onBytes: meter(options, 'capacity', probeBytes(common)) });
  // Whatever happens to the card in these hours, the identity that it came with stays on it.
  const kept = plan.what === 'keep' || plan.what === 'mend' ? [IDENTITY_ROOM] : [];
  const total = device.size - totalLength(kept);
  return everySector({
    ...{ device, signal, kept },
    onWritten: meter(options, 'capacity', total),
    onRead: meter(options, 'capacity check', total),
  });
}

/** The image with zeros in the place of sector 0, and its first block as it is to be at the end. */
function withoutBootSector(parts: readonly ImagePart[]): { parts: ImagePart[]; boot: ImagePart } {
  const [first, ...rest] = parts;
  if (first?.start !== 0 || first.length < BLOCK)
    throw new BuildError('the image has no boot sector: its block map does not begin at 0');
  const block = alignedBuffer(BLOCK);
  first.bytes.copy(block, 0, 0, BLOCK);
  block.fill(0, 0, SECTOR);
  const boot: ImagePart = { start: 0, length: BLOCK, bytes: first.bytes.subarray(0, BLOCK) };
  const others =
    first.length > BLOCK
      ? [{ start: BLOCK, length: first.length - BLOCK, bytes: first.bytes.subarray(BLOCK) }]
      : [];
  return { parts: [{ start: 0, length: BLOCK, bytes: block }, ...others, ...rest], boot };
}

/** From now on the card does not boot, whatever becomes of the rest. */
async function stopBooting({ device, sectorSize }: CardOptions): Promise<void> {
  await device.write(alignedBuffer(sectorSize), 0);
  await device.flush();
}

/** Writes the ranges of the image, the first block (without its boot sector) first, and wipes an old GPT. */
async function writeRanges(
  options: CardOptions,
  parts: readonly ImagePart[],
  ranges: readonly Range[],
): Promise<Fault[]> {
  const { device, signal } = options;
  const onBytes = meter(options, 'write', totalLength(ranges));
  const bad: Fault[] = [];
  let sinceFlush = 0;
  await wipeGptCopy(options);
  for (const { start, bytes } of sourceOf(parts, ranges)) {
    signal.throwIfAborted();
    await device.write(bytes, start).catch((error: unknown) => {
      if (!(error instanceof DeviceError) || error.code !== 'EIO') throw error;
      bad.push({ kind: 'write error', lba: start / SECTOR, count: bytes.length / SECTOR });
    });
    onBytes(bytes.length);
    sinceFlush += bytes.length;
    if (sinceFlush >= FLUSH_EVERY) {
      await device.flush();
      sinceFlush = 0;
    }
  }
  await device.flush();
  return mergeFaults(bad);
}

function* sourceOf(parts: readonly ImagePart[], ranges: readonly Range[]): Generator<ImagePart> {
  for (const part of parts) {
    const inside = ranges.flatMap(({ start, length }): Range[] => {
      const from = Math.max(start, part.start);
      const to = Math.min(start + length, part.start + part.length);
      return from < to ? [{ start: from, length: to - from }] : [];
    });
    for (const { start, length } of pieces(inside, MIB))
      yield { start, length, bytes: part.bytes.subarray(start - part.start, start - part.start + length) };
  }
}

/** Behind the image only: where the card is just as large, the image itself ends there. */
async function wipeGptCopy({ device, image, sectorSize }: CardOptions): Promise<void> {
  const start = Math.floor((device.size - GPT_COPY) / sectorSize) * sectorSize;
  const length = Math.floor((device.size - start) / sectorSize) * sectorSize;
  if (start >= image.size) await device.write(alignedBuffer(length), start);
}

function imageBytes({ parts }: SourceImage): number {
  return totalLength(parts);
}

function meter(
  { onProgress }: Pick<CardOptions, 'onProgress'>,
  step: Step,
  total: number,
): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    done = Math.min(total, done + bytes);
    onProgress({ step, done, total });
  };
}
