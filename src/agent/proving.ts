// SPDX-License-Identifier: MIT
/** What a start that went well makes final: the slot that was booted. */
import type { Board } from './board.ts';
import { confirmSlot } from './boot-state.ts';
import { errorText, type Ports } from './ports.ts';

export function proved(ports: Ports, board: Board): void {
  const { disks, log } = ports;
  const { bootStateBlocks, disk, slot } = board;
  try {
    if (bootStateBlocks && disk && slot && confirmSlot(disks, disk, bootStateBlocks, slot)) {
      log('info', `slot ${slot} is confirmed`);
    }
  } catch (error) {
    log('error', `confirming slot ${slot}: ${errorText(error)}`);
  }
}
