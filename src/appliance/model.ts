// SPDX-License-Identifier: MIT
/**
 * The configuration seen with the board's facts: which device, address, table and mark each uplink and leg has.
 * The plan, the checks and the probes all take their names and numbers from here.
 */
import { bareIp, mustPrefix, overlaps, parseIp, parsePrefix } from './ipv4.ts';
import type { Facts, Lease } from './plan-types.ts';
import type { Config, TunnelConfig, UplinkConfig } from './schema.ts';
import { DIRECT } from './units.ts';

/** UDP port of mode `fou` unless the tunnel names one. */
export const FOU_PORT = 5555;
/**
 * The bits of firewall and connection marks that hold the number of an uplink; all others are left alone, since
 * other parts of the product mark packets too.
 */
export const UPLINK_MARK_MASK = 0x00ff0000;
const UPLINK_MARK_SHIFT = 16;
const FIRST_TABLE = 100;

const IP_HEADER = 20;
const UDP_HEADER = 8;

/** An uplink as it is on this board now. */
export type Uplink = {
  name: string;
  /** 1 for the first in the configuration, and so on. */
  number: number;
  config: UplinkConfig;
  device: string;
  /** Routing table of its own. */
  table: number;
  /** Within UPLINK_MARK_MASK. */
  mark: number;
  /** With prefix length; undefined: no lease yet, or one that cannot be used. */
  address?: string;
  gateway?: string;
  /** Name servers that came with the lease. */
  dns: string[];
  dead: boolean;
};

/** A leg as the configuration has it, in either role. */
export type LegConfig = {
  name: string;
  uplink: string;
  /** Absent: the ordinary route by the uplink. */
  remote?: string;
  weight: number;
  /** Where the configuration has it, below its tunnel. */
  at: readonly (string | number)[];
};

/** A leg whose uplink has an address. */
export type Leg = Omit<LegConfig, 'uplink'> & {
  tunnel: string;
  uplink: Uplink;
  device: string;
  /** Outer source address. */
  local: string;
  mtu: number;
  enabled: boolean;
  /** By a backup uplink that waits, since another leg carries the traffic. */
  waiting: boolean;
};

/** All uplinks, in the configuration's order. */
export function uplinksOf(config: Config, facts: Facts): Uplink[] {
  return Object.entries(config.uplinks).map(([name, uplink], index) => ({
    name,
    number: index + 1,
    config: uplink,
    device: portDevice(uplink),
    table: FIRST_TABLE + index + 1,
    mark: (index + 1) << UPLINK_MARK_SHIFT,
    dead: facts.deadUplinks.includes(name),
    ...addressOf(config, name, facts),
  }));
}

/** Those that new traffic leaves by: all live ones with a gateway, backups only when no other lives. */
export function inUse(uplinks: readonly Uplink[]): Uplink[] {
  const live = uplinks.filter((uplink) => uplink.gateway !== undefined && !uplink.dead);
  const regular = live.filter((uplink) => !uplink.config.backup);
  return regular.length > 0 ? regular : live;
}

/** The legs of all tunnels that can be up now. */
export function liveLegs(config: Config, facts: Facts): Leg[] {
  const uplinks = uplinksOf(config, facts);
  return Object.entries(config.tunnels).flatMap(([tunnelName, tunnel]) => {
    const legs = legsOf(config, tunnelName).flatMap((leg) => {
      const uplink = uplinks.find((candidate) => candidate.name === leg.uplink);
      if (uplink?.address === undefined) return [];
      return [
        {
          ...leg,
          tunnel: tunnelName,
          uplink,
          device: legDevice(tunnelName, leg.name),
          local: bareIp(uplink.address),
          mtu: legMtu(tunnel, leg, uplink.config),
          enabled: !isDead(leg, uplink, facts.deadLegs[tunnelName]),
          waiting: false,
        },
      ];
    });
    return withBackups(legs);
  });
}

/** A lease in a subnet that the LAN has would cut the box off from its own LAN. */
export function leaseCollides(config: Config, lease: Lease): boolean {
  const prefix = parsePrefix(lease.address);
  return prefix !== undefined && overlaps(mustPrefix(config.lan.address), prefix);
}

