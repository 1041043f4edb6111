// SPDX-License-Identifier: MIT
/**
 * Addresses, policy rules and routes. Looked at in this order:
 *
 * 1. between uplinks of one subnet, what belongs to one of them leaves by it, also to that subnet;
 * 2. the main table without its default routes: LAN, tunnels, subnets of the uplinks;
 * 3. by source address or by mark, the uplink's own table: what belongs to an uplink leaves by it, among it the
 *    outer packets of the legs, even when two legs have the same far end;
 * 4. the main table's default routes: new connections, spread over the uplinks by weight; with `balance`, what it
 *    leaves alone.
 *
 * The kernel makes no routes of its own beside these, and no gateway needs another route (onlink), so two uplinks may
 * have the same router, the same subnet or the very same address.
 */
import { bareIp, formatPrefix, mustPrefix, networkOf } from '../ipv4.ts';
import { legsOf } from '../legs.ts';
import { inUse, lanDevice, UPLINK_MARK_MASK, type Uplink } from '../model.ts';
import type { AddressItem, RouteItem, RuleItem } from '../plan-types.ts';
import type { Config, TunnelConfig } from '../schema.ts';
import type { Scene } from './scene.ts';

const MAIN_TABLE = 254;

const SHARED_SUBNET_BY_SOURCE = 800;
const SHARED_SUBNET_BY_MARK = 900;
const SPECIFIC_ROUTES_FIRST = 1000;
const BY_SOURCE = 1100;
const BY_MARK = 1200;

/** A default route by a tunnel wins over those by uplinks; those of last resort come after all. */
const TUNNEL_METRIC = 50;
const SPREAD_METRIC = 100;
const LAST_RESORT_METRIC = 1000;
/** After every other route to the same network. */
const LEAK_METRIC = 0xffff_ffff;

export function uplinkAddress({ device, address }: Uplink): AddressItem[] {
  return address === undefined ? [] : [{ kind: 'address', dev: device, address }];
}

export function specificRoutesFirst(config: Config): RuleItem[] {
  if (Object.keys(config.uplinks).length === 0) return [];
  return [{ kind: 'rule', priority: SPECIFIC_ROUTES_FIRST, table: MAIN_TABLE, suppressPrefixLength: 0 }];
}

export function lanRoutes(config: Config): RouteItem[] {
  return subnetRoute(lanDevice(config), config.lan.address, MAIN_TABLE);
}

/**
 * What lies behind this box never leaves by an uplink in the open, be it forwarded or the box's own: while the LAN or a
 * tunnel is down its routes are gone, and these are next. Not so for the default route, which uplinks may stand in for,
 * and not for tunnels with a direct leg, whose packets are meant to leave as they are.
 */
export function tunnelLeakRoutes(config: Config): RouteItem[] {
  const closed = Object.keys(config.tunnels).filter(
    (name) => !legsOf(config, name).some(({ remote }) => remote === undefined),
  );
  const networks = [
    config.lan.address,
    ...closed.flatMap((name) => {
      const { address, routes = [] } = config.tunnels[name] ?? {};
      return [
        ...(address === undefined ? [] : [address]),
        ...routes.filter((route) => route !== '0.0.0.0/0'),
      ];
    }),
  ].map(subnetOf);
  return [...new Set(networks)].map((dst) => ({
    kind: 'route',
    type: 'unreachable',
    table: MAIN_TABLE,
    dst,
    metric: LEAK_METRIC,
  }));
}

/** The rules by which packets that belong to an uplink find its table. */
export function uplinkRules({ uplinks }: Scene, uplink: Uplink): RuleItem[] {
  const { address, number, table, mark, dead } = uplink;
  if (address === undefined) return [];
  const source = `${bareIp(address)}/32`;
  const others = uplinks.filter((other) => other !== uplink && other.address !== undefined);
  // An address of several uplinks does not say which of them is meant: marks do, and devices.
  const alone = !others.some((other) => bareIp(other.address ?? '') === bareIp(address));
  const subnet = subnetOf(address);
  const inSharedSubnet = others.some((other) => subnetOf(other.address ?? '') === subnet)
    ? subnet
    : undefined;
  const bySource = (priority: number) =>
    ({ kind: 'rule', priority: priority + number, from: source, table }) as const;
  const byMark = (priority: number) =>
    ({
      kind: 'rule',
      priority: priority + number,
      mark: { value: mark, mask: UPLINK_MARK_MASK },
      table,
    }) as const;
  return [
    ...(inSharedSubnet !== undefined && alone ? [{ ...bySource(SHARED_SUBNET_BY_SOURCE), to: subnet }] : []),
    ...(inSharedSubnet !== undefined && !dead ? [{ ...byMark(SHARED_SUBNET_BY_MARK), to: subnet }] : []),
    ...(alone ? [bySource(BY_SOURCE)] : []),
    // A connection is held on its uplink only while that lives.
    ...(dead ? [] : [byMark(BY_MARK)]),
  ];
}

