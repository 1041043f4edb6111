// SPDX-License-Identifier: MIT
/**
 * rtnetlink messages the agent speaks (linux/rtnetlink.h, if_link.h, if_tunnel.h, fib_rules.h, pkt_sched.h): pure
 * functions between bytes and typed messages. Decoders return undefined for a message of another family or kind, and
 * throw `CodecError` only when the bytes break the format. IPv4 only, as the plan is.
 */
import { Attrs, CodecError, ipv4Bytes, ipv4Text, u16At, u32At, Writer } from './bytes.ts';

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;
export const RTM_NEWQDISC = 36;
export const RTM_DELQDISC = 37;
export const RTM_GETQDISC = 38;
/** Multicast group of link changes, as bit mask for bind. */
export const RTMGRP_LINK = 1;

export const AF_INET = 2;
export const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;
export const IFF_LOWER_UP = 0x10000;
export const ARPHRD_ETHER = 1;

const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  IFALIAS: 20,
  STATS64: 23,
} as const;
const INFO = { KIND: 1, DATA: 2 } as const;
const VLAN_ID = 1;
const IPTUN = {
  LINK: 1,
  LOCAL: 2,
  REMOTE: 3,
  TTL: 4,
  PROTO: 9,
  PMTUDISC: 10,
  ENCAP_TYPE: 15,
  ENCAP_FLAGS: 16,
  ENCAP_SPORT: 17,
  ENCAP_DPORT: 18,
} as const;
const ENCAP_NONE = 0;
const ENCAP_FOU = 1;
const IPPROTO_IPIP = 4;

/** What a device is, as far as the agent makes such devices. */
export type LinkInfo =
  | { kind: 'vlan'; id: number }
  | { kind: 'bridge' }
  | { kind: 'plait' }
  /** Sends by its parent. */
  | { kind: 'plait_direct' }
  | {
      kind: 'ipip';
      /** Device index of the outer packets; 0: any. */
      link: number;
      local: string;
      remote: string;
      /** 0: copied from the inner packet. */
      ttl: number;
      fou?: { sport: number; dport: number };
    }
  | { kind: 'other'; name: string };

export interface Link {
  index: number;
  name: string;
  flags: number;
  /** ARPHRD number. */
  arphrd: number;
  mtu: number;
  /** Device index below (of a VLAN, of a direct leg); 0: none. */
  parent: number;
  /** Device index that it is enslaved to; 0: none. */
  master: number;
  alias: string;
  /** Absent: not a made device (a physical one, or the loopback). */
  info?: LinkInfo;
  stats?: { rxPackets: number; txPackets: number; rxBytes: number; txBytes: number };
}

/** What `encodeLink` writes; an absent field is left as it is. */
export interface LinkRequest {
  index?: number;
  name?: string;
  up?: boolean;
  mtu?: number;
  parent?: number;
  master?: number;
  alias?: string;
  info?: LinkInfo;
}

export function encodeLink(request: LinkRequest): Uint8Array {
  const change = request.up === undefined ? 0 : IFF_UP;
  const w = new Writer()
    .u8(0)
    .u8(0)
    .u16(0)
    .i32(request.index ?? 0)
    .u32(request.up ? IFF_UP : 0)
    .u32(change);
  if (request.name !== undefined) w.attrString(IFLA.IFNAME, request.name);
  if (request.mtu !== undefined) w.attrU32(IFLA.MTU, request.mtu);
  if (request.parent !== undefined) w.attrU32(IFLA.LINK, request.parent);
  if (request.master !== undefined) w.attrU32(IFLA.MASTER, request.master);
  if (request.alias !== undefined) w.attr(IFLA.IFALIAS, (v) => v.bytes(asciiBytes(request.alias ?? '')));
  const { info } = request;
  if (info !== undefined) w.nest(IFLA.LINKINFO, (v) => encodeLinkInfo(v, info));
  return w.finish();
}

