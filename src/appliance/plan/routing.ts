// SPDX-License-Identifier: MIT
/**
 * Addresses, policy rules and routes. Looked at in this order:
 *
 * 1. the main table without its default routes: LAN, tunnels, subnets of the uplinks;
 * 2. by source address or by mark, the uplink's own table: what belongs to an uplink leaves by it, among it the
 *    outer packets of the legs, even when two legs have the same far end;
 * 3. the main table's default routes: new connections, spread over the uplinks by weight; with `balance`, what it
 *    leaves alone.
 */
import { bareIp, contains, formatPrefix, mustIp, mustPrefix, networkOf } from '../ipv4.ts';
import { inUse, lanDevice, UPLINK_MARK_MASK, type Uplink, uplinksOf } from '../model.ts';
import type { AddressItem, Facts, RouteItem, RuleItem } from '../plan-types.ts';
import type { Config } from '../schema.ts';

const MAIN_TABLE = 254;

const SPECIFIC_ROUTES_FIRST = 1000;
const BY_SOURCE = 1100;
const BY_MARK = 1200;

/** A default route by a tunnel wins over those by uplinks; those of last resort come after all. */
const TUNNEL_METRIC = 50;
const SPREAD_METRIC = 100;
const LAST_RESORT_METRIC = 1000;

export function addresses(config: Config, facts: Facts): AddressItem[] {
  return [
    { kind: 'address', dev: lanDevice(config), address: config.lan.address },
    ...uplinksOf(config, facts).flatMap(({ device, address }): AddressItem[] =>
      address === undefined ? [] : [{ kind: 'address', dev: device, address }],
    ),
    ...Object.entries(config.tunnels).flatMap(([name, { address }]): AddressItem[] =>
      address === undefined ? [] : [{ kind: 'address', dev: name, address }],
    ),
  ];
}

export function rules(config: Config, facts: Facts): RuleItem[] {
  const up = uplinksOf(config, facts).filter((uplink) => uplink.address !== undefined);
  if (up.length === 0) return [];
  return [
    { kind: 'rule', priority: SPECIFIC_ROUTES_FIRST, table: MAIN_TABLE, suppressPrefixLength: 0 },
    ...up.map(
      (uplink): RuleItem => ({
        kind: 'rule',
        priority: BY_SOURCE + uplink.number,
        from: `${bareIp(uplink.address ?? '')}/32`,
        table: uplink.table,
      }),
    ),
    // A connection is held on its uplink only while that lives.
    ...up
      .filter((uplink) => !uplink.dead)
      .map(
        (uplink): RuleItem => ({
          kind: 'rule',
          priority: BY_MARK + uplink.number,
          mark: { value: uplink.mark, mask: UPLINK_MARK_MASK },
          table: uplink.table,
        }),
      ),
  ];
}

export function routes(config: Config, facts: Facts): RouteItem[] {
  const uplinks = uplinksOf(config, facts);
  return [
    ...uplinks.flatMap(ownTable),
    ...uplinks.flatMap((uplink) => gatewayRoute(uplink, MAIN_TABLE)),
    ...spreadDefault(config, uplinks),
    ...uplinks.flatMap(lastResort),
    ...tunnelRoutes(config),
  ];
}

/** What is reached by this uplink: its subnet, and the rest of the world by its gateway. */
function ownTable(uplink: Uplink): RouteItem[] {
  const { address, gateway, device: dev, table } = uplink;
  if (address === undefined) return [];
  const src = bareIp(address);
  const subnet = formatPrefix(networkOf(mustPrefix(address)));
  const items: RouteItem[] = [{ kind: 'route', table, dst: subnet, dev, src, scope: 'link' }];
  items.push(...gatewayRoute(uplink, table));
  if (gateway !== undefined) items.push({ kind: 'route', table, dst: 'default', dev, via: gateway, src });
  return items;
}

/** Some providers lease a single address (/32) and a gateway outside of it. */
function gatewayRoute({ address, gateway, device: dev }: Uplink, table: number): RouteItem[] {
  if (address === undefined || gateway === undefined) return [];
  if (contains(mustPrefix(address), mustIp(gateway))) return [];
  return [{ kind: 'route', table, dst: `${gateway}/32`, dev, src: bareIp(address), scope: 'link' }];
}

/**
 * Over all uplinks in use by weight; by the first of them when plait_balance does the spreading. It has a choice only among
 * packets without an uplink's address, so the box's own connections begin with that of the LAN; NAT, where it is
 * wanted, gives them the uplink's.
 */
function spreadDefault(config: Config, uplinks: Uplink[]): RouteItem[] {
  const chosen = config.balance === undefined ? inUse(uplinks) : inUse(uplinks).slice(0, 1);
  const src = config.balance?.local ? { src: bareIp(config.lan.address) } : {};
  const common = { kind: 'route', table: MAIN_TABLE, dst: 'default', metric: SPREAD_METRIC, ...src } as const;
  const [first, ...rest] = chosen;
  if (!first) return [];
  if (rest.length === 0) return [{ ...common, dev: first.device, ...via(first) }];
  const nexthops = chosen.map((uplink) => ({
    dev: uplink.device,
    ...via(uplink),
    weight: uplink.config.weight,
  }));
  return [{ ...common, nexthops }];
}

/**
 * Whatever the probes say, each uplink with a gateway stays usable for who asks for its device, and when all seem
 * dead, traffic still tries them.
 */
function lastResort(uplink: Uplink): RouteItem[] {
  if (uplink.gateway === undefined) return [];
  const metric = LAST_RESORT_METRIC + (uplink.config.backup ? 500 : 0) + uplink.number;
  return [{ kind: 'route', table: MAIN_TABLE, dst: 'default', metric, dev: uplink.device, ...via(uplink) }];
}

function via(uplink: Uplink): { via?: string } {
  return uplink.gateway === undefined ? {} : { via: uplink.gateway };
}

/** The box's own packets into a tunnel carry an address that the other end has a route to. */
function tunnelRoutes(config: Config): RouteItem[] {
  return Object.entries(config.tunnels).flatMap(([dev, tunnel]) =>
    tunnel.routes.map((route): RouteItem => {
      const src = bareIp(tunnel.address ?? config.lan.address);
      const item: RouteItem = { kind: 'route', table: MAIN_TABLE, dst: route, dev, src, scope: 'link' };
      return route === '0.0.0.0/0' ? { ...item, dst: 'default', metric: TUNNEL_METRIC } : item;
    }),
  );
}
