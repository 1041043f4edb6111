// SPDX-License-Identifier: MIT
/** Reads what is there, as items, in an order in which it could be made: only what is ours or wanted. */
import type { Item, LinkItem, LinkType } from '../../appliance/plan-types.ts';
import type { PlaitLeg, PlaitLink } from '../netlink/plait.ts';
import { IFF_UP, type Link } from '../netlink/rtnl/link.ts';
import { type Route, RT_SCOPE_LINK } from '../netlink/rtnl/route.ts';
import type { Rule } from '../netlink/rtnl/rule.ts';
import { normalise, type StateItem } from './items.ts';
import { LINK_ALIAS, PROTOCOL, TBF_HANDLE } from './marks.ts';
import type { StateSource } from './state-source.ts';
import { ourPeers, peerItem, readKeys, udpLegItems } from './udp-state.ts';

const PROC_SYS = '/proc/sys/';
const HOSTNAME = '/proc/sys/kernel/hostname';

/** `wanted` says which settings, files and ports to look at besides those of the record. */
export function readState(source: StateSource, wanted: readonly (Item | StateItem)[]): StateItem[] {
  const { kernel } = source;
  const links = kernel.links();
  const names = new Map(links.map((link) => [link.index, link.name]));
  const ours = inMakingOrder(links.filter((link) => link.alias === LINK_ALIAS));
  const ourIndexes = new Set(ours.map((link) => link.index));
  const legs = ours.some((link) => link.info?.kind === 'plait')
    ? kernel.plaitLinks().filter((link) => ourIndexes.has(link.index))
    : [];
  const peers = ourPeers(source, ourIndexes);
  const udpLegs = peers.flatMap((peer) => udpLegItems(source, peer, names));
  const isOurLeg = (link: string, leg: PlaitLeg) =>
    leg.index !== 0 ||
    udpLegs.some((one) => one.kind === 'udp-leg' && one.link === link && one.name === leg.name);
  const state: StateItem[] = [
    ...readHostname(source, wanted),
    ...readSysctls(source, wanted),
    ...readTables(source),
    ...ours.flatMap((link) => linkItem(link, names)),
    ...readFouPorts(source),
    ...readKeys(source, wanted),
    ...peers.map((peer) => peerItem(source, peer, wanted)),
    ...kernel.qdiscs().flatMap((qdisc): StateItem[] => {
      const dev = names.get(qdisc.index);
      if (qdisc.handle !== TBF_HANDLE || qdisc.tbf === undefined || dev === undefined) return [];
      return [{ kind: 'qdisc', dev, rate: qdisc.tbf.rate * 8, burst: qdisc.tbf.burst }];
    }),
    ...kernel.addresses().flatMap((address): StateItem[] => {
      const dev = names.get(address.index);
      if (dev === undefined || !ourIndexes.has(address.index)) return [];
      const { local, prefix, peer, noPrefixRoute } = address;
      return [
        {
          kind: 'address',
          dev,
          address: `${local}/${prefix}`,
          ...(peer === undefined ? {} : { peer }),
          ...(noPrefixRoute ? {} : { kernelRoute: true }),
        },
      ];
    }),
    ...kernel
      .rules()
      .filter((rule) => rule.protocol === PROTOCOL)
      .map(ruleItem),
    ...kernel
      .routes()
      .filter((route) => route.protocol === PROTOCOL)
      .flatMap((route) => routeItem(route, names))
      // Routes of a subnet before those by a gateway in it.
      .sort((a, b) => Number(viaGateway(a)) - Number(viaGateway(b))),
    ...readBalance(source, names),
    ...readFastPath(source, names),
    ...legs.flatMap((link) => readLegRules(source, link)),
    ...udpLegs,
    ...legs.flatMap((link) =>
      link.legs.filter((leg) => isOurLeg(link.name, leg)).map((leg) => legItem(link, leg)),
    ),
    ...readFiles(source, wanted),
    ...source.services.list(),
  ];
  return state.map(normalise);
}

