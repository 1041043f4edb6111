// SPDX-License-Identifier: MIT
import { KernelError } from './kernel.ts';
import { errorCode, type Processes } from './ports.ts';

/** The kernel loads most modules when it meets their name; the rest is loaded here, when `missing` tells of it. */
export function loadingModule<T>(
  processes: Processes,
  module: string,
  missing: string,
  act: () => T | Promise<T>,
): T | Promise<T> {
  try {
    return act();
  } catch (error) {
    if (errorCode(error) !== missing) throw error;
    return processes.run(['modprobe', module]).then(act);
  }
}

/** For what tunnels of mode `plait` ask of the kernel. One without the module says so in words. */
export function withUdpModule<T>(processes: Processes, act: () => T): T | Promise<T> {
  return loadingModule(processes, 'plait_udp', 'ENOENT', () => {
    try {
      return act();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      throw new KernelError(
        'ENOENT',
        'this kernel has no module plait_udp, which tunnels of mode plait need',
      );
    }
  });
}
