// SPDX-License-Identifier: MIT
/**
 * The states of an upgrade, in the order in which it goes through them. Until `erasing` nothing is written anywhere but in
 * RAM. From `erasing` to `comparing` the other slot counts as empty and holds nothing that GRUB could load.
 *
 * | state        | what is done in it                                                                    |
 * |--------------|---------------------------------------------------------------------------------------|
 * | `receiving`  | the bundle is copied into RAM                                                         |
 * | `checking`   | its board, version, signature and all hashes are checked                              |
 * | `erasing`    | the other slot is marked empty in the boot state, and loses its first sector          |
 * | `writing`    | the other slot is written, its first sector last                                      |
 * | `comparing`  | it is read back from the medium and compared with the bundle                          |
 * | `switching`  | the boot state says that the other slot starts next, with all tries                   |
 * | `installed`  | done; the new version starts with the next restart                                    |
 * | `restarting` | done, and the board restarts                                                          |
 * | `failed`     | it ended, with a reason; before `erasing` neither slot nor boot state have changed    |
 */

export type UpgradeState =
  | 'receiving'
  | 'checking'
  | 'erasing'
  | 'writing'
  | 'comparing'
  | 'switching'
  | 'installed'
  | 'restarting'
  | 'failed';

export type UpgradeEvent =
  /** What is done in the state is done. */
  | 'done'
  /** It failed, or the agent ended in it. */
  | 'fault'
  /** The board is told to restart. */
  | 'restart';

/** What is not in the table cannot happen. */
export const UPGRADE_TRANSITIONS: Readonly<
  Record<UpgradeState, Readonly<Partial<Record<UpgradeEvent, UpgradeState>>>>
> = {
  receiving: { done: 'checking', fault: 'failed' },
  checking: { done: 'erasing', fault: 'failed' },
  erasing: { done: 'writing', fault: 'failed' },
  writing: { done: 'comparing', fault: 'failed' },
  comparing: { done: 'switching', fault: 'failed' },
  switching: { done: 'installed', fault: 'failed' },
  installed: { restart: 'restarting' },
  // The board cannot be restarted: the new version still starts next.
  restarting: { fault: 'installed' },
  failed: {},
};

export function nextState(state: UpgradeState, event: UpgradeEvent): UpgradeState {
  const next = UPGRADE_TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`an upgrade that is ${state} cannot meet "${event}"`);
  return next;
}

/** Work is under way: no other upgrade may begin. */
export function isBusy(state: UpgradeState): boolean {
  return state !== 'installed' && state !== 'failed';
}

/** The other slot may be half-written. */
export function isWriting(state: UpgradeState): boolean {
  return state === 'writing' || state === 'comparing';
}

/** Why an upgrade failed. */
export type FailureCode =
  /** Its file cannot be read, or nothing more came. */
  | 'not-received'
  | 'too-large'
  | 'no-memory'
  | 'not-a-bundle'
  | 'other-board'
  | 'older'
  /** Older than what this firmware can go back to. */
  | 'below-floor'
  /** Bytes are missing or others than those that were signed. */
  | 'damaged'
  | 'not-trusted'
  /** The medium took it not at all, or gave back something else. */
  | 'medium'
  /** The agent ended. */
  | 'interrupted'
  /** A fault of the agent itself. */
  | 'internal';

export interface UpgradeFailure {
  /** The state in which it failed. */
  in: UpgradeState;
  code: FailureCode;
  message: string;
}

/** Thrown by a step. */
export class UpgradeError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What clients are told of an upgrade; fields are only ever added. */
export interface UpgradeJob {
  /** Counts up from 1 since the board started. */
  id: number;
  state: UpgradeState;
  /** Where the bundle comes from, as the user named it. */
  from: string;
  /** The slot that is written. */
  slot: 'a' | 'b';
  /** Whether the board restarts when it is done. */
  reboot: 'now' | 'later';
  /** Where it waits for a bundle, and until when, in milliseconds since boot. */
  upload?: { url: string; until: number };
  /** Bytes done so far of what the state does, and how many there are, as far as that is known. */
  done?: number;
  total?: number;
  /** Of the bundle, once it is received. */
  size?: number;
  sha256?: string;
  /** Of the new version, once the bundle is checked. */
  version?: string;
  /** The system that it holds. */
  image?: { size: number; sha256: string };
  /** The key that signed it: the first 8 hex digits of its fingerprint. */
  key?: string;
  /** Why the board does not restart by itself although it was to. */
  note?: string;
  failure?: UpgradeFailure;
}

/** For people, of one that is under way. */
export function upgradeLine({ id, from, state }: Pick<UpgradeJob, 'id' | 'from' | 'state'>): string {
  return `upgrade ${id} (${from}) is ${state}; "plaitctl upgrade" alone follows it`;
}
