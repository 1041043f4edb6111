// SPDX-License-Identifier: MIT

/** Sources of the scheduler `earliest`, for programs that have it alone. */
export const EARLIEST = [
  'earliest',
  'earliest-track',
  'earliest-probe',
  'repair',
  'losses',
  'flight',
  'path',
  'weighted',
].map((name) => `src/kmod/core/${name}.c`);