/**
 * The legs that a tunnel asks for, whichever its role. One by an uplink has the uplink's name, several by the same one
 * are numbered: `dsl-1`, `dsl-2`.
 */
export function legsOf(config: Config, tunnelName: string): LegConfig[] {
  const tunnel = config.tunnels[tunnelName];
  const weightOf = (uplink: string) => config.uplinks[uplink]?.weight ?? 1;
  const opened = Object.entries(tunnel?.remote ?? {}).flatMap(([uplink, remotes]) =>
    remotes.map((remote, index) => {
      const name = remotes.length === 1 ? uplink : `${uplink}-${index + 1}`;
      const at = remotes.length === 1 ? ['remote', uplink] : ['remote', uplink, index];
      const weight = tunnel?.weights?.[name] ?? weightOf(uplink);
      return { name, uplink, ...(remote === DIRECT ? {} : { remote }), weight, at };
    }),
  );
  const answered = Object.entries(tunnel?.answer ?? {}).map(([name, leg]) => ({
    name,
    uplink: leg.uplink,
    remote: leg.from,
    weight: leg.weight ?? weightOf(leg.uplink),
    at: ['answer', name],
  }));
  return [...opened, ...answered];
}

/** The largest packet that fits into every leg; undefined without legs. */
export function tunnelMtu(config: Config, tunnelName: string): number | undefined {
  const tunnel = config.tunnels[tunnelName];
  const mtus = legsOf(config, tunnelName).flatMap((leg) => {
    const uplink = config.uplinks[leg.uplink];
    return tunnel && uplink ? [legMtu(tunnel, leg, uplink)] : [];
  });
  return mtus.length > 0 ? Math.min(...mtus) : undefined;
}

/** The device that the LAN's address is on: the port itself, or a bridge over several. */
export function lanDevice(config: Config): string {
  const [first, ...rest] = config.lan.ports;
  return first !== undefined && rest.length === 0 ? first : 'lan';
}

export function portDevice(uplink: UplinkConfig): string {
  return uplink.vlan === undefined ? uplink.port : `${uplink.port}.${uplink.vlan}`;
}

export function legDevice(tunnelName: string, legName: string): string {
  return `${tunnelName}.${legName}`;
}

/** The UDP port of a tunnel of mode `fou`. */
export function fouPort(tunnel: TunnelConfig): number {
  return tunnel.port ?? FOU_PORT;
}

/** A direct leg has no far end of its own to probe: it lives as long as its uplink does. */
function isDead(leg: LegConfig, uplink: Uplink, dead: readonly string[] = []): boolean {
  return leg.remote === undefined ? uplink.dead : dead.includes(leg.name);
}

function legMtu(tunnel: TunnelConfig, leg: LegConfig, uplink: UplinkConfig): number {
  if (leg.remote === undefined) return uplink.mtu;
  return uplink.mtu - IP_HEADER - (tunnel.mode === 'fou' ? UDP_HEADER : 0);
}

/** Legs by backup uplinks carry traffic only while no other leg of the tunnel does. */
function withBackups(legs: Leg[]): Leg[] {
  const others = legs.some((leg) => leg.enabled && !leg.uplink.config.backup);
  if (!others) return legs;
  return legs.map((leg) => (leg.uplink.config.backup ? { ...leg, enabled: false, waiting: true } : leg));
}

function addressOf(config: Config, name: string, facts: Facts): Pick<Uplink, 'address' | 'gateway' | 'dns'> {
  const uplink = config.uplinks[name];
  if (uplink && uplink.address !== 'dhcp') {
    const { address, gateway } = uplink;
    return gateway === undefined ? { address, dns: [] } : { address, gateway, dns: [] };
  }
  const lease = facts.leases[name];
  if (!lease || !parsePrefix(lease.address) || leaseCollides(config, lease)) return { dns: [] };
  // What a DHCP server on some uplink says ends up in files and routes: take nothing but addresses.
  const dns = lease.dns.filter((server) => parseIp(server) !== undefined);
  const { address, gateway } = lease;
  return gateway === undefined || parseIp(gateway) === undefined
    ? { address, dns }
    : { address, gateway, dns };
}
