// SPDX-License-Identifier: MIT
/** What time servers need of the rest of the configuration. */
import { bareIp, isSubnetEdge, mustPrefix, parseIp } from '../ipv4.ts';
import type { Config } from '../schema.ts';
import { canResolve } from './names.ts';
import type { Report } from './report.ts';

export function checkTime(config: Config, report: Report): void {
  const { servers = [] } = config.ntp;
  const own = [config.lan, ...Object.values(config.uplinks), ...Object.values(config.tunnels)].flatMap(
    ({ address }) => (address === undefined || address === 'dhcp' ? [] : [address]),
  );
  servers.forEach((server, index) => {
    const path = ['ntp', 'servers', index];
    const ip = parseIp(server);
    if (own.some((address) => bareIp(address) === server))
      report(path, server, 'is this box itself', 'write the address of another machine');
    else if (ip !== undefined && own.some((address) => isEdge(address, ip)))
      report(
        path,
        server,
        'is the network or broadcast address of a subnet',
        'write the address of a machine',
      );
    else if (servers.indexOf(server) !== index)
      report(path, server, 'is named twice', 'remove one of the two');
    else if (ip === undefined && !canResolve(config))
      report(
        path,
        server,
        'is a name that nobody resolves',
        'write its address, or add dns: { servers: [9.9.9.9] }',
      );
  });
}

function isEdge(address: string, ip: number): boolean {
  return isSubnetEdge(mustPrefix(address), ip);
}
