// SPDX-License-Identifier: MIT
/**
 * The configuration seen with the board's facts: which device, address, table and mark each uplink and leg has, and
 * which of them can be had now. The plan, the checks and the probes all take their names and numbers from here.
 */
import { bareIp } from './ipv4.ts';
import { acceptAddresses, type UplinkAddress } from './lease-checks.ts';
import { fouPort, keyOf, type LegConfig, legDevice, legMtu, legsOf, schedulerOf } from './legs.ts';
import { FIREWALL_PART, fouPart, keyPart, legPart, portPart, tunnelPart, uplinkPart } from './part-names.ts';
import type { Facts } from './plan-types.ts';
import type { Config, TunnelConfig, UplinkConfig } from './schema.ts';

/**
 * The bits of firewall and connection marks that hold the number of an uplink; all others are left alone, since
 * other parts of the product mark packets too.
 */
export const UPLINK_MARK_MASK = 0x00ff0000;
const UPLINK_MARK_SHIFT = 16;
/** Packets of the agent's probes, and the connections that they begin: their answers are never policed. */
export const PROBE_MARK = 0x01000000;
/** Packets beyond an uplink's `rate.down`, on the way from its device to the rule that drops them. */
export const OVER_RATE_MARK = 0x02000000;
/** Of a packet that leaves by a tunnel: the number of the rule of the tunnel that fits. */
export const RULE_MARK_MASK = 0xf0000000;
const RULE_MARK_STEP = 0x10000000;
const FIRST_TABLE = 100;

/** An uplink as it is on this board now. */
export type Uplink = UplinkAddress & {
  name: string;
  /** 1 for the first in the configuration, and so on. */
  number: number;
  config: UplinkConfig;
  device: string;
  /** Routing table of its own. */
  table: number;
  /** Within UPLINK_MARK_MASK. */
  mark: number;
  /** The board does not have its port (now). */
  missing: boolean;
  /** It could not be applied, or what it needs: it is left out of the plan until it is tried again. */
  failed: boolean;
  dead: boolean;
};

/** A leg whose uplink has an address. */
export type Leg = Omit<LegConfig, 'uplink'> & {
  tunnel: string;
  uplink: Uplink;
  /** In mode `plait` there is none, and the part of the plan has this name all the same. */
  device: string;
  /** Outer source address. */
  local: string;
  mtu: number;
  /** Nothing gets through by it. */
  dead: boolean;
  /** May carry packets. In mode `plait` a dead one may: the kernel finds out when it lives again. */
  enabled: boolean;
  /** By a backup uplink that waits, since another leg carries the traffic. */
  waiting: boolean;
};

/** All uplinks, in the configuration's order. */
export function uplinksOf(config: Config, facts: Facts): Uplink[] {
  const { byUplink } = acceptAddresses(config, facts.leases);
  return Object.entries(config.uplinks).map(([name, uplink], index) => ({
    name,
    number: index + 1,
    config: uplink,
    device: portDevice(uplink),
    table: FIRST_TABLE + index + 1,
    mark: (index + 1) << UPLINK_MARK_SHIFT,
    missing: !facts.ports.includes(uplink.port),
    failed: [FIREWALL_PART, portPart(uplink.port), uplinkPart(name)].some((part) => isFailed(facts, part)),
    dead: facts.deadUplinks.includes(name),
    ...(byUplink.get(name) ?? { dns: [], ntp: [] }),
  }));
}

/** Those that the plan has items for: their port is there, and nothing that they need has failed. */
export function plannedUplinks(config: Config, facts: Facts): Uplink[] {
  return uplinksOf(config, facts).filter(({ missing, failed }) => !missing && !failed);
}

/** Those that new traffic leaves by: all live ones with a gateway, backups only when no other lives. */
export function inUse(uplinks: readonly Uplink[]): Uplink[] {
  const live = uplinks.filter(
    ({ gateway, dead, missing, failed }) => gateway !== undefined && !dead && !missing && !failed,
  );
  const regular = live.filter((uplink) => !uplink.config.backup);
  return regular.length > 0 ? regular : live;
}

/**
 * The uplinks whose servers are asked: those in use come first; those that wait or seem dead are asked only when no other
 * has any.
 */
