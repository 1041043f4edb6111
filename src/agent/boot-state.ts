// SPDX-License-Identifier: MIT
/**
 * The boot state: which slot starts next and how many tries it has left. Two blocks in different sectors are written
 * in turn, by GRUB before each start and by the agent when a start has proved healthy, so that a power cut at any
 * moment leaves one whole block. A block is a GRUB environment; its first sector holds everything that counts.
 */

import type { Disks } from './ports.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export const SECTOR = 512;
export const BLOCK_LENGTH = 1024;
export const FULL_TRIES = 3;
const HEADER = '# GRUB Environment Block\n';
/** Sequence numbers count 0, 1, 2, 0, …: GRUB's script has no arithmetic, three steps can be told apart without. */
const SEQUENCE = 3;

export type Slot = 'a' | 'b';

export interface BootState {
  seq: number;
  active: Slot;
  tries: Record<Slot, number>;
}

/** Undefined for a block that was cut while being written, or never was one. Order of lines does not matter. */
export function parseBlock(text: string): BootState | undefined {
  if (!text.startsWith(HEADER)) return undefined;
  const values = new Map<string, string>();
  for (const line of text.slice(HEADER.length).split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0 && !line.startsWith('#')) values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const seq = digit(values.get('seq'), SEQUENCE - 1);
  const lock = digit(values.get('lock'), SEQUENCE - 1);
  const active = values.get('active');
  const a = digit(values.get('tries_a'), FULL_TRIES);
  const b = digit(values.get('tries_b'), FULL_TRIES);
  if (seq === undefined || seq !== lock || a === undefined || b === undefined) return undefined;
  if (active !== 'a' && active !== 'b') return undefined;
  return { seq, active, tries: { a, b } };
}

/** A whole block of 1024 characters. */
export function formatBlock({ seq, active, tries }: BootState): string {
  const lines = [`seq=${seq}`, `active=${active}`, `tries_a=${tries.a}`, `tries_b=${tries.b}`, `lock=${seq}`];
  return `${HEADER}${lines.join('\n')}\n`.padEnd(BLOCK_LENGTH, '#');
}

/**
 * The state in force and the block to write next: the older or broken one. With two broken blocks the board starts
 * anew with slot a, as GRUB does.
 */
export function newest(blocks: readonly [BootState | undefined, BootState | undefined]): {
  state: BootState;
  writeNext: 0 | 1;
} {
  const [first, second] = blocks;
  if (first === undefined && second === undefined) {
    return { state: { seq: 0, active: 'a', tries: { a: FULL_TRIES, b: FULL_TRIES } }, writeNext: 0 };
  }
  if (first === undefined || (second !== undefined && second.seq === (first.seq + 1) % SEQUENCE)) {
    return { state: second as BootState, writeNext: 0 };
  }
  return { state: first, writeNext: 1 };
}

export function otherSlot(slot: Slot): Slot {
  return slot === 'a' ? 'b' : 'a';
}

/**
 * The state after `slot` has proved healthy; undefined when it says so already and nothing need be written. `next`: the slot
 * that starts next, if another one was installed meanwhile.
 */
export function confirmed(state: BootState, slot: Slot, next: Slot = slot): BootState | undefined {
  if (state.active === next && state.tries[slot] === FULL_TRIES) return undefined;
  return {
    seq: (state.seq + 1) % SEQUENCE,
    active: next,
    tries: { ...state.tries, [slot]: FULL_TRIES },
  };
}

/** The state after `slot` has failed: the other one starts next. Undefined when that one has no tries left. */
export function abandoned(state: BootState, slot: Slot): BootState | undefined {
  const other = otherSlot(slot);
  if (state.tries[other] === 0) return undefined;
  return { seq: (state.seq + 1) % SEQUENCE, active: other, tries: { ...state.tries, [slot]: 0 } };
}

/** The state while `slot` is written: it is empty, and the other one, which runs, starts next. */
export function emptied(state: BootState, slot: Slot): BootState {
  const other = otherSlot(slot);
  const tries = { ...state.tries, [slot]: 0, [other]: FULL_TRIES };
  return { seq: (state.seq + 1) % SEQUENCE, active: other, tries };
}

/** The state once `slot` holds a new firmware: it starts next, and the other one when it does not get to work. */
export function onTrial(state: BootState, slot: Slot): BootState {
  return { seq: (state.seq + 1) % SEQUENCE, active: slot, tries: { a: FULL_TRIES, b: FULL_TRIES } };
}

/** Reads both blocks from the disk; `sectors` are their first sectors. */
export function readBootState(disks: Disks, disk: string, sectors: readonly [number, number]) {
  const block = (sector: number) => parseBlock(decodeUtf8(disks.readAt(disk, sector * SECTOR, SECTOR)));
  return newest([block(sectors[0]), block(sectors[1])]);
}

/** Gives the running slot all its tries back. True when the disk was written. */
export function confirmSlot(
  disks: Disks,
  disk: string,
  sectors: readonly [number, number],
  slot: Slot,
  next: Slot = slot,
): boolean {
  return changeBootState(disks, disk, sectors, (state) => confirmed(state, slot, next));
}

/** Lets the other slot start next. False: it cannot be, and nothing was written. */
export function abandonSlot(
  disks: Disks,
  disk: string,
  sectors: readonly [number, number],
  slot: Slot,
): boolean {
  return changeBootState(disks, disk, sectors, (state) => abandoned(state, slot));
}

/** Writes what `to` makes of the state in force. False: it makes nothing of it, and nothing was written. */
export function changeBootState(
  disks: Disks,
  disk: string,
  sectors: readonly [number, number],
  to: (state: BootState) => BootState | undefined,
): boolean {
  const { state, writeNext } = readBootState(disks, disk, sectors);
  const next = to(state);
  if (next === undefined) return false;
  disks.writeAt(disk, sectors[writeNext] * SECTOR, encodeUtf8(formatBlock(next)));
  return true;
}

function digit(text: string | undefined, most: number): number | undefined {
  return text !== undefined && /^\d$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}
