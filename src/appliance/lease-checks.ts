// SPDX-License-Identifier: MIT
/**
 * What is taken of the leases. A lease is data from a stranger: each field is held against a table of checks before
 * anything is made of it, and what is refused is kept with its reason, for the status.
 */
import {
  contains,
  firstOf,
  isSubnetEdge,
  isUnicast,
  lastOf,
  mustIp,
  mustPrefix,
  overlaps,
  type Prefix,
  parseIp,
  parsePrefix,
} from './ipv4.ts';
import { legsOf } from './legs.ts';
import type { Lease } from './plan-types.ts';
import type { Config } from './schema.ts';

export type RefusalReason =
  | 'not-an-address'
  | 'not-unicast'
  | 'prefix-too-short'
  | 'network-address'
  | 'broadcast-address'
  | 'own-address'
  | 'overlap'
  | 'too-many';

/** What a refused value collides with. */
export type Conflict = {
  kind: 'lan' | 'tunnel' | 'tunnel-route' | 'far-end' | 'uplink' | 'uplink-router';
  /** Of the tunnel or uplink. */
  name: string;
  value: string;
};

export type Refused = {
  uplink: string;
  what: 'address' | 'router' | 'name-server' | 'time-server';
  value: string;
  reason: RefusalReason;
  conflict?: Conflict;
};

/** What an uplink has: of its configuration, or of its lease as far as that was accepted. */
export type UplinkAddress = {
  /** With prefix length. */
  address?: string;
  gateway?: string;
  dns: string[];
  /** Time servers of its lease. */
  ntp: string[];
};

export type AcceptedAddresses = { byUplink: Map<string, UplinkAddress>; refused: Refused[] };

/** The shortest prefix of a subnet; a shorter one would draw the traffic for half of the world. */
const SHORTEST_PREFIX = 8;
/** Name servers of a lease that are used, and time servers. */
const MOST_SERVERS = 3;

/**
 * Static addresses first, then leases in the order in which they came: who comes later cannot take from another uplink
 * what that has.
 */
export function acceptAddresses(config: Config, leases: Readonly<Record<string, Lease>>): AcceptedAddresses {
  const byUplink = new Map<string, UplinkAddress>();
  const refused: Refused[] = [];
  for (const [name, { address, gateway, dns = [] }] of Object.entries(config.uplinks)) {
    if (address !== 'dhcp')
      byUplink.set(name, { address, dns, ntp: [], ...(gateway === undefined ? {} : { gateway }) });
  }
  const held = Object.keys(config.uplinks).flatMap((name) => {
    const lease =
      config.uplinks[name]?.address === 'dhcp' && Object.hasOwn(leases, name) ? leases[name] : undefined;
    return lease === undefined ? [] : [{ name, lease }];
  });
  held.sort((a, b) => (a.lease.since ?? 0) - (b.lease.since ?? 0));
  for (const { name, lease } of held) {
    byUplink.set(name, acceptLease({ config, uplink: name, others: byUplink }, lease, refused));
  }
  return { byUplink, refused };
}

/** `… router 10.1.0.255 is the broadcast address of its subnet` */
export function describeRefused({ what, value, reason, conflict }: Refused): string {
  const with_ = conflict === undefined ? '' : conflictText(conflict);
  const whose = conflict === undefined ? 'its subnet' : with_;
  const reasons: Record<RefusalReason, string> = {
    'not-an-address': 'is not an IPv4 address',
    'not-unicast': 'is not the address of a machine',
    'prefix-too-short': `has a subnet larger than /${SHORTEST_PREFIX}`,
    'network-address': `is the network address of ${whose}`,
    'broadcast-address': `is the broadcast address of ${whose}`,
    'own-address':
      conflict === undefined ? "is the uplink's own address" : `is this box's own address on ${with_}`,
    overlap: `overlaps with ${with_}`,
    'too-many': `is one too many: ${MOST_SERVERS} are used`,
  };
  return `${what.replace('-', ' ')} ${value} ${reasons[reason]}`;
}

function conflictText({ kind, name, value }: Conflict): string {
  const kinds: Record<Conflict['kind'], string> = {
    lan: 'the LAN',
    tunnel: `tunnel ${name}`,
    'tunnel-route': `a route of tunnel ${name}`,
    'far-end': `the far end of tunnel ${name}`,
    uplink: `uplink ${name}`,
    'uplink-router': `the router of uplink ${name}`,
  };
  return `${kinds[kind]} (${value})`;
}

