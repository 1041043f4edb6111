// SPDX-License-Identifier: MIT
/**
 * What probes say about an uplink, as a table of states and transitions. An uplink is probed by its targets, of which a number
 * must answer.
 *
 * One that has never answered is used all the same: providers' routers need not answer pings. Whether it ever has is
 * remembered over restarts, so that a line which is out while the board starts is not taken for one of these.
 */

export type PathState =
  /** Nothing is probed: it has no targets. */
  | 'unprobed'
  /** Its targets have never answered. */
  | 'unproved'
  /** Its targets answered in an earlier run, and have a moment to do so again. */
  | 'expected'
  | 'alive'
  | 'dead';

export type PathEvent =
  /** The uplink has another address, router or targets, */
  /** and no targets at all; */
  | 'no targets'
  /** and targets that have never answered; */
  | 'new path'
  /** and targets that have answered before. */
  | 'known path'
  /** As many targets answer as must. */
  | 'enough answer'
  /** So many are silent that not enough are left. */
  | 'too many silent';

const PATHS = { 'no targets': 'unprobed', 'new path': 'unproved', 'known path': 'expected' } as const;

/** An event that a state does not name changes nothing. */
export const PATH_TRANSITIONS: Readonly<Record<PathState, Readonly<Partial<Record<PathEvent, PathState>>>>> =
  {
    unprobed: PATHS,
    unproved: { ...PATHS, 'enough answer': 'alive' },
    expected: { ...PATHS, 'enough answer': 'alive', 'too many silent': 'dead' },
    alive: { ...PATHS, 'too many silent': 'dead' },
    dead: { ...PATHS, 'enough answer': 'alive' },
  };

/** States in which new traffic may leave by the uplink. */
export const USABLE: Readonly<Record<PathState, boolean>> = {
  unprobed: true,
  unproved: true,
  expected: true,
  alive: true,
  dead: false,
};

export function nextState(state: PathState, event: PathEvent): PathState {
  return PATH_TRANSITIONS[state][event] ?? state;
}

/** What is known of one target: whether it answers; undefined while it still may answer for the first time. */
export type Vote = boolean | undefined;

/** What the targets say together; undefined: it is not decided yet. */
export function judge(votes: readonly Vote[], need: number): PathEvent | undefined {
  const enough = Math.min(need, votes.length);
  const answering = votes.filter((vote) => vote === true).length;
  const silent = votes.filter((vote) => vote === false).length;
  if (answering >= enough) return 'enough answer';
  return votes.length - silent < enough ? 'too many silent' : undefined;
}
