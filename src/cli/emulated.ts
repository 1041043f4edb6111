// SPDX-License-Identifier: MIT
import { Interrupted } from '../image/errors.ts';
import { ensureHostPackages, thisHost } from '../image/host-packages.ts';
import { MachineError } from '../machine/errors.ts';
import { ConsoleError } from '../serial/errors.ts';
import { interruptible } from './interrupt.ts';

/**
 * Runs work on emulated boards, with the emulator installed before, until it is done or stopped from outside.
 * @throws Interrupted when stopped; MachineError for what went wrong on a board or its console
 */
export function emulated(
  say: (text: string) => void,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  return interruptible(async ({ signal }) => {
    try {
      await ensureHostPackages(['qemu-system-x86'], thisHost(signal, say), (missing) =>
        say(`installing ${missing.join(' ')} …`),
      );
      await work(signal);
    } catch (error) {
      if (signal.aborted) throw new Interrupted('stopped', { cause: error });
      throw error instanceof ConsoleError ? new MachineError(error.message, { cause: error }) : error;
    }
  });
}