type Judged = { config: Config; uplink: string; others: ReadonlyMap<string, UplinkAddress> };
type Finding = Pick<Refused, 'reason' | 'conflict'> | undefined;

function acceptLease(judged: Judged, lease: Lease, refused: Refused[]): UplinkAddress {
  const refuse = (what: Refused['what'], value: string, finding: NonNullable<Finding>) =>
    refused.push({ uplink: judged.uplink, what, value, ...finding });
  const prefix = parsePrefix(lease.address);
  const wrong = prefix === undefined ? NOT_AN_ADDRESS : firstFinding(ADDRESS_CHECKS, judged, prefix);
  if (prefix === undefined || wrong !== undefined) {
    refuse('address', lease.address, wrong ?? NOT_AN_ADDRESS);
    return { dns: [], ntp: [] };
  }
  const accepted: UplinkAddress = { address: lease.address, dns: [], ntp: [] };
  if (lease.gateway !== undefined) {
    const ip = parseIp(lease.gateway);
    const finding = ip === undefined ? NOT_AN_ADDRESS : routerFinding(judged, prefix, ip);
    if (finding === undefined) accepted.gateway = lease.gateway;
    else refuse('router', lease.gateway, finding);
  }
  const servers = (what: 'name-server' | 'time-server', offered: readonly string[]): string[] => {
    const taken: string[] = [];
    for (const server of new Set(offered)) {
      const ip = parseIp(server);
      const finding = ip === undefined ? NOT_AN_ADDRESS : serverFinding(judged, prefix, ip);
      if (finding !== undefined) refuse(what, server, finding);
      else if (taken.length === MOST_SERVERS) refuse(what, server, { reason: 'too-many' });
      else taken.push(server);
    }
    return taken;
  };
  const { dns } = judged.config.uplinks[judged.uplink] ?? {};
  accepted.dns = dns ?? servers('name-server', lease.dns);
  // What is not asked is not looked at either.
  if (judged.config.ntp.servers === undefined) accepted.ntp = servers('time-server', lease.ntp ?? []);
  return accepted;
}

const NOT_AN_ADDRESS = { reason: 'not-an-address' } as const;

type Check = (judged: Judged, prefix: Prefix) => Finding;

/** Looked at in this order; the first finding is told. */
const ADDRESS_CHECKS: readonly Check[] = [
  (_, { ip }) => (isUnicast(ip) ? undefined : { reason: 'not-unicast' }),
  (_, { length }) => (length < SHORTEST_PREFIX ? { reason: 'prefix-too-short' } : undefined),
  (_, prefix) => edgeFinding(prefix, prefix.ip),
  ({ config }, prefix) => overlapFinding(insideRanges(config), prefix),
  ({ config, uplink }, prefix) => overlapFinding(farEnds(config, uplink, prefix), prefix),
  ({ others }, prefix) => overlapFinding(otherUplinks(others, prefix), prefix),
  ({ others }, prefix) => overlapFinding(otherRouters(others), ...specialAddresses(prefix)),
];

function routerFinding({ config, others }: Judged, subnet: Prefix, ip: number): Finding {
  if (!isUnicast(ip)) return { reason: 'not-unicast' };
  if (ip === subnet.ip) return { reason: 'own-address' };
  return (
    (contains(subnet, ip) ? edgeFinding(subnet, ip) : undefined) ??
    ownAddressFinding(others, ip) ??
    edgeOfOthersFinding(others, ip) ??
    overlapFinding(insideRanges(config), host(ip))
  );
}

function serverFinding({ config, others }: Judged, subnet: Prefix, ip: number): Finding {
  if (!isUnicast(ip)) return { reason: 'not-unicast' };
  if (ip === subnet.ip) return { reason: 'own-address' };
  return (
    (contains(subnet, ip) ? edgeFinding(subnet, ip) : undefined) ??
    ownAddressFinding(others, ip) ??
    edgeOfOthersFinding(others, ip) ??
    overlapFinding(insideRanges(config), host(ip))
  );
}

