// SPDX-License-Identifier: MIT

/** Files of the model of a path. */
const PATH = ['path', 'in-flight', 'pace', 'rate', 'search', 'delay', 'window', 'clock', 'untracked'].map(
  (name) => `path/${name}`,
);

/** Sources of that model, for programs that have it alone. */
export const PATH_MODEL = PATH.map((name) => `src/kmod/core/${name}.c`);

/** Sources of the scheduler `earliest`, for programs that have it alone. */
export const EARLIEST = [
  'engine/engine',
  'engine/choice',
  'engine/upkeep',
  'sched/earliest',
  'trust',
  'probe',
  'repair',
  'leg',
  'losses',
  'copies',
  'track/tracker',
  'track/send',
  'track/reported',
  'track/acks',
  'track/deliver',
  'track/silence',
  'track/expire',
  'track/flight',
  'track/seek',
  'track/records',
  'track/flow',
  ...PATH,
  'sched/weighted',
].map((name) => `src/kmod/core/${name}.c`);
