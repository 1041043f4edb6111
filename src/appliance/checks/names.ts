// SPDX-License-Identifier: MIT
/** What name service needs of the rest of the configuration. */
import { bareIp } from '../ipv4.ts';
import type { Config, UplinkConfig } from '../schema.ts';
import type { Report } from './report.ts';

/** A server for all names may be asked by this uplink: the configuration names one, or the lease may. */
export function hasNameServersBy({ dns }: Config, { address, dns: own }: UplinkConfig): boolean {
  return dns.servers.length > 0 || (own === undefined ? address === 'dhcp' : own.length > 0);
}

/** The same by any of them. */
export function hasNameServers(config: Config): boolean {
  return (
    config.dns.servers.length > 0 ||
    Object.values(config.uplinks).some((uplink) => hasNameServersBy(config, uplink))
  );
}

/** There is a server to ask for names, were it only for those of some domains. */
export function canResolve(config: Config): boolean {
  return hasNameServers(config) || Object.keys(config.dns.forward).length > 0;
}

/** Hosts of the LAN ask the box for names: with a way to the world it must have somebody to ask. */
export function checkNamesResolve(config: Config, report: Report): void {
  if (!leadsOutward(config) || canResolve(config)) return;
  report(
    ['dns', 'servers'],
    undefined,
    'is missing, and no uplink has name servers of its own: no name could be resolved',
    NAME_SERVERS,
  );
}

/** As it may be meant, where only the company's network is used. */
export function checkOnlyForwarded(config: Config, report: Report): void {
  if (!leadsOutward(config) || hasNameServers(config) || !canResolve(config)) return;
  const domains = Object.keys(config.dns.forward).join(', ');
  report(
    ['dns', 'servers'],
    undefined,
    `is missing, and no uplink has name servers of its own: only ${domains} can be resolved`,
    NAME_SERVERS,
  );
}

const NAME_SERVERS = 'add dns: { servers: [9.9.9.9] }, or dns to an uplink';

function leadsOutward({ uplinks }: Config): boolean {
  return Object.values(uplinks).some(({ address, gateway }) => address === 'dhcp' || gateway !== undefined);
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
