// SPDX-License-Identifier: MIT
/** What is reached through tunnels. */
import { contains, mustIp, mustPrefix, overlaps } from '../ipv4.ts';
import { legsOf } from '../legs.ts';
import type { Config } from '../schema.ts';
import type { Report } from './report.ts';
import { subnetsOf } from './subnets.ts';

export function checkRoutes(config: Config, report: Report): void {
  const remotes = Object.keys(config.tunnels).flatMap((name) =>
    legsOf(config, name).flatMap((leg) => leg.remote ?? []),
  );
  const subnets = subnetsOf(config);
  const takenBy = new Map<string, string>();
  for (const [name, tunnel] of Object.entries(config.tunnels)) {
    tunnel.routes.forEach((route, index) => {
      const path = ['tunnels', name, 'routes', index];
      const prefix = mustPrefix(route);
      const other = takenBy.get(route);
      if (other !== undefined)
        report(path, route, `is already a route of tunnel ${other}`, 'remove one of the two');
      takenBy.set(route, name);
      // The default route is no danger: outer packets follow the table of their uplink before it is looked at.
      if (prefix.length === 0) return;
      const inside = remotes.find((remote) => contains(prefix, mustIp(remote)));
      if (inside !== undefined) {
        const remedy = 'leave that address out of the routes, the tunnel itself must reach it outside';
        report(path, route, `covers ${inside}, the far end of a leg`, remedy);
      }
      const within = subnets.find(
        (subnet) => subnet.prefix.length <= prefix.length && overlaps(subnet.prefix, prefix),
      );
      if (within) {
        const remedy = 'remove it or correct the network';
        report(path, route, `is part of ${within.what} (${within.value})`, remedy);
      }
      const uplink = subnets.find(
        (subnet) => subnet.uplink && subnet.prefix.length > prefix.length && overlaps(subnet.prefix, prefix),
      );
      if (uplink) {
        const remedy = 'write networks beside it, what goes into the tunnel may not leave by an uplink';
        report(path, route, `covers ${uplink.what} (${uplink.value})`, remedy);
      }
    });
  }
}
