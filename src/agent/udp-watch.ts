// SPDX-License-Identifier: MIT
/**
 * What the kernel knows of the far ends of tunnels of mode `plait`, and of their legs: it finds out by itself which of
 * these live, and says so. Asked anew whenever it says that something changed, so that events lost in a crowd do no harm.
 */
import { legsOf } from '../appliance/legs.ts';
import type { Config } from '../appliance/schema.ts';
import type { Kernel } from './kernel.ts';
import type { UdpEvent, UdpPeer } from './netlink/plait-udp.ts';
import { type Clock, errorText, type Log, type LogLevel } from './ports.ts';

export class UdpWatch {
  #clock: Clock;
  #log: Log;
  #kernel: Pick<Kernel, 'udpPeers'>;
  #peers: UdpPeer[] = [];
  /** When somebody with a key of nobody asked last, by the name of the link. */
  #strangers = new Map<string, number>();

  constructor({ clock, log }: { clock: Clock; log: Log }, kernel: Pick<Kernel, 'udpPeers'>) {
    this.#clock = clock;
    this.#log = log;
    this.#kernel = kernel;
  }

  /** As the kernel says now; what was known stays when it cannot be asked. */
  refresh(config: Config): void {
    if (!Object.values(config.tunnels).some(({ mode }) => mode === 'plait')) {
      this.#peers = [];
      return;
    }
    try {
      this.#peers = this.#kernel.udpPeers();
    } catch (error) {
      this.#log('warning', `asking for the legs of tunnels: ${errorText(error)}`);
    }
  }

  /** Tunnel → legs that carry nothing: one that is not known yet does not, nor one that fell silent. */
  deadLegs(config: Config): Record<string, string[]> {
    const tunnels = Object.keys(config.tunnels).filter((name) => config.tunnels[name]?.mode === 'plait');
    return Object.fromEntries(
      tunnels.map((name) => {
        const live = this.#liveLegs(name);
        return [name, legsOf(config, name).flatMap((leg) => (live.has(leg.name) ? [] : [leg.name]))];
      }),
    );
  }

  /** Milliseconds since somebody with an unknown key asked at the port of this link. */
  strangerAgo(link: string): number | undefined {
    const at = this.#strangers.get(link);
    return at === undefined ? undefined : this.#clock.monotonic() - at;
  }

  /** Takes note, and tells people. */
  take(event: UdpEvent): void {
    if (event.what === 'unknown key') this.#strangers.set(event.linkName, this.#clock.monotonic());
    // Whoever that was, it is the far end that answers now.
    if (event.what === 'session up') this.#strangers.delete(event.linkName);
    this.#log(...eventText(event));
  }

  #liveLegs(link: string): Set<string> {
    const legs = this.#peers.find(({ name }) => name === link)?.legs ?? [];
    return new Set(legs.filter(({ state }) => state === 'live').map(({ name }) => name));
  }
}

function eventText({ what, linkName, leg }: UdpEvent): [level: LogLevel, text: string] {
  const whose = leg === undefined ? linkName : `${linkName}, leg ${leg.name}`;
  switch (what) {
    case 'session up':
      return ['notice', `tunnel ${whose}: the far end answers, there is a session`];
    case 'session down':
      return ['notice', `tunnel ${whose}: the far end does not answer (any more), there is no session`];
    case 'leg':
      return ['info', `tunnel ${whose}: ${leg?.state ?? 'changed'}`];
    case 'address':
      return ['info', `tunnel ${whose}: the far end has another address, ${leg?.remote}:${leg?.port}`];
    case 'unknown key':
      return [
        'warning',
        `tunnel ${whose}: somebody with an unknown key asked for a session; if it is the far end, its public key is not "peer"`,
      ];
  }
}
