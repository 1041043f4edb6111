// SPDX-License-Identifier: MIT
/** What must be probed to know which uplinks and legs are alive. */
import { bareIp } from './ipv4.ts';
import { liveLegs, uplinksOf } from './model.ts';
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

/**
 * The gateway of each uplink, and the far end of each leg. An uplink without a gateway cannot be probed, and one
 * without an address is down anyway.
 */
export function healthTargets(config: Config, facts: Facts): HealthTarget[] {
  const { interval, misses } = config.health;
  const gateways = uplinksOf(config, facts).flatMap(
    ({ name: uplink, address, gateway, device }): HealthTarget[] =>
      address === undefined || gateway === undefined
        ? []
        : [{ kind: 'uplink', uplink, source: bareIp(address), device, target: gateway, interval, misses }],
  );
  const legs = liveLegs(config, facts).map(
    ({ tunnel, name, uplink, local, remote }): HealthTarget => ({
      kind: 'leg',
      tunnel,
      leg: name,
      uplink: uplink.name,
      source: local,
      device: uplink.device,
      target: remote,
      interval,
      misses,
    }),
  );
  return [...gateways, ...legs];
}