function legItem({ name: link }: PlaitLink, leg: PlaitLeg): StateItem {
  const { name: dev, index, weight, rate, priority, enabled } = leg;
  return {
    kind: 'leg',
    link,
    dev,
    ...(index === 0 ? { udp: true } : {}),
    weight,
    rate,
    ...(priority === 0 ? {} : { priority }),
    enabled,
  };
}

/** Whoever made them: the link is ours. */
function readLegRules({ kernel }: StateSource, { index, name: link }: PlaitLink): StateItem[] {
  const state = kernel.legRules(index);
  if (state === undefined) return [];
  const rules = state.rules.map(({ packets, elsewhere, copied, dropped, ...rule }) => rule);
  return [{ kind: 'leg-rules', link, mask: state.mask, rules }];
}

function readHostname({ files }: StateSource, wanted: readonly (Item | StateItem)[]): StateItem[] {
  if (!wanted.some((item) => item.kind === 'hostname')) return [];
  const name = files.read(HOSTNAME)?.trim();
  return name === undefined ? [] : [{ kind: 'hostname', name }];
}

/** Ours by the record; a wanted one that happens to have its value already needs nothing done. */
function readSysctls({ files, record }: StateSource, wanted: readonly (Item | StateItem)[]): StateItem[] {
  const targets = new Map(
    wanted.flatMap((item) => (item.kind === 'sysctl' ? [[item.path, item.value]] : [])),
  );
  const paths = new Set([...Object.keys(record.sysctls), ...targets.keys()]);
  return [...paths].flatMap((path): StateItem[] => {
    const value = files.read(`${PROC_SYS}${path}`)?.trim().replace(/\s+/g, ' ');
    if (value === undefined) return [];
    const ours = Object.hasOwn(record.sysctls, path);
    return ours || value === targets.get(path) ? [{ kind: 'sysctl', path, value }] : [];
  });
}

/** Of those that we made, those that the kernel still has as they were made. */
function readTables({ kernel, record }: StateSource): StateItem[] {
  return Object.values(record.tables).flatMap((table): StateItem[] =>
    kernel.hasTable(table) ? [{ kind: 'table', table }] : [],
  );
}

function readFouPorts({ kernel, record }: StateSource): StateItem[] {
  if (!record.fou) return [];
  return kernel.fouPorts().map((port) => ({ kind: 'fou', port }));
}

/** Without the devices that are gone: what is left is not what is wanted then, and is set anew. */
function readBalance({ kernel, record }: StateSource, names: ReadonlyMap<number, string>): StateItem[] {
  const state = record.balance ? kernel.balance() : undefined;
  if (state === undefined) return [];
  const { strategy, mask, deadSessions, local } = state;
  const excludes = [...state.excludes];
  const inputs = state.inputs?.flatMap((index) => names.get(index) ?? []);
  const uplinks = state.uplinks.flatMap(({ index, mark, weight, rateUp, rateDown, alive, nat }) => {
    const dev = names.get(index);
    return dev === undefined ? [] : [{ dev, mark, weight, rateUp, rateDown, alive, nat }];
  });
  if (uplinks.length === 0 || inputs?.length === 0) return [];
  const item = { kind: 'balance', strategy, mask, deadSessions, local, excludes, uplinks } as const;
  return [inputs === undefined ? item : { ...item, inputs }];
}

/** Without the devices that are gone, as above. */
function readFastPath({ kernel, record }: StateSource, names: ReadonlyMap<number, string>): StateItem[] {
  const state = record.fastPath ? kernel.fastPath() : undefined;
  if (state === undefined) return [];
  const devices = state.devices.flatMap((index) => names.get(index) ?? []).sort();
  return [{ kind: 'fast-path', devices, dropMark: state.dropMark }];
}

function readFiles({ files, record }: StateSource, wanted: readonly (Item | StateItem)[]): StateItem[] {
  const modes = new Map(wanted.flatMap((item) => (item.kind === 'file' ? [[item.path, item.mode]] : [])));
  const paths = new Set([...record.files, ...modes.keys()]);
  return [...paths].flatMap((path): StateItem[] => {
    const content = files.read(path);
    return content === undefined ? [] : [{ kind: 'file', path, content, mode: modes.get(path) ?? 0o600 }];
  });
}

