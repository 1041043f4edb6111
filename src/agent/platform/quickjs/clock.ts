// SPDX-License-Identifier: MIT
/** Time and timers. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Clock, Timer } from '../../ports.ts';

export const clock: Clock = { monotonic: native.monotonic, wall: () => Date.now(), after };

function after(ms: number, run: () => void): Timer {
  const handle = os.setTimeout(run, Math.max(0, Math.ceil(ms)));
  return { cancel: () => os.clearTimeout(handle) };
}
