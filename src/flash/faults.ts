// SPDX-License-Identifier: MIT
/**
 * What a card gives back that is not what was written: each sector by its number (LBA of 512 bytes) and the kind of
 * fault, since the kinds have different causes and remedies.
 */
import { createHash } from 'node:crypto';
import { SECTOR } from './sectors.ts';
import type { ImagePart } from './source-image.ts';

export type FaultKind =
  /** The card reports an error. */
  | 'read error'
  | 'write error'
  /** Erased flash, or a card that has lost its content. */
  | 'reads zeros'
  | 'reads FF'
  /** What was there before: the card takes writes and keeps nothing. */
  | 'old content'
  /** What belongs at another place: addresses wrap, the card is smaller than it says. */
  | 'content of another sector'
  /** A few bits differ: reader, cable or USB port, more often than the card. */
  | 'bits flipped'
  | 'other content';

export interface Fault {
  readonly kind: FaultKind;
  /** First sector, and how many follow each other. */
  readonly lba: number;
  readonly count: number;
  /** Of `content of another sector`: that sector. */
  readonly holds?: number;
}

/** What a person can do about a kind. */
export const remedies: Readonly<Record<FaultKind, string>> = {
  'read error': 'the card is worn or bad: take another',
  'write error': 'the card is worn, bad or write-protected: take another',
  'reads zeros': 'the card lost what it was given: take another',
  'reads FF': 'the card lost what it was given: take another',
  'old content': 'the card takes writes and keeps nothing, as worn cards do: take another',
  'content of another sector': 'the card is smaller than it says: take another',
  'bits flipped': 'try another reader, cable or USB port, then another card',
  'other content': 'try another reader, then another card',
};

/** More flipped bits than this in a sector are no longer called so. */
const FLIPPED = 64;

/** Knows the image's sectors by content, and what the card held before. */
export class FaultFinder {
  private readonly parts: readonly ImagePart[];
  private sectors: Map<string, number> | undefined;
  private readonly before = new Map<number, string>();

  constructor(parts: readonly ImagePart[]) {
    this.parts = parts;
  }

  /** Remembers what stands in a sector that is about to be written anew. */
  remember(lba: number, content: Uint8Array): void {
    this.before.set(lba, fingerprint(content));
  }

  /** Why a sector that should hold `wanted` holds `found`; undefined when it is right. */
  judge(lba: number, wanted: Uint8Array, found: Uint8Array): Omit<Fault, 'lba' | 'count'> | undefined {
    if (Buffer.compare(wanted, found) === 0) return undefined;
    const flipped = differingBits(wanted, found);
    if (flipped <= FLIPPED) return { kind: 'bits flipped' };
    if (found.every((byte) => byte === 0)) return { kind: 'reads zeros' };
    if (found.every((byte) => byte === 0xff)) return { kind: 'reads FF' };
    const key = fingerprint(found);
    const holds = this.byContent().get(key);
    if (holds !== undefined && holds >= 0 && holds !== lba)
      return { kind: 'content of another sector', holds };
    if (this.before.get(lba) === key) return { kind: 'old content' };
    return { kind: 'other content' };
  }

  /**
   * Where each content belongs; -1 where it stands in several sectors, which tells nothing. Good cards do without: it is as
   * large as half of the image.
   */
  private byContent(): ReadonlyMap<string, number> {
    if (this.sectors) return this.sectors;
    const sectors = new Map<string, number>();
    for (const { start, bytes } of this.parts) {
      for (let at = 0; at < bytes.length; at += SECTOR) {
        const key = fingerprint(bytes.subarray(at, at + SECTOR));
        sectors.set(key, sectors.has(key) ? -1 : (start + at) / SECTOR);
      }
    }
    this.sectors = sectors;
    return sectors;
  }
}

/** Faults in order, sectors that follow each other with the same fault as one. */
export function mergeFaults(faults: readonly Fault[]): Fault[] {
  const merged: Fault[] = [];
  for (const fault of [...faults].sort((a, b) => a.lba - b.lba)) {
    const last = merged.at(-1);
    const follows = last && last.kind === fault.kind && last.lba + last.count === fault.lba;
    const sameShift = last?.holds === undefined || fault.holds === last.holds + (fault.lba - last.lba);
    if (last && follows && sameShift)
      merged[merged.length - 1] = { ...last, count: last.count + fault.count };
    else merged.push(fault);
  }
  return merged;
}

function differingBits(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let index = 0; index < a.length && bits <= FLIPPED; index++) {
    let different = (a[index] ?? 0) ^ (b[index] ?? 0);
    for (; different; different &= different - 1) bits++;
  }
  return bits;
}

/** Enough to tell sectors apart that are not made to look alike. */
function fingerprint(content: Uint8Array): string {
  return createHash('md5').update(content).digest('base64');
}
