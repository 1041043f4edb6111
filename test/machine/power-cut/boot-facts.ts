// SPDX-License-Identifier: MIT
/** What the boot loader finds on a card, and what it starts, one power cycle after the other. */
import { createHash } from 'node:crypto';
import { newest, parseBlock, SECTOR, type Slot } from '../../../src/agent/boot-state.ts';
import type { DiskAfterCut } from '../../../src/machine/write-log/disk-after-cut.ts';
import { grubStarts } from '../../agent/support/grub-rules.ts';

/** A version, as it is in its slot. */
export interface KnownImage {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** Where things are, in bytes. */
export interface BootPlaces {
  readonly stateBlocks: readonly [number, number];
  readonly slots: Readonly<Record<Slot, number>>;
}

/** Name of a known image that is there whole; `empty`: no boot loader sees a file system. */
export type SlotContent = string | 'empty' | 'damaged';

export interface BootFacts {
  readonly state: ReturnType<typeof newest>['state'];
  readonly slots: Readonly<Record<Slot, SlotContent>>;
}

export function knownImage(name: string, bytes: Buffer): KnownImage {
  return { name, size: bytes.length, sha256: sha256(bytes) };
}

/** Reads cards of one layout; slots that were written in the same way are hashed once. */
export class BootReader {
  readonly #places: BootPlaces;
  readonly #images: readonly KnownImage[];
  readonly #seen = new Map<string, SlotContent>();

  constructor(places: BootPlaces, images: readonly KnownImage[]) {
    this.#places = places;
    this.#images = images;
  }

  read(disk: DiskAfterCut): BootFacts {
    const [first, second] = this.#places.stateBlocks.map((at) =>
      parseBlock(disk.read(at, SECTOR).toString('latin1')),
    );
    return {
      state: newest([first, second]).state,
      slots: { a: this.#slot(disk, 'a'), b: this.#slot(disk, 'b') },
    };
  }

  #slot(disk: DiskAfterCut, slot: Slot): SlotContent {
    const start = this.#places.slots[slot];
    const most = Math.max(...this.#images.map(({ size }) => size));
    const key = `${slot} ${disk.contentKey(start, most)}`;
    const content = this.#seen.get(key) ?? this.#look(disk, start);
    this.#seen.set(key, content);
    return content;
  }

  #look(disk: DiskAfterCut, start: number): SlotContent {
    if (disk.read(start, SECTOR).every((byte) => byte === 0)) return 'empty';
    const whole = this.#images.find(({ size, sha256: hash }) => sha256(disk.read(start, size)) === hash);
    return whole?.name ?? 'damaged';
  }
}

/** What is started by so many power cycles, when no agent gets to say anything in between. */
export function startsOf(facts: BootFacts, cycles: number): (SlotContent | 'nothing')[] {
  return triesOf(facts, cycles).map(({ started }) =>
    started === undefined ? 'nothing' : facts.slots[started],
  );
}

/** The same with the slots that GRUB tries: it says each before it knows whether there is a kernel. */
export function triesOf(
  { state, slots }: BootFacts,
  cycles: number,
): { tried: Slot[]; started: Slot | undefined }[] {
  let now = state;
  return Array.from({ length: cycles }, () => {
    const tried: Slot[] = [];
    const { slot: started, state: next } = grubStarts(now, (slot) => {
      tried.push(slot);
      return slots[slot] !== 'empty';
    });
    now = next;
    return { tried, started };
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
