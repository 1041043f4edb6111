// SPDX-License-Identifier: MIT
/** Addresses: subnets, the DHCP range, name servers. */
import {
  bareIp,
  contains,
  firstOf,
  formatIp,
  isSubnetEdge,
  lastOf,
  mustIp,
  mustPrefix,
  overlaps,
  type Prefix,
} from '../ipv4.ts';
import type { Config } from '../schema.ts';
import type { Path, Report } from './report.ts';

export function checkDhcpRange(config: Config, report: Report): void {
  const { dhcp, address } = config.lan;
  if (!dhcp) return;
  const subnet = mustPrefix(address);
  const from = mustIp(dhcp.range.from);
  const to = mustIp(dhcp.range.to);
  const path = ['lan', 'dhcp', 'range'];
  const value = `${dhcp.range.from}-${dhcp.range.to}`;
  const usable = `${formatIp(firstOf(subnet) + 1)} to ${formatIp(lastOf(subnet) - 1)}`;
  if (
    !contains(subnet, from) ||
    !contains(subnet, to) ||
    isSubnetEdge(subnet, from) ||
    isSubnetEdge(subnet, to)
  ) {
    report(path, value, `is not within the LAN's subnet`, `choose from ${usable}`);
  } else if (subnet.ip >= from && subnet.ip <= to) {
    report(path, value, `contains the box's own address ${formatIp(subnet.ip)}`, 'choose a range beside it');
  }
}

type Subnet = { path: Path; value: string; what: string; prefix: Prefix };

export function subnetsOf(config: Config): Subnet[] {
  const found: Subnet[] = [];
  const add = (path: Path, value: string | undefined, what: string) => {
    if (value !== undefined && value !== 'dhcp') found.push({ path, value, what, prefix: mustPrefix(value) });
  };
  add(['lan', 'address'], config.lan.address, 'the LAN');
  for (const [name, { address }] of Object.entries(config.uplinks)) {
    add(['uplinks', name, 'address'], address, `uplink ${name}`);
  }
  for (const [name, { address }] of Object.entries(config.tunnels)) {
    add(['tunnels', name, 'address'], address, `tunnel ${name}`);
  }
  return found;
}

export function checkSubnets(config: Config, report: Report): void {
  const subnets = subnetsOf(config);
  subnets.forEach(({ path, value, prefix }, index) => {
    const other = subnets.slice(0, index).find((earlier) => overlaps(earlier.prefix, prefix));
    if (other)
      report(path, value, `overlaps with ${other.what} (${other.value})`, 'give each its own subnet');
  });
}

export function checkResolvers(config: Config, report: Report): void {
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
