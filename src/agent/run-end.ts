// SPDX-License-Identifier: MIT
/** Why the board started again: by what run-plaitd, the watchdog and the agent before left behind. */
import type { Slot } from './boot-state.ts';
import { RESET_REASON, WATCHDOG_STATUS } from './paths.ts';
import type { Files } from './ports.ts';
import type { SlotRecord } from './slot-record.ts';

/** WDIOF_CARDRESET of linux/watchdog.h. */
const CARD_RESET = 0x20;

/**
 * How the run before this one ended; undefined at the first start of a card. `silent`: the slot that was started after
 * an orderly end, if its agent never ran.
 */
export function endOfRunBefore(files: Files, { last }: SlotRecord, silent: Slot): SlotRecord['lastEnd'] {
  if (last === undefined) return undefined;
  const told = toldReason(files.read(RESET_REASON));
  if (told !== undefined) return told;
  const bits = Number(files.read(WATCHDOG_STATUS)?.trim() ?? 0);
  if (bits & CARD_RESET) return { slot: last.clean ? silent : last.slot, code: 'watchdog', details: [] };
  return { slot: last.slot, code: last.clean ? 'shutdown' : 'unclean', details: [] };
}

/** What run-plaitd left behind. */
function toldReason(text: string | undefined): SlotRecord['lastEnd'] {
  try {
    const { code, slot, status } = JSON.parse(text ?? '') as Record<string, unknown>;
    if (code !== 'agent-crash-loop' || (slot !== 'a' && slot !== 'b')) return undefined;
    return { slot, code, details: [`with status ${Number(status)}`] };
  } catch {
    return undefined;
  }
}
