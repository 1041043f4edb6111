// SPDX-License-Identifier: MIT
/** ICMP echo requests; targets of one device and source share a socket. */
import type { HealthTarget } from '../../appliance/health-targets.ts';
import { decodeEchoReply, encodeEchoRequest } from '../icmp.ts';
import { errorText, type IcmpSocket, type Log, type Sockets } from '../ports.ts';
import type { Answered, ProbeRequest, Sender } from './sender.ts';

export class PingSender implements Sender {
  #sockets: Sockets;
  #log: Log;
  #answered: Answered;
  #open = new Map<string, IcmpSocket>();
  /** Where the last request of each id went: nobody else answers for it. */
  #asked = new Map<number, string>();

  constructor(ports: { sockets: Sockets; log: Log }, answered: Answered) {
    this.#sockets = ports.sockets;
    this.#log = ports.log;
    this.#answered = answered;
  }

  send({ target, address, id, seq }: ProbeRequest): boolean {
    this.#asked.set(id, address);
    return this.#socket(target)?.send(address, encodeEchoRequest({ id, seq })) ?? false;
  }

  keep(targets: readonly HealthTarget[]): void {
    const wanted = new Set(targets.map(socketKey));
    for (const [name, socket] of this.#open) {
      if (wanted.has(name)) continue;
      socket.close();
      this.#open.delete(name);
    }
    if (targets.length === 0) this.#asked.clear();
  }

  #socket(target: HealthTarget): IcmpSocket | undefined {
    const name = socketKey(target);
    let socket = this.#open.get(name);
    if (socket === undefined) {
      try {
        socket = this.#sockets.icmp(target.device, target.source, (from, packet) => {
          const echo = decodeEchoReply(packet);
          if (echo !== undefined && this.#asked.get(echo.id) === from) this.#answered(echo.id, echo.seq);
        });
        this.#open.set(name, socket);
      } catch (error) {
        // The device or address may be on its way out: the target then dies by silence.
        this.#log('debug', `probing by ${target.device}: ${errorText(error)}`);
      }
    }
    return socket;
  }
}

function socketKey(target: HealthTarget): string {
  return `${target.device} ${target.source}`;
}
