// SPDX-License-Identifier: MIT
/**
 * The identity of a board on its card (src/agent/identity.ts is the format), where no image has anything: a card keeps what
 * it has, a copy that was damaged is written again from the other, and a new one is given only where it is asked for.
 */
import {
  formatIdentity,
  IDENTITY_END_SECTOR,
  IDENTITY_LENGTH,
  IDENTITY_SECTORS,
  type Identity,
  identityProblems,
  parseIdentity,
  unknownKeys,
} from '../agent/identity.ts';
import { UsageError } from '../image/errors.ts';
import { alignedBuffer, type BlockDevice, DeviceError } from './block-device.ts';
import type { Fault } from './faults.ts';
import { type Range, SECTOR } from './sectors.ts';

/** The room of both copies. */
export const IDENTITY_ROOM: Range = {
  start: IDENTITY_SECTORS[0] * SECTOR,
  length: (IDENTITY_END_SECTOR - IDENTITY_SECTORS[0]) * SECTOR,
};

export interface IdentityOrder {
  readonly identity: Identity;
  /** Also on a card that has another one. */
  readonly replace: boolean;
}

/** What is to be done about a card's identity. */
export type IdentityPlan =
  | { readonly what: 'none' }
  | { readonly what: 'keep'; readonly serial: string }
  | { readonly what: 'mend' | 'write'; readonly serial: string; readonly copy: Uint8Array }
  /** It has one, and was to be given another. */
  | { readonly what: 'refuse'; readonly serial: string };

/** Reads an identity as a person or a test bench writes it: JSON. @throws UsageError */
export function identityFrom(text: string, file: string): Identity {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const problems = identityProblems(value);
  const unknown = problems.length === 0 ? unknownKeys(value as object) : [];
  if (unknown.length > 0) problems.push(`it has keys that are not known: ${unknown.join(', ')}`);
  if (problems.length > 0) throw new UsageError(`${file} is no identity: ${problems.join('; ')}`);
  return value as Identity;
}

export async function planIdentity(
  device: BlockDevice,
  order: IdentityOrder | undefined,
): Promise<IdentityPlan> {
  if (device.size < IDENTITY_END_SECTOR * SECTOR) return { what: 'none' };
  const copies = [await readCopy(device, 0), await readCopy(device, 1)] as const;
  const whole = copies.find((copy) => parseIdentity(copy) !== undefined);
  const present = whole && parseIdentity(whole);
  const wanted = order && formatIdentity(order.identity);
  if (wanted && (!whole || !same(whole, wanted))) {
    if (present && !order.replace) return { what: 'refuse', serial: present.serial };
    return { what: 'write', serial: order.identity.serial, copy: wanted };
  }
  if (!whole || !present) return { what: 'none' };
  const both = copies.every((copy) => same(copy, whole));
  return both
    ? { what: 'keep', serial: present.serial }
    : { what: 'mend', serial: present.serial, copy: whole };
}

/** Empty when it cannot be read. */
async function readCopy(device: BlockDevice, index: 0 | 1): Promise<Uint8Array> {
  const copy = alignedBuffer(IDENTITY_LENGTH);
  try {
    await device.read(copy, IDENTITY_SECTORS[index] * SECTOR);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    copy.fill(0);
  }
  return copy;
}

/**
 * Writes both copies, one after the other, and reads them back. The damaged one comes first, so that a power cut leaves the
 * whole one.
 */
export async function writeIdentity(device: BlockDevice, copy: Uint8Array): Promise<Fault[]> {
  const faults: Fault[] = [];
  const first = same(await readCopy(device, 0), copy) ? 1 : 0;
  for (const index of [first, 1 - first] as (0 | 1)[]) {
    const lba = IDENTITY_SECTORS[index];
    const bytes = alignedBuffer(IDENTITY_LENGTH);
    bytes.set(copy);
    const fault = { lba, count: IDENTITY_LENGTH / SECTOR };
    try {
      await device.write(bytes, lba * SECTOR);
      await device.flush();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      faults.push({ ...fault, kind: 'write error' });
      continue;
    }
    if (!same(await readCopy(device, index), copy)) faults.push({ ...fault, kind: 'other content' });
  }
  return faults;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
