// SPDX-License-Identifier: MIT
/** What name service needs of the rest of the configuration. */
import { bareIp } from '../ipv4.ts';
import type { Config } from '../schema.ts';
import type { Report } from './report.ts';

/** The configuration names a server for all names, or a lease may. */
export function hasNameServers({ dns, uplinks }: Config): boolean {
  return (
    dns.servers.length > 0 ||
    Object.values(uplinks).some(({ address, dns: own }) =>
      own === undefined ? address === 'dhcp' : own.length > 0,
    )
  );
}

/** There is a way to the world, and nobody to ask for names. */
export function checkNamesResolve(config: Config, report: Report): void {
  const uplinks = Object.values(config.uplinks);
  const outward = uplinks.some(({ address, gateway }) => address === 'dhcp' || gateway !== undefined);
  if (!outward || hasNameServers(config)) return;
  report(
    ['dns', 'servers'],
    undefined,
    'is missing, and no uplink has name servers of its own: no name could be resolved',
    'add dns: { servers: [9.9.9.9] }, or dns to an uplink',
  );
}

export function checkResolvers(config: Config, report: Report): void {
  for (const [name, value] of Object.entries(config.dns.hosts)) {
    if (name === config.hostname) {
      const remedy = 'remove it, the box has its address in the LAN';
      report(['dns', 'hosts', name], value, "is this box's own host name", remedy);
    }
  }
  const own = [config.lan.address, ...Object.values(config.uplinks).map((uplink) => uplink.address)].map(
    bareIp,
  );
  config.dns.servers.forEach((server, index) => {
    if (own.includes(server)) {
      report(
        ['dns', 'servers', index],
        server,
        'is this box itself',
        `write the address of another name server`,
      );
    }
  });
}