export function decodeLink(payload: Uint8Array): Link | undefined {
  if (payload.length < 16) throw new CodecError(`link message of ${payload.length} bytes`);
  // AF_BRIDGE (7) messages tell of bridge ports and would hide the device's own.
  if (payload[0] !== 0) return undefined;
  const attrs = new Attrs(payload.subarray(16));
  const name = attrs.string(IFLA.IFNAME);
  if (name === undefined) return undefined;
  const link: Link = {
    index: u32At(payload, 4) | 0,
    name,
    flags: u32At(payload, 8),
    arphrd: u16At(payload, 2),
    mtu: attrs.u32(IFLA.MTU) ?? 0,
    parent: attrs.u32(IFLA.LINK) ?? 0,
    master: attrs.u32(IFLA.MASTER) ?? 0,
    alias: attrs.string(IFLA.IFALIAS) ?? '',
  };
  const info = attrs.nest(IFLA.LINKINFO);
  const kind = info?.string(INFO.KIND);
  if (info !== undefined && kind !== undefined) link.info = decodeLinkInfo(kind, info.nest(INFO.DATA));
  const stats = attrs.bytes(IFLA.STATS64);
  if (stats !== undefined && stats.length >= 32) {
    const u64 = (at: number) => u32At(stats, at) + u32At(stats, at + 4) * 2 ** 32;
    link.stats = { rxPackets: u64(0), txPackets: u64(8), rxBytes: u64(16), txBytes: u64(24) };
  }
  return link;
}

function encodeLinkInfo(w: Writer, info: LinkInfo): void {
  w.attrString(INFO.KIND, info.kind === 'other' ? info.name : info.kind);
  if (info.kind === 'vlan') w.nest(INFO.DATA, (v) => v.attrU16(VLAN_ID, info.id));
  if (info.kind === 'ipip') {
    w.nest(INFO.DATA, (v) => {
      v.attrU32(IPTUN.LINK, info.link)
        .attrBytes(IPTUN.LOCAL, ipv4Bytes(info.local))
        .attrBytes(IPTUN.REMOTE, ipv4Bytes(info.remote))
        .attrU8(IPTUN.TTL, info.ttl)
        .attrU8(IPTUN.PROTO, IPPROTO_IPIP)
        .attrU8(IPTUN.PMTUDISC, 1)
        .attrU16(IPTUN.ENCAP_TYPE, info.fou ? ENCAP_FOU : ENCAP_NONE)
        .attrU16(IPTUN.ENCAP_FLAGS, 0)
        .attrBe16(IPTUN.ENCAP_SPORT, info.fou?.sport ?? 0)
        .attrBe16(IPTUN.ENCAP_DPORT, info.fou?.dport ?? 0);
    });
  }
}

function decodeLinkInfo(kind: string, data: Attrs | undefined): LinkInfo {
  switch (kind) {
    case 'vlan':
      return { kind, id: data?.u16(VLAN_ID) ?? 0 };
    case 'bridge':
    case 'plait':
    case 'plait_direct':
      return { kind };
    case 'ipip': {
      const base = {
        kind,
        link: data?.u32(IPTUN.LINK) ?? 0,
        local: data?.ipv4(IPTUN.LOCAL) ?? '0.0.0.0',
        remote: data?.ipv4(IPTUN.REMOTE) ?? '0.0.0.0',
        ttl: data?.u8(IPTUN.TTL) ?? 0,
      } as const;
      if (data?.u16(IPTUN.ENCAP_TYPE) !== ENCAP_FOU) return base;
      return {
        ...base,
        fou: { sport: data.be16(IPTUN.ENCAP_SPORT) ?? 0, dport: data.be16(IPTUN.ENCAP_DPORT) ?? 0 },
      };
    }
    default:
      return { kind: 'other', name: kind };
  }
}

const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;

export interface Address {
  index: number;
  local: string;
  prefix: number;
  /** Other end of a point-to-point address. */
  peer?: string;
}

