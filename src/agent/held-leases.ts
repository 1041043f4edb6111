// SPDX-License-Identifier: MIT
/** The leases that uplinks hold now: taken from what DHCP clients say, ended when their time is over. */
import { dhcpClient } from '../appliance/plan/services.ts';
import { type HeldLease, leaseEvent, readLeases, writeLeases } from './leases.ts';
import type { Clock, Files, Log, Timer } from './ports.ts';

export class HeldLeases {
  #clock: Clock;
  #files: Files;
  #log: Log;
  #changed: (uplink: string) => void;
  #leases: Record<string, HeldLease>;
  #timers = new Map<string, Timer>();
  /** Services of clients that have just started: their first word is that they hold nothing. */
  #freshClients = new Set<string>();

  /** `changed` is called after every change. */
  constructor(ports: { clock: Clock; files: Files; log: Log }, changed: (uplink: string) => void) {
    this.#clock = ports.clock;
    this.#files = ports.files;
    this.#log = ports.log;
    this.#changed = changed;
    this.#leases = readLeases(ports.files, ports.clock.monotonic());
  }

  /** By uplink. */
  get all(): Readonly<Record<string, HeldLease>> {
    return this.#leases;
  }

  /** Begins to watch over leases that an agent before this one has taken. */
  watch(): void {
    for (const [uplink, lease] of Object.entries(this.#leases)) this.#watch(uplink, lease);
  }

  clientStarted(service: string): void {
    this.#freshClients.add(service);
  }

  /** One call of the client's script. */
  take(uplink: string, event: string, env: Readonly<Record<string, string>>): void {
    const said = leaseEvent(event, env);
    const fresh = this.#freshClients.delete(dhcpClient(uplink));
    if (said.what === 'ignored') return;
    if (said.what === 'held') {
      const now = this.#clock.monotonic();
      const before = this.#leases[uplink];
      const same = before?.address === said.lease.address && before.gateway === said.lease.gateway;
      const since = same ? (before.since ?? now) : now;
      const lease = { ...said.lease, since, until: now + said.lease.seconds * 1000 };
      this.#leases[uplink] = lease;
      this.#watch(uplink, lease);
      if (before?.address !== lease.address)
        this.#log('info', `uplink ${uplink} has the lease ${lease.address}`);
    } else if (said.what === 'deconfig' && fresh && this.#leases[uplink] !== undefined) {
      // The client was restarted; the lease is as good as it was.
      return;
    } else {
      this.#lose(uplink);
    }
    this.#keep(uplink);
  }

  #watch(uplink: string, lease: HeldLease): void {
    this.#timers.get(uplink)?.cancel();
    const expire = () => {
      this.#lose(uplink);
      this.#keep(uplink);
    };
    this.#timers.set(uplink, this.#clock.after(lease.until - this.#clock.monotonic(), expire));
  }

  #lose(uplink: string): void {
    this.#timers.get(uplink)?.cancel();
    this.#timers.delete(uplink);
    if (this.#leases[uplink] !== undefined) this.#log('info', `uplink ${uplink} has lost its lease`);
    delete this.#leases[uplink];
  }

  #keep(uplink: string): void {
    writeLeases(this.#files, this.#leases);
    this.#changed(uplink);
  }
}
