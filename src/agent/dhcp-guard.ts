// SPDX-License-Identifier: MIT
/**
 * May safe defaults serve addresses on the LAN? Only where no other DHCP server answers: nobody knows what the port is
 * plugged into. Each time that there is carrier anew, the port is probed for offers.
 *
 * | state        | carrier comes | a server answers | none answers | carrier goes |
 * |--------------|---------------|------------------|--------------|--------------|
 * | `no carrier` | `probing`     |                  |              |              |
 * | `probing`    |               | `answered`       | `silent`     | `no carrier` |
 * | `answered`   |               |                  |              | `no carrier` |
 * | `silent`     |               |                  |              | `no carrier` |
 */
import { dhcpServerAnswers } from './dhcp-discovery.ts';
import { errorText, type Ports, type Timer } from './ports.ts';

type GuardPorts = Pick<Ports, 'clock' | 'files' | 'sockets' | 'log'>;
/** Of a device; undefined: it is not there. */
export type Seen = { index: number; carrier: boolean } | undefined;

export type GuardState = 'no carrier' | 'probing' | 'answered' | 'silent';

const LOOK = 1000;

export class DhcpGuard {
  #ports: GuardPorts;
  #see: (device: string) => Seen;
  #timer: Timer | undefined;
  /** Counts watches and changes of carrier: an answer that comes too late belongs to none. */
  #generation = 0;

  constructor(ports: GuardPorts, see: (device: string) => Seen) {
    this.#ports = ports;
    this.#see = see;
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
      const seen = this.#see(device);
      if (!seen?.carrier && state !== 'no carrier') {
        this.#generation++;
        enter('no carrier');
      } else if (seen?.carrier && state === 'no carrier') {
        enter('probing');
        void this.#probe(device, seen.index, ++this.#generation, enter);
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

  async #probe(
    device: string,
    index: number,
    generation: number,
    enter: (state: GuardState) => void,
  ): Promise<void> {
    const answered = await this.#isAnswered(device, index);
    if (generation === this.#generation) enter(answered ? 'answered' : 'silent');
  }

  /** What cannot be found out counts as an answer: no server is better than a second one. */
  async #isAnswered(device: string, index: number): Promise<boolean> {
    try {
      return await dhcpServerAnswers(this.#ports, device, index);
    } catch (error) {
      this.#ports.log('warning', `probing ${device} for DHCP servers: ${errorText(error)}`);
      return true;
    }
  }
}
