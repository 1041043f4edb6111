// SPDX-License-Identifier: MIT
/**
 * What is on the cables: asks each port for DHCP servers and access concentrators of PPPoE, and listens. VLANs that are heard
 * are asked too: a provider's line often carries traffic only with its tag.
 */
import type { Heard } from '../../appliance/setup/answers.ts';
import type { Context } from '../commands/context.ts';
import { macOf } from '../mac-address.ts';
import type { FrameSocket } from '../ports.ts';
import { sleep } from '../sleep.ts';
import { dhcpDiscover, heardFrom, pppoeInitiation } from './frames.ts';

/** Twice: the first question may be lost, or a switch may not forward yet. */
const ROUNDS = 2;
const ROUND = 3000;
const MOST_VLANS = 8;

export async function listenOnPorts(
  context: Context,
  names: readonly string[],
): Promise<Map<string, Heard[]>> {
  const links = new Map(
    context
      .kernel()
      .links()
      .map(({ name, index }) => [name, index]),
  );
  const ears = names.flatMap((name) => {
    const index = links.get(name);
    const mac = macOf(context.ports.files, name);
    return index === undefined || mac === undefined ? [] : [new Ear(context, name, index, mac)];
  });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const ear of ears) ear.ask();
      await sleep(context.ports.clock, ROUND);
    }
    return new Map(ears.map(({ name, heard }) => [name, heard]));
  } finally {
    for (const ear of ears) ear.close();
  }
}

class Ear {
  readonly name: string;
  readonly #heard: Heard[] = [];
  readonly #socket: FrameSocket;
  readonly #mac: readonly number[];
  readonly #id: number;

  constructor(context: Context, name: string, index: number, mac: readonly number[]) {
    this.name = name;
    this.#mac = mac;
    this.#id = context.ports.clock.monotonic() & 0x7fffffff;
    this.#socket = context.ports.sockets.frames(index, (frame, vlan) => {
      const heard = heardFrom(frame, vlan, mac, this.#id);
      if (heard !== undefined && !this.#heard.some((one) => key(one) === key(heard))) this.#heard.push(heard);
    });
  }

  /** A VLAN is worth a line of its own only while nothing better is known of it. */
  get heard(): Heard[] {
    return this.#heard.filter(
      (one) =>
        one.what !== 'vlan' || !this.#heard.some((other) => other.what !== 'vlan' && other.vlan === one.vlan),
    );
  }

  ask(): void {
    const vlans = this.#heard.flatMap((one) => (one.what === 'vlan' ? [one.vlan] : []));
    for (const vlan of [0, ...vlans.slice(0, MOST_VLANS)]) {
      this.#socket.send(dhcpDiscover(this.#mac, vlan, this.#id));
      this.#socket.send(pppoeInitiation(this.#mac, vlan));
    }
  }

  close(): void {
    this.#socket.close();
  }
}

function key(heard: Heard): string {
  return `${heard.what} ${heard.vlan ?? 0} ${heard.what === 'dhcp' ? heard.server : ''}`;
}
