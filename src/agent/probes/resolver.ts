// SPDX-License-Identifier: MIT
/**
 * Addresses of targets that have names, asked of the uplink's name servers by the uplink itself. An old address stays in use
 * until there is a new one, so a name server that fails is not taken for a dead line.
 */
import { isUnicast, parseIp } from '../../appliance/ipv4.ts';
import { decodeAnswer, encodeQuestion, NOERROR, TYPE_A } from '../dns-message.ts';
import type { Clock, DatagramSocket, Sockets, Timer } from '../ports.ts';
import { DNS_PORT, randomId } from './dns.ts';

const PATIENCE = 2000;
const RETRY = 2000;
const SHORTEST = 60_000;
const LONGEST = 3600_000;
/** Names that nobody has asked for in so long (ms) are forgotten. */
const FORGOTTEN = 2 * LONGEST;

interface Entry {
  address?: string;
  /** When to ask again. */
  next: number;
  used: number;
  tries: number;
  open?: { socket: DatagramSocket; timer: Timer };
}

export interface Asker {
  device: string;
  source: string;
  servers: readonly string[];
}

export class Resolver {
  #clock: Clock;
  #sockets: Sockets;
  #entries = new Map<string, Entry>();

  constructor(ports: { clock: Clock; sockets: Sockets }) {
    this.#clock = ports.clock;
    this.#sockets = ports.sockets;
  }

  /** Undefined: not known (yet). */
  address(name: string, asker: Asker): string | undefined {
    if (parseIp(name) !== undefined) return name;
    const now = this.#clock.monotonic();
    const key = `${asker.device} ${asker.source} ${name}`;
    const entry = this.#entries.get(key) ?? { next: now, used: now, tries: 0 };
    this.#entries.set(key, entry);
    entry.used = now;
    if (now >= entry.next && entry.open === undefined) this.#ask(entry, name, asker);
    return entry.address;
  }

  /** Lets go of names that are out of use. */
  tidy(): void {
    const now = this.#clock.monotonic();
    for (const [key, entry] of this.#entries) {
      if (now - entry.used < FORGOTTEN) continue;
      close(entry);
      this.#entries.delete(key);
    }
  }

  stop(): void {
    for (const entry of this.#entries.values()) close(entry);
    this.#entries.clear();
  }

  #ask(entry: Entry, name: string, { device, source, servers }: Asker): void {
    const server = servers[entry.tries++ % Math.max(1, servers.length)];
    entry.next = this.#clock.monotonic() + RETRY;
    if (server === undefined) return;
    const id = randomId();
    try {
      const socket = this.#sockets.datagram(device, source, (from, port, data) => {
        const answer = from === server && port === DNS_PORT ? decodeAnswer(data) : undefined;
        if (answer === undefined || answer.id !== id || answer.name !== name.toLowerCase()) return;
        close(entry);
        const address = answer.addresses.find((one) => isUnicast(parseIp(one) ?? 0));
        if (answer.rcode !== NOERROR || address === undefined) return;
        entry.address = address;
        const life = Math.min(Math.max(answer.ttl * 1000, SHORTEST), LONGEST);
        entry.next = this.#clock.monotonic() + life;
      });
      entry.open = { socket, timer: this.#clock.after(PATIENCE, () => close(entry)) };
      socket.send(server, DNS_PORT, encodeQuestion(id, name, TYPE_A));
    } catch {
      close(entry);
    }
  }
}

function close(entry: Entry): void {
  entry.open?.timer.cancel();
  entry.open?.socket.close();
  delete entry.open;
}
