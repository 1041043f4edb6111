// SPDX-License-Identifier: MIT
/** What a board may have after a power cut of something that changed during the run: its configuration, its version. */

/** Moments are numbers of entries in the log of the run. */
export interface Change<T> {
  readonly value: T;
  /** It may be there from this moment on. */
  readonly asked: number;
  /** The board has said that it is done: from here on nothing older will do. Never for what only passed by. */
  readonly promised?: number;
}

/** The last value that was promised, and those that were asked for later; in the order of the run. */
export function allowedAt<T>(changes: readonly Change<T>[], moment: number): T[] {
  const last = changes.findLastIndex(({ promised }) => promised !== undefined && promised <= moment);
  return changes.filter(({ asked }, index) => index >= last && asked <= moment).map(({ value }) => value);
}