export function askedUplinks(
  uplinks: readonly Uplink[],
  servers: (uplink: Uplink) => readonly string[],
): Uplink[] {
  const known = uplinks.filter((uplink) => uplink.address !== undefined && servers(uplink).length > 0);
  const used = new Set(inUse(uplinks));
  const groups = [known.filter((uplink) => used.has(uplink)), known.filter(({ dead }) => !dead), known];
  return groups.find((group) => group.length > 0) ?? [];
}

/** Names of the tunnels that the plan has items for. */
export function plannedTunnels(config: Config, facts: Facts): string[] {
  const failed = (name: string, tunnel: TunnelConfig) =>
    [
      FIREWALL_PART,
      tunnelPart(name),
      ...(tunnel.mode === 'plait' ? [keyPart(keyOf(name, tunnel))] : []),
    ].some((part) => isFailed(facts, part));
  return Object.entries(config.tunnels).flatMap(([name, tunnel]) => (failed(name, tunnel) ? [] : [name]));
}

/** The legs of all tunnels that can be up now. */
export function liveLegs(config: Config, facts: Facts): Leg[] {
  const uplinks = plannedUplinks(config, facts);
  return plannedTunnels(config, facts).flatMap((tunnelName) => {
    const tunnel = config.tunnels[tunnelName];
    if (tunnel === undefined || (tunnel.mode === 'fou' && isFailed(facts, fouPart(fouPort(tunnel)))))
      return [];
    const legs = legsOf(config, tunnelName).flatMap((leg) => {
      const uplink = uplinks.find((candidate) => candidate.name === leg.uplink);
      const device = legDevice(tunnelName, leg.name);
      if (uplink?.address === undefined || isFailed(facts, legPart(device))) return [];
      const dead = isDead(leg, uplink, facts.deadLegs[tunnelName]);
      return [
        {
          ...leg,
          tunnel: tunnelName,
          uplink,
          device,
          local: bareIp(uplink.address),
          mtu: legMtu(tunnel, leg, uplink.config),
          dead,
          enabled: !dead || tunnel.mode === 'plait',
          waiting: false,
        },
      ];
    });
    return withBackups(legs, tunnel);
  });
}

/** Of the rule of a tunnel with this index, within RULE_MARK_MASK; 0 is no rule's. */
export function ruleMark(index: number): number {
  return (index + 1) * RULE_MARK_STEP;
}

/** The device that the LAN's address is on: the port itself, or a bridge over several. */
export function lanDevice(config: Config): string {
  const [first, ...rest] = config.lan.ports;
  return first !== undefined && rest.length === 0 ? first : 'lan';
}

/** Ports of the LAN that the board has. */
export function lanPorts(config: Config, facts: Pick<Facts, 'ports'>): string[] {
  return config.lan.ports.filter((port) => facts.ports.includes(port));
}

/** The LAN's device can be had: its only port is there, or a bridge is made, be it over nothing. */
export function hasLan(config: Config, facts: Pick<Facts, 'ports'>): boolean {
  return lanDevice(config) === 'lan' || lanPorts(config, facts).length > 0;
}

export function portDevice(uplink: UplinkConfig): string {
  return uplink.vlan === undefined ? uplink.port : `${uplink.port}.${uplink.vlan}`;
}

/** A part that others share stays in the plan: only items of it are left out. */
export function isFailed(facts: Facts, part: string): boolean {
  return facts.failedParts?.includes(part) ?? false;
}

/** A direct leg has no far end of its own to probe: it lives as long as its uplink does. */
function isDead(leg: LegConfig, uplink: Uplink, dead: readonly string[] = []): boolean {
  return leg.remote === undefined ? uplink.dead : dead.includes(leg.name);
}

/**
 * Legs by backup uplinks carry traffic only while no other leg of the tunnel does. With scheduler `backup` they come last
 * anyway.
 */
function withBackups(legs: Leg[], tunnel: TunnelConfig): Leg[] {
  const others = legs.some((leg) => !leg.dead && !leg.uplink.config.backup);
  if (!others) return legs;
  const bySchedule = schedulerOf(tunnel) === 'backup';
  return legs.map((leg) =>
    leg.uplink.config.backup ? { ...leg, enabled: bySchedule && leg.enabled, waiting: true } : leg,
  );
}
