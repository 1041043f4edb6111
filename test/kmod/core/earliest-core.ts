// SPDX-License-Identifier: MIT

/** Files of the model of a path. */
const PATH = ['path', 'rate', 'search', 'delay', 'window', 'clock', 'untracked'].map(
  (name) => `path/${name}`,
);

/** Sources of that model, for programs that have it alone. */
export const PATH_MODEL = PATH.map((name) => `src/kmod/core/${name}.c`);

/** Sources of the scheduler `earliest`, for programs that have it alone. */
export const EARLIEST = [
  'engine',
  'sched/earliest',
  'trust',
  'probe',
  'repair',
  'leg',
  'losses',
  'copies',
  'track/tcp',
  'track/flight',
  'track/flow',
  ...PATH,
  'sched/weighted',
].map((name) => `src/kmod/core/${name}.c`);
