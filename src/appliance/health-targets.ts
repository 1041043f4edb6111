// SPDX-License-Identifier: MIT
/** What must be probed to know which uplinks and legs are alive. */
import { bareIp } from './ipv4.ts';
import { inUse, liveLegs, plannedUplinks, type Uplink } from './model.ts';
import type { Facts } from './plan-types.ts';
import { formatTarget, type ProbeMethod, type ProbeTarget } from './probe-target.ts';
import type { Config } from './schema.ts';

/** One thing to probe: from `source`, bound to `device`. */
export type HealthTarget = {
  source: string;
  device: string;
  /** An address, or a name that `servers` resolve. */
  target: string;
  method: ProbeMethod;
  /** Name servers to ask by the same uplink; none where `target` is an address. */
  servers: string[];
  /** Milliseconds between two probes. */
  interval: number;
  /** So many lost in a row: dead; so many answered in a row: alive again. */
  misses: number;
} & ({ kind: 'uplink'; uplink: string } | { kind: 'leg'; tunnel: string; leg: string; uplink: string });

/** Milliseconds between two probes by a metered uplink that waits: 250 KB a day for each target. */
const METERED_INTERVAL = 30_000;
const DEFAULT_TARGETS: readonly ProbeTarget[] = ['gateway'];

/** The targets of an uplink as configured, and how many of them must answer. */
export function probedBy({ health, uplinks }: Config, uplink: string): { targets: string[]; need: number } {
  const own = uplinks[uplink]?.health;
  const { targets = DEFAULT_TARGETS, need } = own?.targets === undefined ? health : own;
  return { targets: targets.map(targetText), need };
}

/**
 * The targets of each uplink, its gateway unless the configuration names others, and the far end of each leg that has
 * one. An uplink without an address is down anyway. Hosts of others are asked more seldom than the provider's router.
 */
export function healthTargets(config: Config, facts: Facts): HealthTarget[] {
  const { interval, misses } = config.health;
  const uplinks = plannedUplinks(config, facts);
  const used = new Set(inUse(uplinks).map(({ name }) => name));
  const intervalBy = (uplink: Uplink, waiting: boolean, usual: number) =>
    uplink.config.metered && waiting ? Math.max(usual, METERED_INTERVAL) : usual;
  const ofUplinks = uplinks.flatMap((uplink) => {
    const { name, address, gateway, device } = uplink;
    if (address === undefined) return [];
    const waiting = used.size > 0 && !used.has(name);
    const own = uplink.config.health;
    const targets = (own?.targets === undefined ? config.health.targets : own.targets) ?? DEFAULT_TARGETS;
    return targets.flatMap((target): HealthTarget[] => {
      if (target === 'gateway' && gateway === undefined) return [];
      const byGateway = target === 'gateway' || target.host === gateway;
      const { host, method } =
        target === 'gateway' ? { host: gateway ?? '', method: { by: 'ping' } as const } : target;
      return [
        {
          kind: 'uplink',
          uplink: name,
          source: bareIp(address),
          device,
          target: host,
          method,
          servers: nameServersOf(config, uplink),
          interval: intervalBy(
            uplink,
            waiting,
            byGateway && method.by === 'ping' ? interval : config.health['far-interval'],
          ),
          misses,
        },
      ];
    });
  });
  const legs = liveLegs(config, facts).flatMap((leg): HealthTarget[] => {
    const { tunnel, name, uplink, local, remote, waiting } = leg;
    // The kernel itself knows of legs of mode plait which of them live.
    if (remote === undefined || config.tunnels[tunnel]?.mode === 'plait') return [];
    return [
      {
        kind: 'leg',
        tunnel,
        leg: name,
        uplink: uplink.name,
        source: local,
        device: uplink.device,
        target: remote,
        method: { by: 'ping' },
        servers: [],
        interval: intervalBy(uplink, waiting, interval),
        misses,
      },
    ];
  });
  return [...ofUplinks, ...legs];
}

/** Those that a name is asked of by this uplink. */
export function nameServersOf(config: Config, uplink: Uplink): string[] {
  return config.dns.servers.length > 0 ? config.dns.servers : uplink.dns;
}

function targetText(target: ProbeTarget): string {
  return target === 'gateway' ? target : formatTarget(target.host, target.method);
}