export function encodeAddress(address: Address): Uint8Array {
  const local = ipv4Bytes(address.local);
  const w = new Writer().u8(AF_INET).u8(address.prefix).u8(0).u8(0).u32(address.index);
  w.attrBytes(IFA.LOCAL, local).attrBytes(IFA.ADDRESS, address.peer ? ipv4Bytes(address.peer) : local);
  if (address.peer === undefined && address.prefix < 31) {
    w.attrBytes(IFA.BROADCAST, broadcast(local, address.prefix));
  }
  return w.finish();
}

export function decodeAddress(payload: Uint8Array): Address | undefined {
  if (payload.length < 8) throw new CodecError(`address message of ${payload.length} bytes`);
  if (payload[0] !== AF_INET) return undefined;
  const attrs = new Attrs(payload.subarray(8));
  const far = attrs.ipv4(IFA.ADDRESS);
  const local = attrs.ipv4(IFA.LOCAL) ?? far;
  if (local === undefined) return undefined;
  const address: Address = { index: u32At(payload, 4), local, prefix: payload[1] ?? 0 };
  if (far !== undefined && far !== local) address.peer = far;
  return address;
}

const RTA = {
  DST: 1,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  MULTIPATH: 9,
  TABLE: 15,
} as const;
const RTN_UNICAST = 1;
const RT_TABLE_COMPAT = 252;
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_LINK = 253;

export interface Nexthop {
  oif: number;
  via?: string;
  /** 1 to 256. */
  weight: number;
}

export interface Route {
  table: number;
  protocol: number;
  scope: number;
  dst: string;
  prefix: number;
  metric: number;
  oif?: number;
  via?: string;
  src?: string;
  nexthops?: Nexthop[];
}

export function encodeRoute(route: Route): Uint8Array {
  const w = new Writer()
    .u8(AF_INET)
    .u8(route.prefix)
    .u8(0)
    .u8(0)
    .u8(route.table < 256 ? route.table : RT_TABLE_COMPAT)
    .u8(route.protocol)
    .u8(route.scope)
    .u8(RTN_UNICAST)
    .u32(0)
    .attrU32(RTA.TABLE, route.table);
  if (route.prefix > 0) w.attrBytes(RTA.DST, ipv4Bytes(route.dst));
  if (route.metric > 0) w.attrU32(RTA.PRIORITY, route.metric);
  if (route.oif !== undefined) w.attrU32(RTA.OIF, route.oif);
  if (route.via !== undefined) w.attrBytes(RTA.GATEWAY, ipv4Bytes(route.via));
  if (route.src !== undefined) w.attrBytes(RTA.PREFSRC, ipv4Bytes(route.src));
  const { nexthops } = route;
  if (nexthops !== undefined) {
    w.attr(RTA.MULTIPATH, (v) => {
      for (const hop of nexthops) {
        const start = v.length;
        v.u16(0)
          .u8(0)
          .u8(hop.weight - 1)
          .u32(hop.oif);
        if (hop.via !== undefined) v.attrBytes(RTA.GATEWAY, ipv4Bytes(hop.via));
        v.patchU16(start, v.length - start);
      }
    });
  }
  return w.finish();
}

/** Undefined for another family and for routes that are not unicast. */
export function decodeRoute(payload: Uint8Array): Route | undefined {
  if (payload.length < 12) throw new CodecError(`route message of ${payload.length} bytes`);
  if (payload[0] !== AF_INET || payload[7] !== RTN_UNICAST) return undefined;
  const attrs = new Attrs(payload.subarray(12));
  const route: Route = {
    table: attrs.u32(RTA.TABLE) ?? payload[4] ?? 0,
    protocol: payload[5] ?? 0,
    scope: payload[6] ?? 0,
    dst: attrs.ipv4(RTA.DST) ?? '0.0.0.0',
    prefix: payload[1] ?? 0,
    metric: attrs.u32(RTA.PRIORITY) ?? 0,
  };
  const oif = attrs.u32(RTA.OIF);
  const via = attrs.ipv4(RTA.GATEWAY);
  const src = attrs.ipv4(RTA.PREFSRC);
  const multipath = attrs.bytes(RTA.MULTIPATH);
  if (oif !== undefined) route.oif = oif;
  if (via !== undefined) route.via = via;
  if (src !== undefined) route.src = src;
  if (multipath !== undefined) route.nexthops = decodeNexthops(multipath);
  return route;
}

