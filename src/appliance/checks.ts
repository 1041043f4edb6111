// SPDX-License-Identifier: MIT
/** What the keys of a configuration must be to each other: combinations that cannot work are found here. */
import {
  bareIp,
  contains,
  firstOf,
  formatIp,
  formatPrefix,
  isSubnetEdge,
  lastOf,
  mustIp,
  mustPrefix,
  networkOf,
  overlaps,
  type Prefix,
} from './ipv4.ts';
import { legDevice, legsOf, portDevice, tunnelMtu } from './model.ts';
import { type Problem, problemAt } from './problems.ts';
import type { Config, TunnelConfig } from './schema.ts';

type Path = readonly (string | number)[];
type Report = (path: Path, value: unknown, message: string, remedy: string) => void;

/** All impossible combinations in a configuration that fits the schema. */
export function checkConfig(config: Config): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (...what) => problems.push(problemAt(...what));
  checkPorts(config, report);
  checkDeviceNames(config, report);
  checkGateways(config, report);
  checkBackup(config, report);
  checkShapers(config, report);
  checkMtus(config, report);
  checkDhcpRange(config, report);
  checkSubnets(config, report);
  for (const [name, tunnel] of Object.entries(config.tunnels)) checkTunnel(config, name, tunnel, report);
  checkLegPairs(config, report);
  checkRoutes(config, report);
  checkResolvers(config, report);
  return problems;
}

function checkPorts(config: Config, report: Report): void {
  config.lan.ports.forEach((port, index) => {
    if (config.lan.ports.indexOf(port) !== index) {
      report(['lan', 'ports', index], port, 'is named twice', 'remove one of the two');
    }
  });
  const takenBy = new Map<string, string>();
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    const path = ['uplinks', name, 'port'];
    const device = portDevice(uplink);
    const other = takenBy.get(device);
    if (other !== undefined) {
      const what = uplink.vlan === undefined ? 'without a VLAN' : `with VLAN ${uplink.vlan}`;
      report(path, uplink.port, `is already used ${what} by uplink ${other}`, 'choose another port or VLAN');
    }
    takenBy.set(device, name);
    if (uplink.vlan === undefined && config.lan.ports.includes(uplink.port)) {
      report(
        path,
        uplink.port,
        'is a port of the LAN',
        'choose another port, or give the uplink a VLAN on this one',
      );
    }
  }
}

const LONGEST_DEVICE_NAME = 15;
/** Devices that the kernel makes by itself, and names with a meaning of their own below /proc/sys. */
const RESERVED_NAMES = /^(lo|lan|all|default|tunl0|sit0|ip6tnl0|fou|eth\d+|wlan\d+)$/;

function checkDeviceNames(config: Config, report: Report): void {
  const owners = new Map<string, string>(config.lan.ports.map((port) => [port, 'a port of the LAN']));
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    owners.set(uplink.port, `the port of uplink ${name}`);
  }
  const claim = (path: Path, device: string, owner: string) => {
    const other = owners.get(device);
    if (device.length > LONGEST_DEVICE_NAME) {
      const remedy = `shorten the names so that ${device} has at most ${LONGEST_DEVICE_NAME} characters`;
      report(path, path[path.length - 1], `makes the device name ${device}, which is too long`, remedy);
    } else if (other !== undefined) {
      report(path, path[path.length - 1], `makes a device ${device}, which is ${other} already`, 'rename it');
    }
    owners.set(device, owner);
  };
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    // Two uplinks on the same port and VLAN are told of by checkPorts().
    const device = portDevice(uplink);
    if (uplink.vlan !== undefined && !owners.has(device)) claim(['uplinks', name], device, `uplink ${name}`);
  }
  for (const [name, tunnel] of Object.entries(config.tunnels)) {
    if (RESERVED_NAMES.test(name)) {
      report(['tunnels', name], name, 'is a name that the system uses itself', 'rename the tunnel');
    } else {
      claim(['tunnels', name], name, `tunnel ${name}`);
    }
    for (const leg of legsOf(config, name)) {
      const role = tunnel.remote ? 'remote' : 'answer';
      claim(['tunnels', name, role, leg.name], legDevice(name, leg.name), `a leg of tunnel ${name}`);
    }
  }
}