function linkItem(link: Link, names: ReadonlyMap<number, string>): StateItem[] {
  const type = linkType(link, names);
  if (type === undefined) return [];
  const item: LinkItem & { down?: true } = { kind: 'link', name: link.name, type, mtu: link.mtu };
  const master = names.get(link.master);
  if (master !== undefined) item.master = master;
  if (!(link.flags & IFF_UP)) item.down = true;
  return [item];
}

function linkType(link: Link, names: ReadonlyMap<number, string>): LinkType | undefined {
  const { info } = link;
  switch (info?.kind) {
    case 'bridge':
      return { is: 'bridge' };
    case 'plait':
      return { is: 'plait', mtuLimit: info.mtuLimit ?? 0 };
    case 'plait_direct': {
      const parent = names.get(link.parent);
      return parent === undefined ? undefined : { is: 'direct', parent };
    }
    case 'vlan': {
      const parent = names.get(link.parent);
      return parent === undefined ? undefined : { is: 'vlan', parent, id: info.id };
    }
    case 'ipip': {
      const { local, remote, ttl, fou } = info;
      const type = { is: 'ipip', local, remote, parent: names.get(info.link) ?? '', ttl } as const;
      return fou === undefined ? type : { ...type, fou };
    }
    default:
      return { is: 'physical' };
  }
}

/** Parents and masters before what lies on them or is enslaved to them. */
function inMakingOrder(links: readonly Link[]): Link[] {
  const byIndex = new Map(links.map((link) => [link.index, link]));
  const ordered: Link[] = [];
  const seen = new Set<number>();
  const visit = (link: Link | undefined): void => {
    if (link === undefined || seen.has(link.index)) return;
    seen.add(link.index);
    visit(byIndex.get(link.parent));
    visit(byIndex.get(link.info?.kind === 'ipip' ? link.info.link : 0));
    visit(byIndex.get(link.master));
    ordered.push(link);
  };
  for (const link of links) visit(link);
  return ordered;
}

function ruleItem(rule: Rule): StateItem {
  return {
    kind: 'rule',
    priority: rule.priority,
    table: rule.table,
    ...(rule.from === undefined ? {} : { from: `${rule.from.address}/${rule.from.prefix}` }),
    ...(rule.to === undefined ? {} : { to: `${rule.to.address}/${rule.to.prefix}` }),
    ...(rule.iif === undefined ? {} : { iif: rule.iif }),
    ...(rule.mark === undefined ? {} : { mark: rule.mark }),
    ...(rule.suppressPrefixLength === undefined ? {} : { suppressPrefixLength: rule.suppressPrefixLength }),
  };
}

function routeItem(
  route: Route,
  names: ReadonlyMap<number, string>,
): Extract<StateItem, { kind: 'route' }>[] {
  const dev = route.oif === undefined ? undefined : names.get(route.oif);
  return [
    {
      kind: 'route',
      ...(route.unreachable ? { type: 'unreachable' as const } : {}),
      table: route.table,
      dst: route.prefix === 0 ? 'default' : `${route.dst}/${route.prefix}`,
      ...(route.unreachable
        ? {}
        : { scope: route.scope === RT_SCOPE_LINK ? ('link' as const) : ('global' as const) }),
      ...(route.metric > 0 ? { metric: route.metric } : {}),
      ...(dev === undefined ? {} : { dev }),
      ...(route.via === undefined ? {} : { via: route.via }),
      ...(route.src === undefined ? {} : { src: route.src }),
      ...(viaRouter(route) && !route.onlink ? { offlink: true as const } : {}),
      ...(route.nexthops === undefined
        ? {}
        : {
            nexthops: route.nexthops.map((hop) => ({
              dev: names.get(hop.oif) ?? '',
              ...(hop.via === undefined ? {} : { via: hop.via }),
              weight: hop.weight,
            })),
          }),
    },
  ];
}

function viaRouter({ via, nexthops }: Route): boolean {
  return via !== undefined || nexthops?.some((hop) => hop.via !== undefined) === true;
}

function viaGateway(item: Extract<StateItem, { kind: 'route' }>): boolean {
  return item.via !== undefined || item.nexthops !== undefined;
}