function decodeNexthops(bytes: Uint8Array): Nexthop[] {
  const hops: Nexthop[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = u16At(bytes, at);
    if (length < 8 || at + length > bytes.length) throw new CodecError(`next hop of ${length} bytes`);
    const hop: Nexthop = { oif: u32At(bytes, at + 4), weight: (bytes[at + 3] ?? 0) + 1 };
    const via = new Attrs(bytes.subarray(at + 8, at + length)).ipv4(RTA.GATEWAY);
    if (via !== undefined) hop.via = via;
    hops.push(hop);
    at += (length + 3) & ~3;
  }
  return hops;
}

const FRA = {
  DST: 1,
  SRC: 2,
  IIFNAME: 3,
  PRIORITY: 6,
  FWMARK: 10,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  FWMASK: 16,
  PROTOCOL: 21,
} as const;
const FR_ACT_TO_TBL = 1;

export interface Rule {
  priority: number;
  protocol: number;
  table: number;
  from?: { address: string; prefix: number };
  to?: { address: string; prefix: number };
  iif?: string;
  mark?: { value: number; mask: number };
  suppressPrefixLength?: number;
}

export function encodeRule(rule: Rule): Uint8Array {
  const w = new Writer()
    .u8(AF_INET)
    .u8(rule.to?.prefix ?? 0)
    .u8(rule.from?.prefix ?? 0)
    .u8(0)
    .u8(rule.table < 256 ? rule.table : RT_TABLE_COMPAT)
    .u8(0)
    .u8(0)
    .u8(FR_ACT_TO_TBL)
    .u32(0)
    .attrU32(FRA.TABLE, rule.table)
    .attrU32(FRA.PRIORITY, rule.priority)
    .attrU8(FRA.PROTOCOL, rule.protocol);
  if (rule.from !== undefined) w.attrBytes(FRA.SRC, ipv4Bytes(rule.from.address));
  if (rule.to !== undefined) w.attrBytes(FRA.DST, ipv4Bytes(rule.to.address));
  if (rule.iif !== undefined) w.attrString(FRA.IIFNAME, rule.iif);
  if (rule.mark !== undefined) w.attrU32(FRA.FWMARK, rule.mark.value).attrU32(FRA.FWMASK, rule.mark.mask);
  if (rule.suppressPrefixLength !== undefined) w.attrU32(FRA.SUPPRESS_PREFIXLEN, rule.suppressPrefixLength);
  return w.finish();
}

/** Undefined for another family and for rules that do not look up a table. */
export function decodeRule(payload: Uint8Array): Rule | undefined {
  if (payload.length < 12) throw new CodecError(`rule message of ${payload.length} bytes`);
  if (payload[0] !== AF_INET || payload[7] !== FR_ACT_TO_TBL) return undefined;
  const attrs = new Attrs(payload.subarray(12));
  const rule: Rule = {
    priority: attrs.u32(FRA.PRIORITY) ?? 0,
    protocol: attrs.u8(FRA.PROTOCOL) ?? 0,
    table: attrs.u32(FRA.TABLE) ?? payload[4] ?? 0,
  };
  const from = attrs.ipv4(FRA.SRC);
  const to = attrs.ipv4(FRA.DST);
  const iif = attrs.string(FRA.IIFNAME);
  const mark = attrs.u32(FRA.FWMARK);
  const suppress = attrs.i32(FRA.SUPPRESS_PREFIXLEN);
  if (from !== undefined) rule.from = { address: from, prefix: payload[2] ?? 0 };
  if (to !== undefined) rule.to = { address: to, prefix: payload[1] ?? 0 };
  if (iif !== undefined) rule.iif = iif;
  if (mark !== undefined) rule.mark = { value: mark, mask: attrs.u32(FRA.FWMASK) ?? 0xffffffff };
  // The kernel says -1 for "suppresses nothing".
  if (suppress !== undefined && suppress >= 0) rule.suppressPrefixLength = suppress;
  return rule;
}

