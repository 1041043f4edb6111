// SPDX-License-Identifier: MIT
/** The fast path. What it knew of connections is learned anew from one setting to the next. */
import { replacedWhole } from './replaced-whole.ts';

export const fastPath = replacedWhole<'fast-path'>(
  'fastPath',
  ({ kernel, devices }, { devices: names, dropMark }) =>
    kernel.setFastPath({ devices: names.map((name) => devices.index(name)), dropMark }),
  ({ kernel }) => kernel.setFastPath({ devices: [], dropMark: 0 }),
);
