// SPDX-License-Identifier: MIT
/** What `plait doctor` looks at: one finding for each thing, in one form. */

/**
 * `ok`: as it should be. `note`: worth knowing, and no hindrance. `missing`: with this, something that was asked for
 * cannot be done.
 */
export type State = 'ok' | 'note' | 'missing';

export interface Finding {
  /** What was looked at, in one word or two. */
  readonly check: string;
  readonly state: State;
  /** What was seen. */
  readonly found: string;
  /** What to do about it; a command where there is one. */
  readonly advice?: string;
}

/** A check that could not even be made is one that failed, with what the error says. */
export async function attempt(check: string, look: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    return [{ check, state: 'missing', found: error instanceof Error ? error.message : String(error) }];
  }
}