const TCA = { KIND: 1, OPTIONS: 2 } as const;
const TBF = { PARMS: 1, RATE64: 4, BURST: 6 } as const;
const TC_H_ROOT = 0xffffffff;
const LINKLAYER_ETHERNET = 1;
/** The scheduler counts time in units of 64 ns (PSCHED_SHIFT). */
const NS_PER_TICK = 64;
/** What `tbf` would queue by itself before `fq_codel` takes its place. */
const TBF_LIMIT = 64 * 1024;

/** A token bucket at the root or an fq_codel below it. */
export interface Qdisc {
  index: number;
  kind: string;
  handle: number;
  /** Absent: root. */
  parent?: number;
  /** Of kind `tbf`: bytes per second and bytes. The kernel keeps the burst as time, so it reads back rounded. */
  tbf?: { rate: number; burst: number };
}

export function encodeQdisc(qdisc: Qdisc): Uint8Array {
  const w = new Writer()
    .u8(0)
    .u8(0)
    .u16(0)
    .i32(qdisc.index)
    .u32(qdisc.handle)
    .u32(qdisc.parent ?? TC_H_ROOT)
    .u32(0)
    .attrString(TCA.KIND, qdisc.kind);
  const { tbf } = qdisc;
  if (tbf !== undefined) {
    const ticks = Math.min(0xffffffff, Math.round((tbf.burst * 1e9) / tbf.rate / NS_PER_TICK));
    w.nest(TCA.OPTIONS, (v) => {
      v.attr(TBF.PARMS, (p) => {
        p.u8(0).u8(LINKLAYER_ETHERNET).u16(0).u16(0).u16(0).u32(Math.min(tbf.rate, 0xffffffff));
        p.zeros(12).u32(TBF_LIMIT).u32(ticks).u32(0);
      });
      v.attrU32(TBF.BURST, tbf.burst);
      if (tbf.rate > 0xffffffff) v.attr(TBF.RATE64, (p) => p.u64(tbf.rate));
    });
  }
  return w.finish();
}

export function decodeQdisc(payload: Uint8Array): Qdisc | undefined {
  if (payload.length < 20) throw new CodecError(`qdisc message of ${payload.length} bytes`);
  const attrs = new Attrs(payload.subarray(20));
  const kind = attrs.string(TCA.KIND);
  if (kind === undefined) return undefined;
  const qdisc: Qdisc = { index: u32At(payload, 4) | 0, kind, handle: u32At(payload, 8) };
  const parent = u32At(payload, 12);
  if (parent !== TC_H_ROOT) qdisc.parent = parent;
  const options = kind === 'tbf' ? attrs.nest(TCA.OPTIONS) : undefined;
  const parms = options?.bytes(TBF.PARMS);
  if (options !== undefined && parms !== undefined) {
    if (parms.length < 36) throw new CodecError(`tbf parameters of ${parms.length} bytes`);
    const rate = options.u64(TBF.RATE64) ?? u32At(parms, 8);
    qdisc.tbf = { rate, burst: Math.round((u32At(parms, 28) * NS_PER_TICK * rate) / 1e9) };
  }
  return qdisc;
}

function broadcast(local: Uint8Array, prefix: number): Uint8Array {
  return local.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, prefix - 8 * i))));
}

/** `a.b.c.d/len` (or `default`) as an address and its length. */
export function parsePrefix(text: string): { address: string; prefix: number } {
  if (text === 'default') return { address: '0.0.0.0', prefix: 0 };
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const prefix = slash < 0 ? 32 : Number(text.slice(slash + 1));
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 32)
    throw new CodecError(`"${text}" is not an IPv4 prefix`);
  return { address: ipv4Text(ipv4Bytes(address)), prefix };
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0x7f);
}
