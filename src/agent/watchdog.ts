// SPDX-License-Identifier: MIT
/**
 * The hardware watchdog. The init script S01watchdog starts it before anything can hang and feeds it for a while; the
 * agent takes over, and feeds it as long as its own work goes on. Nothing ever stops it: at the end it is given the
 * time that a shutdown takes, so that one that hangs ends, too.
 */
import { errorCode, errorText, type Ports, type Watchdog } from './ports.ts';
import { sleep } from './sleep.ts';

const SECONDS = 30;
/** The longest that the Geode's can do is 131. */
const SHUTDOWN_SECONDS = 120;
/** The feeder of the init script lets go of the device at once, or it is left alone. */
const OPEN_TRIES = 20;
const OPEN_WAIT = 100;

export interface FedWatchdog {
  /** Ends the feeding; the watchdog runs on. */
  leave(): void;
}

/** Loads the driver and begins; undefined when there is no watchdog, which is no failure of the agent. */
export async function feedWatchdog(
  ports: Ports,
  module: string | undefined,
  alive: () => boolean,
): Promise<FedWatchdog | undefined> {
  const { clock, log, processes } = ports;
  try {
    if (module !== undefined) await processes.run(['modprobe', module]);
    await processes.run(['killall', '-KILL', 'watchdog']);
    const watchdog = await open(ports);
    if (watchdog === undefined) {
      log('info', 'there is no watchdog');
      return undefined;
    }
    let left = false;
    const feed = () => {
      if (left) return;
      if (alive()) watchdog.feed();
      else log('error', 'the agent is stuck: the watchdog is not fed');
      clock.after((watchdog.timeout * 1000) / 3, feed);
    };
    feed();
    return {
      leave() {
        left = true;
        watchdog.leave(SHUTDOWN_SECONDS);
      },
    };
  } catch (error) {
    log('warning', `watchdog: ${errorText(error)}`);
    return undefined;
  }
}

async function open({ clock, watchdog }: Ports): Promise<Watchdog | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return watchdog(SECONDS);
    } catch (error) {
      if (errorCode(error) !== 'EBUSY' || tries === OPEN_TRIES) throw error;
      await sleep(clock, OPEN_WAIT);
    }
  }
}
