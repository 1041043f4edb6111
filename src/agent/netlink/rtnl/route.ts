// SPDX-License-Identifier: MIT
/** Routes (linux/rtnetlink.h). */
import { Attrs, CodecError, ipv4Bytes, u16At, u32At, Writer } from '../bytes.ts';
import { AF_INET, RT_TABLE_COMPAT } from './ipv4.ts';

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;

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
const RTN_UNREACHABLE = 7;
/** The gateway is on the other end of the device, whatever the other routes say. */
const RTNH_F_ONLINK = 4;

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
  /** Gateways, of next hops too, are on the device itself. */
  onlink?: true;
  /** Packets are refused; there is no device then. */
  unreachable?: true;
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
    .u8(route.unreachable ? RTN_UNREACHABLE : RTN_UNICAST)
    .u32(route.onlink && route.via !== undefined ? RTNH_F_ONLINK : 0)
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
          .u8(route.onlink ? RTNH_F_ONLINK : 0)
          .u8(hop.weight - 1)
          .u32(hop.oif);
        if (hop.via !== undefined) v.attrBytes(RTA.GATEWAY, ipv4Bytes(hop.via));
        v.patchU16(start, v.length - start);
      }
    });
  }
  return w.finish();
}

/** Undefined for another family and for routes that are neither unicast nor unreachable. */
export function decodeRoute(payload: Uint8Array): Route | undefined {
  if (payload.length < 12) throw new CodecError(`route message of ${payload.length} bytes`);
  const type = payload[7];
  if (payload[0] !== AF_INET || (type !== RTN_UNICAST && type !== RTN_UNREACHABLE)) return undefined;
  const attrs = new Attrs(payload.subarray(12));
  const route: Route = {
    table: attrs.u32(RTA.TABLE) ?? payload[4] ?? 0,
    protocol: payload[5] ?? 0,
    scope: payload[6] ?? 0,
    dst: attrs.ipv4(RTA.DST) ?? '0.0.0.0',
    prefix: payload[1] ?? 0,
    metric: attrs.u32(RTA.PRIORITY) ?? 0,
  };
  if (type === RTN_UNREACHABLE) return { ...route, unreachable: true };
  const oif = attrs.u32(RTA.OIF);
  const via = attrs.ipv4(RTA.GATEWAY);
  const src = attrs.ipv4(RTA.PREFSRC);
  const multipath = attrs.bytes(RTA.MULTIPATH);
  if (oif !== undefined) route.oif = oif;
  if (via !== undefined) route.via = via;
  if (src !== undefined) route.src = src;
  if (multipath !== undefined) route.nexthops = decodeNexthops(multipath);
  if (u32At(payload, 8) & RTNH_F_ONLINK || (multipath !== undefined && allOnlink(multipath)))
    route.onlink = true;
  return route;
}

function decodeNexthops(bytes: Uint8Array): Nexthop[] {
  return nexthopRecords(bytes).map((record) => {
    const hop: Nexthop = { oif: u32At(record, 4), weight: (record[3] ?? 0) + 1 };
    const via = new Attrs(record.subarray(8)).ipv4(RTA.GATEWAY);
    return via === undefined ? hop : { ...hop, via };
  });
}

function allOnlink(bytes: Uint8Array): boolean {
  return nexthopRecords(bytes).every((record) => ((record[2] ?? 0) & RTNH_F_ONLINK) !== 0);
}

/** The single `struct rtnexthop` with their attributes. */
function nexthopRecords(bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = u16At(bytes, at);
    if (length < 8 || at + length > bytes.length) throw new CodecError(`next hop of ${length} bytes`);
    records.push(bytes.subarray(at, at + length));
    at += (length + 3) & ~3;
  }
  return records;
}
