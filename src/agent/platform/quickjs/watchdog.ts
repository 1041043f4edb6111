// SPDX-License-Identifier: MIT

import * as native from 'plait_native';
import * as os from 'quickjs-os';
import { errorCode, type Watchdog } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { ENOENT, must, O_CLOEXEC, writeAll } from './descriptors.ts';

const WATCHDOG = '/dev/watchdog';

export function openWatchdog(seconds: number): Watchdog | undefined {
  const fd = os.open(WATCHDOG, os.O_WRONLY | O_CLOEXEC);
  if (fd === ENOENT) return undefined;
  must(WATCHDOG, fd);
  let timeout = seconds;
  try {
    timeout = native.watchdogTimeout(fd, seconds);
  } catch (error) {
    // A driver with a fixed timeout.
    if (errorCode(error) !== 'EOPNOTSUPP' && errorCode(error) !== 'ENOTTY') throw error;
  }
  return {
    timeout,
    feed: () => writeAll(WATCHDOG, fd, Uint8Array.of(1)),
    release() {
      // "V" before closing is the word that this is meant.
      writeAll(WATCHDOG, fd, encodeUtf8('V'));
      os.close(fd);
    },
  };
}
