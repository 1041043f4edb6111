// SPDX-License-Identifier: MIT
/** The hardware watchdog: fed as long as the agent's event loop turns. */
import { errorText, type Ports } from './ports.ts';

const SECONDS = 30;

export interface FedWatchdog {
  /** Ends the feeding and stops the watchdog: the agent goes on purpose. */
  release(): void;
}

/** Loads the driver and begins; undefined when there is no watchdog, which is no failure of the agent. */
export async function feedWatchdog(ports: Ports, module: string): Promise<FedWatchdog | undefined> {
  const { clock, log, processes } = ports;
  try {
    await processes.run(['modprobe', module]);
    const watchdog = ports.watchdog(SECONDS);
    if (watchdog === undefined) {
      log('info', `${module} found no watchdog`);
      return undefined;
    }
    let released = false;
    const feed = () => {
      if (released) return;
      watchdog.feed();
      clock.after((watchdog.timeout * 1000) / 3, feed);
    };
    feed();
    return {
      release() {
        released = true;
        watchdog.release();
      },
    };
  } catch (error) {
    log('warning', `watchdog: ${errorText(error)}`);
    return undefined;
  }
}