function firstFinding(checks: readonly Check[], judged: Judged, prefix: Prefix): Finding {
  for (const check of checks) {
    const finding = check(judged, prefix);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

function edgeFinding(subnet: Prefix, ip: number): Finding {
  if (!isSubnetEdge(subnet, ip)) return undefined;
  return { reason: ip === firstOf(subnet) ? 'network-address' : 'broadcast-address' };
}

/** The kernel takes no gateway that is the broadcast address of any of its devices (fib_check_nh()). */
function edgeOfOthersFinding(others: ReadonlyMap<string, UplinkAddress>, ip: number): Finding {
  for (const [name, { address }] of others) {
    const finding =
      address !== undefined && contains(mustPrefix(address), ip)
        ? edgeFinding(mustPrefix(address), ip)
        : undefined;
    if (finding !== undefined)
      return { ...finding, conflict: { kind: 'uplink', name, value: address ?? '' } };
  }
  return undefined;
}

type Range = { prefix: Prefix; conflict: Conflict };

function overlapFinding(ranges: readonly Range[], ...prefixes: Prefix[]): Finding {
  const found = ranges.find((range) => prefixes.some((prefix) => overlaps(range.prefix, prefix)));
  return found === undefined ? undefined : { reason: 'overlap', conflict: found.conflict };
}

function ownAddressFinding(others: ReadonlyMap<string, UplinkAddress>, ip: number): Finding {
  for (const [name, { address }] of others) {
    if (address !== undefined && mustPrefix(address).ip === ip) {
      return { reason: 'own-address', conflict: { kind: 'uplink', name, value: address } };
    }
  }
  return undefined;
}

/** What lies behind this box: no uplink may claim a part of it. A tunnel for everything claims nothing itself. */
function insideRanges(config: Config): Range[] {
  const range = (kind: Conflict['kind'], name: string, value: string): Range => ({
    prefix: mustPrefix(value),
    conflict: { kind, name, value },
  });
  return [
    range('lan', 'lan', config.lan.address),
    ...Object.entries(config.tunnels).flatMap(([name, { address, routes }]) => [
      ...(address === undefined ? [] : [range('tunnel', name, address)]),
      ...routes.filter((route) => route !== '0.0.0.0/0').map((route) => range('tunnel-route', name, route)),
    ]),
  ];
}

/**
 * Far ends that the subnet may not cover. A leg's own uplink may have the far end as a neighbour, but not as one of the
 * addresses that are this box's or everybody's.
 */
function farEnds(config: Config, uplink: string, subnet: Prefix): Range[] {
  const legs = Object.keys(config.tunnels).flatMap((tunnel) =>
    legsOf(config, tunnel).flatMap((leg) =>
      leg.remote === undefined ? [] : [{ ...leg, remote: leg.remote, tunnel }],
    ),
  );
  const neighbours = new Set(legs.filter((leg) => leg.uplink === uplink).map((leg) => leg.remote));
  return legs
    .filter(({ remote }) => {
      const ip = mustIp(remote);
      return (
        !neighbours.has(remote) || ip === subnet.ip || (contains(subnet, ip) && isSubnetEdge(subnet, ip))
      );
    })
    .map(({ tunnel, remote }) => ({
      prefix: host(mustIp(remote)),
      conflict: { kind: 'far-end', name: tunnel, value: remote },
    }));
}

/** Lines of one provider may have one subnet, or the very same address; a subnet within another is a mistake or worse. */
function otherUplinks(others: ReadonlyMap<string, UplinkAddress>, subnet: Prefix): Range[] {
  return [...others].flatMap(([name, { address }]) => {
    if (address === undefined) return [];
    const prefix = mustPrefix(address);
    const alike =
      prefix.ip === subnet.ip || (prefix.length === subnet.length && firstOf(prefix) === firstOf(subnet));
    return alike ? [] : [{ prefix, conflict: { kind: 'uplink', name, value: address } }];
  });
}

function otherRouters(others: ReadonlyMap<string, UplinkAddress>): Range[] {
  return [...others].flatMap(([name, { gateway }]) =>
    gateway === undefined
      ? []
      : [{ prefix: host(mustIp(gateway)), conflict: { kind: 'uplink-router', name, value: gateway } }],
  );
}

/** Addresses of a subnet that the kernel takes for its own or for everybody's, and so for nobody else's. */
function specialAddresses(subnet: Prefix): Prefix[] {
  const edges = subnet.length < 31 ? [firstOf(subnet), lastOf(subnet)] : [];
  return [subnet.ip, ...edges].map(host);
}

function host(ip: number): Prefix {
  return { ip, length: 32 };
}
