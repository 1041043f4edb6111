// SPDX-License-Identifier: MIT
/** What the settings of uplinks must be to each other. */
import { contains, isSubnetEdge, mustIp, mustPrefix, type Prefix } from '../ipv4.ts';
import type { Config } from '../schema.ts';
import type { Path, Report } from './report.ts';
import { subnetsOf } from './subnets.ts';

export function checkGateways(config: Config, report: Report): void {
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    const path = ['uplinks', name, 'gateway'];
    if (uplink.address === 'dhcp') {
      const remedy = 'remove it, the lease brings the gateway';
      if (uplink.gateway !== undefined) report(path, uplink.gateway, 'contradicts address: dhcp', remedy);
    } else if (uplink.gateway !== undefined) {
      checkGateway(config, mustPrefix(uplink.address), uplink.gateway, path, report);
    } else if (mustPrefix(uplink.address).length === 32) {
      const message = 'is a single address without a gateway, by which nothing is reached';
      report(
        ['uplinks', name, 'address'],
        uplink.address,
        message,
        'add gateway, or write the length of the subnet',
      );
    }
  }
}

/** It may be outside of the uplink's subnet, as with single addresses (/32): it is asked for on the line itself. */
function checkGateway(config: Config, subnet: Prefix, value: string, path: Path, report: Report): void {
  const gateway = mustIp(value);
  const range = "write the address of the provider's router";
  if (gateway === subnet.ip) {
    report(path, value, `is the uplink's own address`, range);
  } else if (contains(subnet, gateway) && isSubnetEdge(subnet, gateway)) {
    report(path, value, `is the network or broadcast address of the uplink's subnet`, range);
  }
  const own = subnetsOf(config).find(({ prefix, uplink }) =>
    uplink ? prefix.ip === gateway && gateway !== subnet.ip : contains(prefix, gateway),
  );
  if (own)
    report(
      path,
      value,
      own.uplink ? `is this box's own address on ${own.what}` : `is inside of ${own.what}`,
      range,
    );
  for (const [name, { routes }] of Object.entries(config.tunnels)) {
    const route = routes.find(
      (candidate) => candidate !== '0.0.0.0/0' && contains(mustPrefix(candidate), gateway),
    );
    if (route !== undefined && !contains(subnet, gateway)) {
      report(path, value, `is inside of ${route}, a route of tunnel ${name}`, 'leave it out of the routes');
    }
  }
}

export function checkBackup(config: Config, report: Report): void {
  const uplinks = Object.values(config.uplinks);
  if (uplinks.length > 0 && uplinks.every((uplink) => uplink.backup)) {
    report(
      ['uplinks'],
      config.uplinks,
      'are all backups, of nothing',
      'remove backup: true from one of them',
    );
  }
}

export function checkMetered(config: Config, report: Report): void {
  for (const [name, { metered, backup }] of Object.entries(config.uplinks)) {
    if (!metered || backup) continue;
    const message = 'is for a backup: one that is in use is probed as often as the others';
    report(['uplinks', name, 'metered'], metered, message, 'add backup: true, or remove it');
  }
}

/** All frames of a port pass the queue of the untagged device, those of its VLANs too. */
export function checkShapers(config: Config, report: Report): void {
  const entries = Object.entries(config.uplinks);
  for (const [name, uplink] of entries) {
    const tagged = entries.find(([, other]) => other.port === uplink.port && other.vlan !== undefined);
    if (uplink.vlan === undefined && uplink.rate?.up !== undefined && tagged) {
      const message = `would slow down uplink ${tagged[0]} on the same port as well`;
      report(
        ['uplinks', name, 'rate', 'up'],
        uplink.rate.up,
        message,
        'give this uplink a VLAN too, or no rate.up',
      );
    }
  }
}

/** All VLANs of a port live within the MTU of its untagged device. */
export function checkUplinkMtus(config: Config, report: Report): void {
  const entries = Object.entries(config.uplinks);
  for (const [name, uplink] of entries) {
    const untagged = entries.find(([, other]) => other.port === uplink.port && other.vlan === undefined);
    if (untagged && untagged[1].mtu < uplink.mtu) {
      const remedy = `write ${untagged[1].mtu} or less, or raise that of ${untagged[0]}`;
      report(
        ['uplinks', name, 'mtu'],
        uplink.mtu,
        `is more than uplink ${untagged[0]} gives port ${uplink.port}`,
        remedy,
      );
    }
  }
}
