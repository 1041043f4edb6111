// SPDX-License-Identifier: MIT
/** Network devices: ports, VLANs, the bridge of the LAN, legs of tunnels and the plait devices over them. */
import {
  fouPort,
  type Leg,
  lanDevice,
  legsOf,
  liveLegs,
  tunnelMtu,
  type Uplink,
  uplinksOf,
} from '../model.ts';
import type { Facts, FouPortItem, LegItem, LinkItem, LinkType } from '../plan-types.ts';
import type { Config } from '../schema.ts';

const TTL = 64;

/** Masters come before their members, parents before what lies on them. */
export function links(config: Config, facts: Facts): (LinkItem | FouPortItem)[] {
  const uplinks = uplinksOf(config, facts);
  const legs = liveLegs(config, facts);
  return [
    ...lanLinks(config),
    ...uplinkPorts(config, uplinks),
    ...uplinks.flatMap(vlanLink),
    ...fouPorts(config),
    ...Object.entries(config.tunnels).map(([name, tunnel]): LinkItem => {
      const mtu = tunnel.mtu ?? tunnelMtu(config, name);
      const link: LinkItem = { kind: 'link', name, type: { is: 'plait' } };
      return mtu === undefined ? link : { ...link, mtu };
    }),
    ...legs.map((leg) => legLink(config, leg)),
  ];
}

/** Weights, rates and states of the legs. */
export function legSettings(config: Config, facts: Facts): LegItem[] {
  return liveLegs(config, facts).map((leg) => ({
    kind: 'leg',
    link: leg.tunnel,
    dev: leg.device,
    weight: leg.weight,
    rate: legRate(config, leg),
    enabled: leg.enabled,
  }));
}

const ETHERNET_HEADER = 14;

/**
 * The share of `rate.up` that a leg has for full packets: the uplink's shaper counts Ethernet frames. Legs of one
 * tunnel by one uplink share it evenly. What other traffic takes is not known here, so it waits in the uplink's shaper.
 */
function legRate(config: Config, leg: Leg): number {
  const up = leg.uplink.config.rate?.up;
  if (up === undefined || config.tunnels[leg.tunnel]?.scheduler !== 'earliest') return 0;
  const sharers = legsOf(config, leg.tunnel).filter(({ uplink }) => uplink === leg.uplink.name).length;
  return Math.floor((up * leg.mtu) / (leg.uplink.config.mtu + ETHERNET_HEADER) / sharers);
}

function lanLinks(config: Config): LinkItem[] {
  const device = lanDevice(config);
  const ports = config.lan.ports.map((name): LinkItem => ({ kind: 'link', name, type: { is: 'physical' } }));
  if (config.lan.ports.includes(device)) return ports;
  return [
    { kind: 'link', name: device, type: { is: 'bridge' } },
    ...ports.map((port) => ({ ...port, master: device })),
  ];
}

/** Each port once, however many VLANs it carries; those of the LAN are there already. */
function uplinkPorts(config: Config, uplinks: Uplink[]): LinkItem[] {
  const names = new Set(uplinks.map((uplink) => uplink.config.port));
  return [...names]
    .filter((name) => !config.lan.ports.includes(name))
    .map((name) => {
      const untagged = uplinks.find((uplink) => uplink.device === name);
      return { kind: 'link', name, type: { is: 'physical' }, mtu: untagged?.config.mtu ?? 1500 };
    });
}

function vlanLink({ device, config: { port, vlan, mtu } }: Uplink): LinkItem[] {
  if (vlan === undefined) return [];
  return [{ kind: 'link', name: device, type: { is: 'vlan', parent: port, id: vlan }, mtu }];
}

/** Tunnels may share a receiving port: the inner packets are told apart by their outer addresses. */
function fouPorts(config: Config): FouPortItem[] {
  const tunnels = Object.values(config.tunnels).filter((tunnel) => tunnel.mode === 'fou');
  return [...new Set(tunnels.map(fouPort))].map((port) => ({ kind: 'fou', port }));
}

function legLink(config: Config, leg: Leg): LinkItem {
  return { kind: 'link', name: leg.device, type: legType(config, leg), master: leg.tunnel, mtu: leg.mtu };
}

function legType(config: Config, { tunnel: tunnelName, local, remote, uplink }: Leg): LinkType {
  const parent = uplink.device;
  if (remote === undefined) return { is: 'direct', parent };
  const tunnel = config.tunnels[tunnelName];
  const port = tunnel?.mode === 'fou' ? fouPort(tunnel) : undefined;
  const type = { is: 'ipip', local, remote, parent, ttl: TTL } as const;
  // The same port at both ends: a stateful firewall on the way takes the packets of both sides for one flow.
  return port === undefined ? type : { ...type, fou: { sport: port, dport: port } };
}
