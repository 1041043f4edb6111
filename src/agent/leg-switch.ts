// SPDX-License-Identifier: MIT
/** Takes a dead leg out of use at once, before the rest of the plan follows. */
import { legDevice } from '../appliance/legs.ts';
import type { Kernel } from './kernel.ts';
import { errorText, type Log } from './ports.ts';

export function disableLeg(kernel: Kernel, log: Log, tunnel: string, leg: string): void {
  try {
    const link = kernel.plaitLinks().find(({ name }) => name === tunnel);
    const found = link?.legs.find(({ name }) => name === legDevice(tunnel, leg));
    if (link && found) kernel.setLegs(link.index, [{ leg: found.index, enabled: false }]);
  } catch (error) {
    log('warning', `disabling leg ${leg} of ${tunnel}: ${errorText(error)}`);
  }
}
