// SPDX-License-Identifier: MIT
/** What a start that went well makes final: the configuration to go back to, and the slot that was booted. */
import type { Board } from './board.ts';
import { confirmSlot } from './boot-state.ts';
import { keepProved } from './config-store.ts';
import { errorText, type Ports } from './ports.ts';

/** `text`: the plait.yaml that is in use; undefined when something else is, or waits for confirmation. */
export function proved(ports: Ports, board: Board, text: string | undefined): void {
  const { files, disks, log } = ports;
  const { bootStateBlocks, disk, slot } = board;
  try {
    if (text !== undefined) keepProved(files, text);
  } catch (error) {
    log('warning', `keeping the configuration that proved good: ${errorText(error)}`);
  }
  try {
    if (bootStateBlocks && disk && slot && confirmSlot(disks, disk, bootStateBlocks, slot)) {
      log('info', `slot ${slot} is confirmed`);
    }
  } catch (error) {
    log('error', `confirming slot ${slot}: ${errorText(error)}`);
  }
}