function checkGateways(config: Config, report: Report): void {
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

function checkBackup(config: Config, report: Report): void {
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

/** All frames of a port pass the queue of the untagged device, those of its VLANs too. */
function checkShapers(config: Config, report: Report): void {
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

function checkMtus(config: Config, report: Report): void {
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
  for (const [name, tunnel] of Object.entries(config.tunnels)) {
    const most = tunnelMtu(config, name);
    if (tunnel.mtu !== undefined && most !== undefined && tunnel.mtu > most) {
      report(
        ['tunnels', name, 'mtu'],
        tunnel.mtu,
        'does not fit into its legs',
        `write ${most} or less, or leave it out`,
      );
    }
  }
}

function checkDhcpRange(config: Config, report: Report): void {
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

function subnetsOf(config: Config): Subnet[] {
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

function checkSubnets(config: Config, report: Report): void {
  const subnets = subnetsOf(config);
  subnets.forEach(({ path, value, prefix }, index) => {
    const other = subnets.slice(0, index).find((earlier) => overlaps(earlier.prefix, prefix));
    if (other)
      report(path, value, `overlaps with ${other.what} (${other.value})`, 'give each its own subnet');
  });
}

/** UDP ports on which the box itself listens: DNS, DHCP server and client. */
const OWN_UDP_PORTS = [53, 67, 68];

function checkTunnel(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const path = ['tunnels', name];
  if (tunnel.remote && tunnel.answer) {
    const remedy = 'keep remote on the box that opens the tunnel, answer on the one that answers';
    report(path, tunnel, 'has both remote and answer', remedy);
  }
  if (legsOf(config, name).length === 0) {
    report(path, tunnel, 'has no legs', 'add remote: { <uplink>: <address of the far end> } or answer');
  }
  if (tunnel.port !== undefined && tunnel.mode !== 'fou') {
    report([...path, 'port'], tunnel.port, `is only for mode fou`, 'remove it or write mode: fou');
  }
  if (tunnel.port !== undefined && OWN_UDP_PORTS.includes(tunnel.port)) {
    report(
      [...path, 'port'],
      tunnel.port,
      'is used by the box itself for DNS or DHCP',
      'choose another, such as 5555',
    );
  }
  checkLegs(config, name, tunnel, report);
  checkWeights(config, name, tunnel, report);
}

function checkLegs(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  const known = Object.keys(config.uplinks);
  const remedy = known.length > 0 ? `write one of ${known.join(', ')}` : 'add the uplink below uplinks';
  for (const [leg, to] of Object.entries(tunnel.remote ?? {})) {
    const path = ['tunnels', name, 'remote', leg];
    if (!Object.hasOwn(config.uplinks, leg)) report(path, to, 'is for an unknown uplink', remedy);
    checkRemote(config, tunnel, path, to, report);
    checkReach(config, leg, path, to, report);
  }
  for (const [leg, { uplink, from }] of Object.entries(tunnel.answer ?? {})) {
    const path = ['tunnels', name, 'answer', leg];
    if (!Object.hasOwn(config.uplinks, uplink))
      report([...path, 'uplink'], uplink, 'is not an uplink', remedy);
    checkRemote(config, tunnel, [...path, 'from'], from, report);
    checkReach(config, uplink, [...path, 'from'], from, report);
  }
}

function checkRemote(config: Config, tunnel: TunnelConfig, path: Path, remote: string, report: Report): void {
  const ip = mustIp(remote);
  if (contains(mustPrefix(config.lan.address), ip)) {
    report(
      path,
      remote,
      `is inside of the LAN's subnet`,
      'write the address of the other box on the uplink side',
    );
  }
  if (tunnel.address !== undefined && contains(mustPrefix(tunnel.address), ip)) {
    report(path, remote, `is inside of the tunnel's own subnet`, 'write the outer address of the other box');
  }
  for (const [name, { address }] of Object.entries(config.uplinks)) {
    if (bareIp(address) === remote) {
      report(
        path,
        remote,
        `is this box's own address on uplink ${name}`,
        'write the address of the other box',
      );
    }
  }
}

/** An uplink with a static address and no gateway reaches its own subnet only. */
function checkReach(config: Config, uplinkName: string, path: Path, remote: string, report: Report): void {
  const uplink = Object.hasOwn(config.uplinks, uplinkName) ? config.uplinks[uplinkName] : undefined;
  if (!uplink || uplink.address === 'dhcp' || uplink.gateway !== undefined) return;
  if (contains(mustPrefix(uplink.address), mustIp(remote))) return;
  const message = `cannot be reached by uplink ${uplinkName}, which has no gateway`;
  report(path, remote, message, `add gateway to the uplink, or write an address in ${uplink.address}`);
}

function checkWeights(config: Config, name: string, tunnel: TunnelConfig, report: Report): void {
  if (tunnel.weights && tunnel.answer) {
    const remedy = 'write weight into each leg of answer';
    report(['tunnels', name, 'weights'], tunnel.weights, 'is for tunnels with remote', remedy);
    return;
  }
  const legs = legsOf(config, name).map((leg) => leg.name);
  for (const [leg, weight] of Object.entries(tunnel.weights ?? {})) {
    if (!legs.includes(leg)) {
      report(
        ['tunnels', name, 'weights', leg],
        weight,
        'is for a leg that is not there',
        `the legs are: ${legs.join(', ')}`,
      );
    }
  }
}

/** The kernel tells two IP tunnels apart by their outer addresses alone, encapsulated in UDP or not. */
function checkLegPairs(config: Config, report: Report): void {
  const seen = new Map<string, string>();
  for (const [name, tunnel] of Object.entries(config.tunnels)) {
    for (const leg of legsOf(config, name)) {
      const pair = `${leg.uplink} ${leg.remote}`;
      const other = seen.get(pair);
      if (other !== undefined) {
        const path = ['tunnels', name, tunnel.remote ? 'remote' : 'answer', leg.name];
        const message = `goes by the same uplink to the same address as leg ${other}`;
        report(path, leg.remote, message, 'use another uplink or another address of the far end');
      }
      seen.set(pair, legDevice(name, leg.name));
    }
  }
}

function checkRoutes(config: Config, report: Report): void {
  const remotes = Object.keys(config.tunnels).flatMap((name) =>
    legsOf(config, name).map((leg) => leg.remote),
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
      if (within)
        report(
          path,
          route,
          `is part of ${within.what} (${within.value})`,
          'remove it or correct the network',
        );
    });
  }
}

function checkResolvers(config: Config, report: Report): void {
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
