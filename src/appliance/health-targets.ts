// SPDX-License-Identifier: MIT
/** What must be probed to know which uplinks and legs are alive. */
import { bareIp } from './ipv4.ts';
import { inUse, liveLegs, plannedUplinks, type Uplink } from './model.ts';
import type { Facts } from './plan-types.ts';
import type { Config } from './schema.ts';

/** One thing to send ICMP echo requests to: from `source`, bound to `device`, to `target`. */
export type HealthTarget = {
  source: string;
  device: string;
  target: string;
  /** Milliseconds between two probes. */
  interval: number;
  /** So many lost in a row: dead; so many answered in a row: alive again. */
  misses: number;
} & ({ kind: 'uplink'; uplink: string } | { kind: 'leg'; tunnel: string; leg: string; uplink: string });

/** Milliseconds between two probes by a metered uplink that waits: 250 KB a day for each target. */
const METERED_INTERVAL = 30_000;

/**
 * The gateway of each uplink, and the far end of each leg that has one. An uplink without a gateway cannot be probed, and one
 * without an address is down anyway.
 */
export function healthTargets(config: Config, facts: Facts): HealthTarget[] {
  const { interval, misses } = config.health;
  const uplinks = plannedUplinks(config, facts);
  const used = new Set(inUse(uplinks).map(({ name }) => name));
  const intervalBy = (uplink: Uplink, waiting: boolean) =>
    uplink.config.metered && waiting ? Math.max(interval, METERED_INTERVAL) : interval;
  const gateways = uplinks.flatMap((uplink): HealthTarget[] => {
    const { name, address, gateway, device } = uplink;
    if (address === undefined || gateway === undefined) return [];
    const waiting = used.size > 0 && !used.has(name);
    return [
      {
        kind: 'uplink',
        uplink: name,
        source: bareIp(address),
        device,
        target: gateway,
        interval: intervalBy(uplink, waiting),
        misses,
      },
    ];
  });
  const legs = liveLegs(config, facts).flatMap((leg): HealthTarget[] => {
    const { tunnel, name, uplink, local, remote, waiting } = leg;
    if (remote === undefined) return [];
    return [
      {
        kind: 'leg',
        tunnel,
        leg: name,
        uplink: uplink.name,
        source: local,
        device: uplink.device,
        target: remote,
        interval: intervalBy(uplink, waiting),
        misses,
      },
    ];
  });
  return [...gateways, ...legs];
}
