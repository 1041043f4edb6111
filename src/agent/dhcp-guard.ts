// SPDX-License-Identifier: MIT
/**
 * May safe defaults serve addresses on the LAN? Only where no other DHCP server answers: nobody knows what the port is
 * plugged into. Each time that there is carrier anew, the port is probed by a DHCP client, which gives back at once
 * what it may be offered.
 *
 * | state        | carrier comes | a server answers | none answers | carrier goes |
 * |--------------|---------------|------------------|--------------|--------------|
 * | `no carrier` | `probing`     |                  |              |              |
 * | `probing`    |               | `answered`       | `silent`     | `no carrier` |
 * | `answered`   |               |                  |              | `no carrier` |
 * | `silent`     |               |                  |              | `no carrier` |
 */
import { errorText, type Ports, type Timer } from './ports.ts';

export type GuardState = 'no carrier' | 'probing' | 'answered' | 'silent';

const LOOK = 1000;
/** Three questions, two seconds each; the exit code says whether a server answered. */
const PROBE = ['udhcpc', '-f', '-n', '-q', '-R', '-t', '3', '-T', '2', '-s', '/bin/true', '-i'];
const PROBE_TIMEOUT = 20_000;
const NO_LEASE = 1;

export class DhcpGuard {
  #ports: Pick<Ports, 'clock' | 'processes' | 'log'>;
  #hasCarrier: (device: string) => boolean;
  #timer: Timer | undefined;
  /** Counts watches and changes of carrier: an answer that comes too late belongs to none. */
  #generation = 0;

  constructor(ports: Pick<Ports, 'clock' | 'processes' | 'log'>, hasCarrier: (device: string) => boolean) {
    this.#ports = ports;
    this.#hasCarrier = hasCarrier;
  }

  /** Tells of each new state of the device, until `stop()`. */
  watch(device: string, changed: (state: GuardState) => void): void {
    this.stop();
    let state: GuardState = 'no carrier';
    const enter = (next: GuardState) => {
      state = next;
      changed(next);
    };
    const look = () => {
      const carrier = this.#hasCarrier(device);
      if (!carrier && state !== 'no carrier') {
        this.#generation++;
        enter('no carrier');
      } else if (carrier && state === 'no carrier') {
        enter('probing');
        void this.#probe(device, ++this.#generation, enter);
      }
      this.#timer = this.#ports.clock.after(LOOK, look);
    };
    look();
  }

  stop(): void {
    this.#generation++;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #probe(device: string, generation: number, enter: (state: GuardState) => void): Promise<void> {
    const answered = await this.#isAnswered(device);
    if (generation === this.#generation) enter(answered ? 'answered' : 'silent');
  }

  /** What cannot be found out counts as an answer: no server is better than a second one. */
  async #isAnswered(device: string): Promise<boolean> {
    const { processes, log } = this.#ports;
    try {
      const { code, stderr } = await processes.run([...PROBE, device], { timeout: PROBE_TIMEOUT });
      if (code !== NO_LEASE && code !== 0)
        log('warning', `probing ${device} for DHCP servers: ${stderr.trim()}`);
      return code !== NO_LEASE;
    } catch (error) {
      log('warning', `probing ${device} for DHCP servers: ${errorText(error)}`);
      return true;
    }
  }
}
