// SPDX-License-Identifier: MIT
/** What the settings of uplinks must be to each other. */
import { contains, formatPrefix, isSubnetEdge, mustIp, mustPrefix, networkOf } from '../ipv4.ts';
import type { Config } from '../schema.ts';
import type { Report } from './report.ts';

export function checkGateways(config: Config, report: Report): void {
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    if (uplink.gateway === undefined) continue;
    const path = ['uplinks', name, 'gateway'];
    if (uplink.address === 'dhcp') {
      report(path, uplink.gateway, 'contradicts address: dhcp', 'remove it, the lease brings the gateway');
      continue;
    }
    const subnet = mustPrefix(uplink.address);
    const gateway = mustIp(uplink.gateway);
    const range = `write an address of ${formatPrefix(networkOf(subnet))}`;
    if (!contains(subnet, gateway)) {
      report(path, uplink.gateway, `is outside of the uplink's subnet`, range);
    } else if (gateway === subnet.ip) {
      report(path, uplink.gateway, `is the uplink's own address`, `${range}, the provider's router`);
    } else if (isSubnetEdge(subnet, gateway)) {
      report(path, uplink.gateway, `is the network or broadcast address of the uplink's subnet`, range);
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