/**
 * The uplink's own table: its subnet, and the rest of the world by its gateway. In the main table its subnet, which of
 * several uplinks that have it one that lives is asked for, and a default route of last resort: whatever the probes
 * say, each uplink with a gateway stays usable for who asks for its device, and when all seem dead, traffic still
 * tries them.
 */
export function uplinkRoutes(uplink: Uplink): RouteItem[] {
  const { address, gateway, device, table, number, config, dead } = uplink;
  if (address === undefined) return [];
  const src = bareIp(address);
  const rank = (config.backup ? 500 : 0) + number;
  return [
    ...subnetRoute(device, address, table),
    ...(gateway === undefined ? [] : [{ ...defaultBy(uplink, table), src }]),
    ...subnetRoute(device, address, MAIN_TABLE, (dead ? 1000 : 0) + rank),
    ...(gateway === undefined
      ? []
      : [{ ...defaultBy(uplink, MAIN_TABLE), metric: LAST_RESORT_METRIC + rank }]),
  ];
}

/**
 * Over all uplinks in use by weight; by the first of them when plait_balance does the spreading. It has a choice only among
 * packets without an uplink's address, so the box's own connections begin with that of the LAN; NAT, where it is
 * wanted, gives them the uplink's.
 */
export function spreadDefault({ config, uplinks, hasLan }: Scene): RouteItem[] {
  const chosen = config.balance === undefined ? inUse(uplinks) : inUse(uplinks).slice(0, 1);
  const src = config.balance?.local && hasLan ? { src: bareIp(config.lan.address) } : {};
  const [first, ...rest] = chosen;
  if (!first) return [];
  if (rest.length === 0) return [{ ...defaultBy(first, MAIN_TABLE), metric: SPREAD_METRIC, ...src }];
  const nexthops = chosen.map(({ device, gateway = '', config: { weight } }) => ({
    dev: device,
    via: gateway,
    weight,
  }));
  return [{ kind: 'route', table: MAIN_TABLE, dst: 'default', metric: SPREAD_METRIC, ...src, nexthops }];
}

/** The box's own packets into a tunnel carry an address that the other end has a route to. */
export function tunnelRoutes({ config, hasLan }: Scene, dev: string, tunnel: TunnelConfig): RouteItem[] {
  const own = tunnel.address ?? (hasLan ? config.lan.address : undefined);
  const src = own === undefined ? {} : { src: bareIp(own) };
  return [
    ...(tunnel.address === undefined ? [] : subnetRoute(dev, tunnel.address, MAIN_TABLE)),
    ...tunnel.routes.map((route): RouteItem => {
      const item: RouteItem = { kind: 'route', table: MAIN_TABLE, dst: route, dev, ...src, scope: 'link' };
      return route === '0.0.0.0/0' ? { ...item, dst: 'default', metric: TUNNEL_METRIC } : item;
    }),
  ];
}

function defaultBy({ device, gateway = '' }: Uplink, table: number): RouteItem {
  return { kind: 'route', table, dst: 'default', dev: device, via: gateway };
}

/** A single address (/32) has no neighbours. */
function subnetRoute(dev: string, address: string, table: number, metric?: number): RouteItem[] {
  if (mustPrefix(address).length === 32) return [];
  const route: RouteItem = {
    kind: 'route',
    table,
    dst: subnetOf(address),
    dev,
    src: bareIp(address),
    scope: 'link',
  };
  return [metric === undefined ? route : { ...route, metric }];
}

function subnetOf(address: string): string {
  return formatPrefix(networkOf(mustPrefix(address)));
}
