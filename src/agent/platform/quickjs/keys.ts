// SPDX-License-Identifier: MIT
/** One key of an input device, by evdev (Documentation/input/input.rst). */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Key, KeyEvents } from '../../ports.ts';
import { openFile } from './descriptors.ts';

const EV_SYN = 0;
const SYN_DROPPED = 3;
const EV_KEY = 1;
/** Taken before others get their turn. */
const BURST = 64;

export function openKey(path: string, code: number, on: KeyEvents): Key {
  const fd = openFile(path, os.O_RDONLY);
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    os.setReadHandler(fd, null);
    os.close(fd);
  };
  const take = ([type, which, value]: native.InputEvent) => {
    if (type === EV_KEY && which === code) on.changed(value !== 0);
    if (type !== EV_SYN || which !== SYN_DROPPED) return;
    // Events are lost: it may have been let go in between.
    on.changed(false);
    if (open) on.changed(native.keyDown(fd, code));
  };
  try {
    native.setNonBlocking(fd);
    const down = native.keyDown(fd, code);
    os.setReadHandler(fd, () => {
      try {
        for (let count = 0; open && count < BURST; count++) {
          const event = native.readInputEvent(fd);
          if (event === null) return;
          take(event);
        }
      } catch (error) {
        close();
        on.lost(error);
      }
    });
    return { down, close };
  } catch (error) {
    close();
    throw error;
  }
}
