// SPDX-License-Identifier: MIT
/**
 * What is known of the firmware in each slot, durable beside GRUB's boot state: whether it has proved good on this
 * board, and if not, why. GRUB counts tries; this record says what they mean.
 *
 * | state       | meaning                                         |
 * |-------------|-------------------------------------------------|
 * | `unknown`   | this firmware has never run here                |
 * | `trial`     | it runs, or ran, and is not proved              |
 * | `proved`    | the product worked with it                      |
 * | `recalled`  | proved; power cuts took its tries, and it was given them back, once |
 * | `failed`    | it had its chance; another slot runs, or should |
 * | `empty`     | an upgrade began to write it, and did not end   |
 * | `installed` | an upgrade wrote it whole, and it never ran yet |
 */

import type { Slot } from './boot-state.ts';
import { SLOTS } from './paths.ts';
import type { Files } from './ports.ts';

export type SlotState = 'unknown' | 'trial' | 'proved' | 'recalled' | 'failed' | 'empty' | 'installed';

export type SlotEvent =
  /** Its agent runs. */
  | 'start'
  /** Everything that is asked of it works. */
  | 'proof'
  /** The time for it is over. */
  | 'no proof'
  /** GRUB started the other slot, since this one had no tries left. */
  | 'passed over'
  /** What was installed in it is still there, whole: it starts next. */
  | 'recall'
  /** An upgrade begins to write it. */
  | 'erase'
  /** An upgrade has written it. */
  | 'install';

/** Whatever was in the slot. */
const WRITTEN = { erase: 'empty', install: 'installed' } as const;

export const SLOT_TRANSITIONS: Readonly<Record<SlotState, Readonly<Record<SlotEvent, SlotState>>>> = {
  unknown: {
    start: 'trial',
    proof: 'proved',
    'no proof': 'failed',
    'passed over': 'failed',
    recall: 'unknown',
    ...WRITTEN,
  },
  trial: {
    start: 'trial',
    proof: 'proved',
    'no proof': 'failed',
    'passed over': 'failed',
    recall: 'trial',
    ...WRITTEN,
  },
  // Three short power cuts in a row take all tries of a good slot: it stays a good one.
  proved: {
    start: 'proved',
    proof: 'proved',
    'no proof': 'proved',
    'passed over': 'proved',
    recall: 'recalled',
    ...WRITTEN,
  },
  // It lost its tries again before it had proved good: the power was not to blame.
  recalled: {
    start: 'recalled',
    proof: 'proved',
    'no proof': 'recalled',
    'passed over': 'failed',
    recall: 'recalled',
    ...WRITTEN,
  },
  failed: {
    start: 'trial',
    proof: 'proved',
    'no proof': 'failed',
    'passed over': 'failed',
    recall: 'failed',
    ...WRITTEN,
  },
  // It has no tries, so GRUB passes it over as a matter of course.
  empty: {
    start: 'trial',
    proof: 'proved',
    'no proof': 'failed',
    'passed over': 'empty',
    recall: 'empty',
    ...WRITTEN,
  },
  installed: {
    start: 'trial',
    proof: 'proved',
    'no proof': 'failed',
    'passed over': 'failed',
    recall: 'installed',
    ...WRITTEN,
  },
};

/** Why the board started again, or why a slot failed. */
export type EndCode =
  /** By command. */
  | 'shutdown'
  /** The agent ended too often (run-plaitd). */
  | 'agent-crash-loop'
  /** The hardware watchdog. */
  | 'watchdog'
  /** Power cut, kernel panic or reset: nobody was left to say. */
  | 'unclean'
  /** It ran, but what worked before did not. */
  | 'not-proved'
  /** It was started, and its agent never was. */
  | 'no-agent';

export interface SlotReason {
  code: EndCode;
  /** What was waited for, or how it ended. */
  details: string[];
}

export interface SlotEntry {
  /** Names the firmware; another one in the slot is unknown again. */
  build: string;
  version: string;
  state: SlotState;
  reason?: SlotReason;
  /** What an upgrade has written into the slot. */
  image?: SlotImage;
}

export interface SlotImage {
  size: number;
  sha256: string;
}

export interface SlotRecord {
  slots: Partial<Record<Slot, SlotEntry>>;
  /** The slot whose agent ran last, and whether it ended in an orderly way. */
  last?: { slot: Slot; clean: boolean };
  /** How the run before this one ended. */
  lastEnd?: { slot: Slot } & SlotReason;
}

export function readSlotRecord(files: Files): SlotRecord {
  try {
    const { slots, last, lastEnd } = JSON.parse(files.read(SLOTS) ?? '') as Partial<SlotRecord>;
    if (typeof slots !== 'object' || slots === null) return { slots: {} };
    // A newer agent may know states that this one does not.
    for (const entry of Object.values(slots))
      if (!Object.hasOwn(SLOT_TRANSITIONS, entry.state)) entry.state = 'unknown';
    return { slots, ...(last === undefined ? {} : { last }), ...(lastEnd === undefined ? {} : { lastEnd }) };
  } catch {
    return { slots: {} };
  }
}

export function writeSlotRecord(files: Files, record: SlotRecord): void {
  files.makeFolder('/data/plait', 0o700);
  files.write(SLOTS, `${JSON.stringify(record)}\n`, { mode: 0o600, durable: true });
}

/** The entry after an event; a reason belongs to a failure only. */
export function afterEvent(entry: SlotEntry, event: SlotEvent, reason?: SlotReason): SlotEntry {
  const { build, version, state, image } = entry;
  const next = SLOT_TRANSITIONS[state][event];
  return {
    build,
    version,
    state: next,
    ...(next === 'failed' && reason ? { reason } : {}),
    ...(image === undefined ? {} : { image }),
  };
}

/** It has proved good on this board. */
export function isGood(entry: SlotEntry | undefined): boolean {
  return entry?.state === 'proved' || entry?.state === 'recalled';
}

/** It was given all tries, and is to be started next. */
export function startsNext(entry: SlotEntry | undefined): boolean {
  return entry?.state === 'installed' || entry?.state === 'recalled';
}

const END_TEXTS: Readonly<Record<EndCode, string>> = {
  shutdown: 'it was shut down',
  'agent-crash-loop': 'its agent ended again and again',
  watchdog: 'the watchdog reset the board',
  unclean: 'power cut, kernel panic or reset',
  'not-proved': 'what worked before does not work',
  'no-agent': 'it was started and never got as far as its agent',
};

/** For people. */
export function reasonText({ code, details }: SlotReason): string {
  return details.length === 0 ? END_TEXTS[code] : `${END_TEXTS[code]}: ${details.join(', ')}`;
}
