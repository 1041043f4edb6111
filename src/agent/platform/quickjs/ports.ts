// SPDX-License-Identifier: MIT
/** The ports on the board: QuickJS's std and os modules and the native module. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Ports } from '../../ports.ts';
import { watchSignals } from './children.ts';
import { clock } from './clock.ts';
import { openFile } from './descriptors.ts';
import { disks } from './disks.ts';
import { files } from './files.ts';
import { openKey } from './keys.ts';
import { stderrLog, systemLog } from './log.ts';
import { processPort } from './processes.ts';
import { sockets } from './sockets.ts';
import { openWatchdog } from './watchdog.ts';

const SIGPIPE = 13;

/** Ports of this process. `stop` is called once when it is asked to end. */
export function quickjsPorts(options: { name: string; daemon: boolean; stop?: () => void }): Ports {
  // A peer that has gone is an error code where it happens, not the end of the agent.
  os.signal(SIGPIPE, undefined);
  const log = options.daemon ? systemLog(options.name) : stderrLog;
  const signals = watchSignals(options.stop);
  if (options.daemon) signals.listen();
  return {
    files,
    disks,
    clock,
    processes: processPort(signals, options.daemon),
    sockets,
    watchdog: openWatchdog,
    key: openKey,
    log,
  };
}

/** Held until the process ends; false: another process holds it. */
export function holdLock(path: string): boolean {
  return native.lock(openFile(path, os.O_RDWR | os.O_CREAT, 0o600));
}
