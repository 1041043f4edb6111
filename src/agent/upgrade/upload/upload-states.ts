// SPDX-License-Identifier: MIT
/**
 * The states of an upload. All of them lie within the state `receiving` of its upgrade (job-states.ts): nothing but RAM is written.
 *
 * | state       | what is so in it                                                               |
 * |-------------|--------------------------------------------------------------------------------|
 * | `waiting`   | nothing is kept of any file                                                    |
 * | `receiving` | one client sends; who else wants to is refused                                 |
 * | `partial`   | the beginning of a file is there, and nobody sends                             |
 * | `hashing`   | all of it is there; its SHA-256 is computed                                    |
 * | `taken`     | it has the SHA-256 that the client named: it is the upgrade's bundle from now on |
 * | `closed`    | it ended without a bundle                                                      |
 */

export type UploadState = 'waiting' | 'receiving' | 'partial' | 'hashing' | 'taken' | 'closed';

export type UploadEvent =
  /** A client begins to send: from the start, or behind what is there. */
  | 'begin'
  /** Its connection broke, or nothing more came. */
  | 'cut'
  | 'whole'
  /** The SHA-256 is the one that was named, or is another one. */
  | 'match'
  | 'mismatch'
  /** The time is over, or somebody closed it. */
  | 'close';

/** What is not in the table cannot happen. */
export const UPLOAD_TRANSITIONS: Readonly<
  Record<UploadState, Readonly<Partial<Record<UploadEvent, UploadState>>>>
> = {
  waiting: { begin: 'receiving', close: 'closed' },
  receiving: { cut: 'partial', whole: 'hashing', close: 'closed' },
  partial: { begin: 'receiving', close: 'closed' },
  hashing: { match: 'taken', mismatch: 'waiting', close: 'closed' },
  taken: {},
  closed: {},
};

export function nextUploadState(state: UploadState, event: UploadEvent): UploadState {
  const next = UPLOAD_TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`an upload that is ${state} cannot meet "${event}"`);
  return next;
}
