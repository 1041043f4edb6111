// SPDX-License-Identifier: MIT

import type { Firmware } from '../image/board.ts';
import { Interrupted } from '../image/errors.ts';
import { ensureHostPackages, thisHost } from '../image/host-packages.ts';
import { MachineError } from '../machine/errors.ts';
import { emulatorPackages } from '../machine/firmware.ts';
import { ConsoleError } from '../serial/errors.ts';
import { interruptible } from './interrupt.ts';

/**
 * Runs work on emulated boards, with the emulator installed before, until it is done or stopped from outside.
 * @throws Interrupted when stopped; MachineError for what went wrong on a board or its console
 */
export function emulated(
  say: (text: string) => void,
  work: (signal: AbortSignal) => Promise<void>,
  firmware: Firmware = 'bios',
): Promise<void> {
  return interruptible(async ({ signal }) => {
    try {
      await ensureHostPackages(emulatorPackages(firmware), thisHost(signal, say), (missing) =>
        say(`installing ${missing.join(' ')} …`),
      );
      await work(signal);
    } catch (error) {
      if (signal.aborted) throw new Interrupted('stopped', { cause: error });
      throw error instanceof ConsoleError ? new MachineError(error.message, { cause: error }) : error;
    }
  });
}
