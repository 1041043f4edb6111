// SPDX-License-Identifier: MIT
/** Network devices: ports, VLANs, the bridge of the LAN, legs of tunnels and the plait devices over them; legs that are none. */
import { fouPort, kernelScheduler, keyOf, legsOf, PLAIT_PORT, schedulerOf, tunnelMtu } from '../legs.ts';
import { type Leg, lanDevice, lanPorts, type Uplink } from '../model.ts';
import type {
  FouPortItem,
  KeyItem,
  LegItem,
  LinkItem,
  LinkType,
  PeerItem,
  UdpLegItem,
} from '../plan-types.ts';
import type { Config } from '../schema.ts';
import type { Scene } from './scene.ts';

const TTL = 64;

/** Ports of the LAN that the board has, below a bridge when the configuration has several. */
export function lanLinks({ config, facts }: Scene): LinkItem[] {
  const device = lanDevice(config);
  const ports = lanPorts(config, facts).map(
    (name): LinkItem => ({ kind: 'link', name, type: { is: 'physical' } }),
  );
  if (config.lan.ports.includes(device)) return ports;
  return [
    { kind: 'link', name: device, type: { is: 'bridge' } },
    ...ports.map((port) => ({ ...port, master: device })),
  ];
}

/** Each port once, however many VLANs it carries; those of the LAN are there already. */
export function uplinkPorts({ config, uplinks }: Scene): LinkItem[] {
  const names = new Set(uplinks.map((uplink) => uplink.config.port));
  return [...names]
    .filter((name) => !config.lan.ports.includes(name))
    .map((name) => {
      const untagged = Object.values(config.uplinks).find(
        ({ port, vlan }) => port === name && vlan === undefined,
      );
      return { kind: 'link', name, type: { is: 'physical' }, mtu: untagged?.mtu ?? 1500 };
    });
}

export function vlanLink({ device, config: { port, vlan, mtu } }: Uplink): LinkItem[] {
  if (vlan === undefined) return [];
  return [{ kind: 'link', name: device, type: { is: 'vlan', parent: port, id: vlan }, mtu }];
}

/** Tunnels may share a receiving port: the inner packets are told apart by their outer addresses. */
export function fouPorts({ config, tunnels }: Scene): FouPortItem[] {
  const ports = tunnels.flatMap((name) => {
    const tunnel = config.tunnels[name];
    return tunnel?.mode === 'fou' ? [fouPort(tunnel)] : [];
  });
  return [...new Set(ports)].map((port) => ({ kind: 'fou', port }));
}

/** Of tunnels of mode `plait`; several may have one key. */
export function keys({ config, tunnels }: Scene): KeyItem[] {
  const names = tunnels.flatMap((name) => {
    const tunnel = config.tunnels[name];
    return tunnel?.mode === 'plait' ? [keyOf(name, tunnel)] : [];
  });
  return [...new Set(names)].map((name) => ({ kind: 'key', name }));
}

export function tunnelPeer(config: Config, name: string): PeerItem[] {
  const tunnel = config.tunnels[name];
  if (tunnel?.mode !== 'plait') return [];
  const { peer = '', preshared, listen, protect = 'encrypt' } = tunnel;
  return [
    {
      kind: 'peer',
      link: name,
      key: keyOf(name, tunnel),
      peer,
      ...(preshared === undefined ? {} : { preshared }),
      ...(listen === undefined ? {} : { listen }),
      protect,
    },
  ];
}

const KEEPALIVE = 1000;
/** 24 MB a month and leg, where the other is 353. */
const METERED_KEEPALIVE = 15_000;

export function udpLeg(config: Config, leg: Leg): UdpLegItem {
  const { tunnel: link, name, uplink, local, remote = '', port = PLAIT_PORT } = leg;
  return {
    kind: 'udp-leg',
    link,
    name,
    number: legsOf(config, link).findIndex((one) => one.name === name),
    uplink: uplink.device,
    local,
    remote,
    port,
    keepalive: uplink.config.metered ? METERED_KEEPALIVE : KEEPALIVE,
  };
}

export function tunnelLink(config: Config, name: string): LinkItem {
  const tunnel = config.tunnels[name];
  // The kernel finds out how much each leg takes.
  if (tunnel?.mode === 'plait')
    return { kind: 'link', name, type: { is: 'plait', mtuLimit: tunnel.mtu ?? 0 } };
  const mtu = tunnel?.mtu ?? tunnelMtu(config, name);
  const link: LinkItem = { kind: 'link', name, type: { is: 'plait' } };
  return mtu === undefined ? link : { ...link, mtu };
}

export function legLink(config: Config, leg: Leg): LinkItem {
  return { kind: 'link', name: leg.device, type: legType(config, leg), master: leg.tunnel, mtu: leg.mtu };
}

/** Weight, rate and state of a leg. */
export function legSettings(config: Config, leg: Leg): LegItem {
  const udp = config.tunnels[leg.tunnel]?.mode === 'plait';
  const priority = legPriority(config, leg);
  return {
    kind: 'leg',
    link: leg.tunnel,
    ...(udp ? { dev: leg.name, udp } : { dev: leg.device }),
    weight: leg.weight,
    rate: legRate(config, leg),
    ...(priority === 0 ? {} : { priority }),
    enabled: leg.enabled,
  };
}

/** In the order of the file, those by backup uplinks last. */
function legPriority(config: Config, leg: Leg): number {
  const tunnel = config.tunnels[leg.tunnel];
  if (tunnel === undefined || schedulerOf(tunnel) !== 'backup') return 0;
  const isBackup = ({ uplink }: { uplink: string }) => config.uplinks[uplink]?.backup === true;
  const legs = legsOf(config, leg.tunnel);
  const order = [...legs.filter((one) => !isBackup(one)), ...legs.filter(isBackup)];
  return order.findIndex(({ name }) => name === leg.name);
}

const ETHERNET_HEADER = 14;

/**
 * The share of `rate.up` that a leg has for full packets: the uplink's shaper counts Ethernet frames. Legs of one
 * tunnel by one uplink share it evenly. What other traffic takes is not known here, so it waits in the uplink's shaper.
 */
function legRate(config: Config, leg: Leg): number {
  const up = leg.uplink.config.rate?.up;
  const tunnel = config.tunnels[leg.tunnel];
  if (up === undefined || tunnel === undefined || kernelScheduler(tunnel) !== 'earliest') return 0;
  const sharers = legsOf(config, leg.tunnel).filter(({ uplink }) => uplink === leg.uplink.name).length;
  return Math.floor((up * leg.mtu) / (leg.uplink.config.mtu + ETHERNET_HEADER) / sharers);
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
