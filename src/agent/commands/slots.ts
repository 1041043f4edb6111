// SPDX-License-Identifier: MIT
/** `plaitctl slots`: what is in the two slots, and whose bundles the board takes. Works without plaitd. */
import { type Board, readBoard } from '../board.ts';
import { readBootState, type Slot } from '../boot-state.ts';
import type { Disks, Files } from '../ports.ts';
import {
  readSlotRecord,
  reasonText,
  type SlotEntry,
  type SlotReason,
  type SlotState,
} from '../slot-record.ts';
import { table } from '../text-table.ts';
import { slotDevice } from '../upgrade/bundle-head.ts';
import { trustedKeys } from '../upgrade/trusted-keys.ts';
import { type Context, EXIT_OK } from './context.ts';

export interface SlotStatus {
  slot: Slot;
  /** Absent where nothing is known of what is in it. */
  version?: string;
  /** `confirmed`: it has proved good here; the others as in slot-record.ts. */
  state: 'confirmed' | Exclude<SlotState, 'proved'>;
  running: boolean;
  /** It starts with the next restart. */
  next: boolean;
  /** Starts that it has until the other one gets its turn; it is given all of them back once it has proved good. */
  triesLeft: number;
  /** Why it failed. */
  reason?: SlotReason;
}

export function slotsCommand(context: Context): number {
  const { files, disks } = context.ports;
  const slots = slotStatus(files, disks, readBoard(files));
  const keys = trustedKeys(files);
  context.out(context.json ? `${JSON.stringify({ slots, keys })}\n` : slotsText(slots, keys));
  return EXIT_OK;
}

function slotStatus(
  files: Files,
  disks: Disks,
  { slot: running, disk, bootStateBlocks }: Board,
): SlotStatus[] {
  if (running === undefined || disk === undefined || bootStateBlocks === undefined)
    throw new Error('this machine runs from no slot');
  const { slots: record } = readSlotRecord(files);
  const { state } = readBootState(disks, disk, bootStateBlocks);
  return (['a', 'b'] as const).map((slot) => {
    const entry = record[slot];
    const { version, reason } = entry ?? {};
    return {
      slot,
      ...(version ? { version } : {}),
      state: slot !== running && isEmpty(disks, slot) ? 'empty' : stateOf(entry),
      running: slot === running,
      next: slot === state.active,
      triesLeft: state.tries[slot],
      ...(reason === undefined ? {} : { reason }),
    };
  });
}

function stateOf(entry: SlotEntry | undefined): SlotStatus['state'] {
  if (entry === undefined) return 'unknown';
  return entry.state === 'proved' ? 'confirmed' : entry.state;
}

/** Without the beginning of a squashfs nothing can be started from it. */
function isEmpty(disks: Disks, slot: Slot): boolean {
  return String.fromCharCode(...disks.readAt(slotDevice(`slot-${slot}`), 0, 4)) !== 'hsqs';
}

function slotsText(slots: readonly SlotStatus[], keys: readonly string[]): string {
  const rows = slots.map(({ slot, version = '-', state, running, next, triesLeft }) => [
    slot,
    version,
    [...(running ? ['running'] : []), state, ...(next && !running ? ['starts next'] : [])].join(', '),
    String(triesLeft),
  ]);
  const failures = slots.flatMap(({ slot, state, reason }) =>
    state === 'failed' && reason !== undefined ? [`slot ${slot} failed: ${reasonText(reason)}`] : [],
  );
  const taken =
    keys.length === 0
      ? 'no key is trusted: no bundle can be installed'
      : `bundles are taken from key ${keys.join(', ')}`;
  const lines = [...table(['SLOT', 'VERSION', 'STATE', 'TRIES LEFT'], rows), ...failures, taken];
  return lines.map((line) => `${line}\n`).join('');
}
