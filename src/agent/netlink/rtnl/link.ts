// SPDX-License-Identifier: MIT
/** Devices (linux/if_link.h, if_tunnel.h). Decoders give undefined for other families, and throw only for broken bytes. */
import { Attrs, CodecError, ipv4Bytes, u16At, u32At, Writer } from '../bytes.ts';

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
/** Multicast group of link changes, as bit mask for bind. */
export const RTMGRP_LINK = 1;

export const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;
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
/** IFLA_PLAIT_MTU_LIMIT (src/kmod/uapi/plait.h). */
const PLAIT_MTU_LIMIT = 3;
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
  /** `mtuLimit`: 0: none; absent: as it is, or of a module that knows none. */
  | { kind: 'plait'; mtuLimit?: number }
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
  if (info.kind === 'plait' && info.mtuLimit !== undefined) {
    const { mtuLimit } = info;
    w.nest(INFO.DATA, (v) => v.attrU32(PLAIT_MTU_LIMIT, mtuLimit));
  }
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
    case 'plait_direct':
      return { kind };
    case 'plait': {
      const mtuLimit = data?.u32(PLAIT_MTU_LIMIT);
      return mtuLimit === undefined ? { kind } : { kind, mtuLimit };
    }
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

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0x7f);
}
