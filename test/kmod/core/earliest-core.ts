// SPDX-License-Identifier: MIT

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
  'path',
  'untracked',
  'weighted',
].map((name) => `src/kmod/core/${name}.c`);
