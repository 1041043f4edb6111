// SPDX-License-Identifier: MIT

import * as native from 'plait_native';
import * as os from 'quickjs-os';
import { errorCode, type Watchdog } from '../../ports.ts';
import { ENOENT, must, O_CLOEXEC, writeAll } from './descriptors.ts';

const WATCHDOG = '/dev/watchdog';

export function openWatchdog(seconds: number): Watchdog | undefined {
  const fd = os.open(WATCHDOG, os.O_WRONLY | O_CLOEXEC);
  if (fd === ENOENT) return undefined;
  must(WATCHDOG, fd);
  const feed = () => writeAll(WATCHDOG, fd, Uint8Array.of(1));
  return {
    timeout: setTimeout(fd, seconds),
    feed,
    leave(last) {
      setTimeout(fd, last);
      feed();
      // Closed without the letter "V" it goes on.
      os.close(fd);
    },
  };
}

/** What the driver made of it. */
function setTimeout(fd: number, seconds: number): number {
  try {
    return native.watchdogTimeout(fd, seconds);
  } catch (error) {
    // A driver with a fixed timeout.
    if (errorCode(error) !== 'EOPNOTSUPP' && errorCode(error) !== 'ENOTTY') throw error;
    return seconds;
  }
}
