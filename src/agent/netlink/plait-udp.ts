// SPDX-License-Identifier: MIT
/** The generic netlink family `plait_udp` (src/kmod/uapi/plait_udp.h is the manual): bytes and typed messages. */
import { keyBytes, keyText } from '../../appliance/keys.ts';
import { Attrs, CodecError, ipv4Bytes, ipv4Text } from './bytes.ts';
import { decodeGenl, encodeGenl } from './genl.ts';

export const PLAIT_UDP_FAMILY = 'plait_udp';
export const PLAIT_UDP_EVENTS = 'events';
const VERSION = 1;
const CMD = { KEY: 1, PEER_SET: 2, PEER_GET: 3, PEER_DEL: 4, LEG_SET: 5, LEG_DEL: 6, EVENT: 7 } as const;
const A = {
  IFINDEX: 2,
  IFNAME: 3,
  PRIVATE_KEY: 4,
  PUBLIC_KEY: 5,
  PEER_KEY: 6,
  PRESHARED_KEY: 7,
  LISTEN: 8,
  PROTECT: 9,
  FRESH_FLOOR: 10,
  FRESH_USED: 11,
  SESSION: 12,
  AGREED: 13,
  SESSION_AGE: 14,
  BAD_PACKETS: 15,
  REPLAYED: 16,
  HELD: 17,
  LOST: 18,
  EXPIRED: 19,
  LATE: 20,
  LEGS: 21,
  LEG: 22,
  EVENT: 23,
} as const;
const LEG = {
  NUMBER: 2,
  NAME: 3,
  UPLINK: 4,
  LOCAL: 5,
  REMOTE: 6,
  REMOTE_PORT: 7,
  KEEPALIVE: 8,
  HEARD: 9,
  STATE: 10,
  OBSERVED: 11,
  OBSERVED_PORT: 12,
  RTT: 13,
  BEHIND: 14,
  LOSS: 15,
  ADDRESS_CHANGES: 16,
  PATH_MTU: 17,
  PATH_MTU_PROBES: 18,
} as const;
/** For the check against the specification, src/kmod/uapi/plait_udp.yaml. */
export const PLAIT_UDP_COMMANDS = CMD;
export const PLAIT_UDP_ATTRIBUTES = { peer: A, leg: LEG };

/** By enum plait_udp_protect. */
const PROTECTS = { 1: 'encrypt', 2: 'sign' } as const;
/** In the order of enum plait_udp_session. */
const SESSIONS = ['idle', 'asking', 'established'] as const;
/** In the order of enum plait_udp_state. */
const STATES = ['down', 'probing', 'live', 'silent', 'dead'] as const;
/** By enum plait_udp_event. */
const EVENTS = { 1: 'session up', 2: 'session down', 3: 'leg', 4: 'address', 5: 'unknown key' } as const;
/** Of PLAIT_UDP_A_FRESH_FLOOR and _FRESH_USED. */
export const FRESH_BYTES = 12;

export type Protect = (typeof PROTECTS)[keyof typeof PROTECTS];
export type UdpSession = (typeof SESSIONS)[number];
export type UdpLegState = (typeof STATES)[number];

/** Both in base64. */
export interface KeyPair {
  privateKey: string;
  publicKey: string;
}

/** What PEER_SET is given; what is absent stays as it is. Keys in base64. */
export interface UdpPeerChange {
  /** Device index of the link. */
  index: number;
  privateKey?: string;
  peerKey?: string;
  /** `null`: none. */
  presharedKey?: string | null;
  /** 0: none. */
  listen?: number;
  protect?: Protect;
  /** Hexadecimal digits of 12 bytes. */
  freshFloor?: string;
}

/** What LEG_SET is given; what is absent stays as it is. */
export interface UdpLegChange {
  number: number;
  name?: string;
  /** Device index. */
  uplink?: number;
  local?: string;
  remote?: string;
  port?: number;
  /** Milliseconds. */
  keepalive?: number;
}

export interface UdpPeer {
  index: number;
  name: string;
  publicKey: string;
  peerKey: string;
  listen: number;
  protect: Protect;
  session: UdpSession;
  /** Of the session; absent without one. */
  agreed?: Protect;
  /** Seconds since its keys were agreed; absent without one. */
  sessionAge?: number;
  /** Hexadecimal digits of 12 bytes; as numbers they compare as the texts do. */
  freshUsed: string;
  badPackets: number;
  replayed: number;
  held: number;
  lost: number;
  expired: number;
  late: number;
  legs: UdpLeg[];
}

export interface UdpLeg {
  number: number;
  name: string;
  /** Device index; 0: any. */
  uplink: number;
  /** `0.0.0.0`: as routes say. */
  local: string;
  /** Where packets are sent now. */
  remote: string;
  port: number;
  /** Milliseconds. */
  keepalive: number;
  /** It came up since it was heard, nobody set it. */
  heard: boolean;
  state: UdpLegState;
  /** Our address as the far end sees it; absent while unknown. */
  observed?: { address: string; port: number };
  /** Milliseconds; absent while unknown. */
  rttMs?: number;
  /** Milliseconds that its packets arrive later than those of the fastest leg; absent while unknown. */
  behindMs?: number;
  /** Lost of a million packets, lately. */
  lossPpm: number;
  addressChanges: number;
  /** Bytes of the largest packet, with its IP header, that is known to arrive in one piece; absent while unknown. */
  pathMtu?: number;
  /** Padded probes that were sent to find that. */
  pathMtuProbes: number;
}

export interface UdpEvent {
  what: (typeof EVENTS)[keyof typeof EVENTS];
  link: number;
  linkName: string;
  leg?: UdpLeg;
}

/** Without a private key: for a new one. */
export function encodeKey(privateKey?: string): Uint8Array {
  return encodeGenl(CMD.KEY, VERSION, (w) => {
    if (privateKey !== undefined) w.attrBytes(A.PRIVATE_KEY, bytesOfKey(privateKey));
  });
}

/** The private key is there when it was made. */
export function decodeKey(payload: Uint8Array): { publicKey: string; privateKey?: string } | undefined {
  const { command, attrs } = decodeGenl(payload);
  const publicKey = key(attrs, A.PUBLIC_KEY);
  const privateKey = key(attrs, A.PRIVATE_KEY);
  if (command !== CMD.KEY || publicKey === undefined) return undefined;
  return privateKey === undefined ? { publicKey } : { publicKey, privateKey };
}

export function encodePeerSet(change: UdpPeerChange): Uint8Array {
  const { index, privateKey, peerKey, presharedKey, listen, protect, freshFloor } = change;
  return encodeGenl(CMD.PEER_SET, VERSION, (w) => {
    w.attrU32(A.IFINDEX, index);
    if (privateKey !== undefined) w.attrBytes(A.PRIVATE_KEY, bytesOfKey(privateKey));
    if (peerKey !== undefined) w.attrBytes(A.PEER_KEY, bytesOfKey(peerKey));
    if (presharedKey !== undefined) w.attrBytes(A.PRESHARED_KEY, presharedBytes(presharedKey));
    if (listen !== undefined) w.attrU16(A.LISTEN, listen);
    if (protect !== undefined) w.attrU8(A.PROTECT, protect === 'encrypt' ? 1 : 2);
    if (freshFloor !== undefined) w.attrBytes(A.FRESH_FLOOR, freshBytes(freshFloor));
  });
}

/** Without an index: for a dump. */
export function encodePeerGet(index?: number): Uint8Array {
  return encodeGenl(CMD.PEER_GET, VERSION, (w) => {
    if (index !== undefined) w.attrU32(A.IFINDEX, index);
  });
}

export function encodePeerDel(index: number): Uint8Array {
  return encodeGenl(CMD.PEER_DEL, VERSION, (w) => w.attrU32(A.IFINDEX, index));
}

export function encodeUdpLegSet(link: number, leg: UdpLegChange): Uint8Array {
  const { number, name, uplink, local, remote, port, keepalive } = leg;
  return encodeGenl(CMD.LEG_SET, VERSION, (w) => {
    w.attrU32(A.IFINDEX, link).nest(A.LEG, (v) => {
      v.attrU8(LEG.NUMBER, number);
      if (name !== undefined) v.attrString(LEG.NAME, name);
      if (uplink !== undefined) v.attrU32(LEG.UPLINK, uplink);
      if (local !== undefined) v.attrBytes(LEG.LOCAL, ipv4Bytes(local));
      if (remote !== undefined) v.attrBytes(LEG.REMOTE, ipv4Bytes(remote));
      if (port !== undefined) v.attrU16(LEG.REMOTE_PORT, port);
      if (keepalive !== undefined) v.attrU32(LEG.KEEPALIVE, keepalive);
    });
  });
}

export function encodeUdpLegDel(link: number, number: number): Uint8Array {
  return encodeGenl(CMD.LEG_DEL, VERSION, (w) => {
    w.attrU32(A.IFINDEX, link).nest(A.LEG, (v) => v.attrU8(LEG.NUMBER, number));
  });
}

export function decodeUdpPeer(payload: Uint8Array): UdpPeer | undefined {
  const { command, attrs } = decodeGenl(payload);
  const index = attrs.u32(A.IFINDEX);
  if (command !== CMD.PEER_GET || index === undefined) return undefined;
  const agreed = protectOf(attrs.u8(A.AGREED));
  const sessionAge = attrs.u32(A.SESSION_AGE);
  const count = (type: number) => attrs.u64(type) ?? 0;
  return {
    index,
    name: attrs.string(A.IFNAME) ?? '',
    publicKey: key(attrs, A.PUBLIC_KEY) ?? '',
    peerKey: key(attrs, A.PEER_KEY) ?? '',
    listen: attrs.u16(A.LISTEN) ?? 0,
    protect: protectOf(attrs.u8(A.PROTECT)) ?? 'encrypt',
    session: SESSIONS[attrs.u8(A.SESSION) ?? 0] ?? 'idle',
    ...(agreed === undefined ? {} : { agreed }),
    ...(sessionAge === undefined ? {} : { sessionAge }),
    freshUsed: hex(attrs.bytes(A.FRESH_USED)),
    badPackets: count(A.BAD_PACKETS),
    replayed: count(A.REPLAYED),
    held: count(A.HELD),
    lost: count(A.LOST),
    expired: count(A.EXPIRED),
    late: count(A.LATE),
    legs: (attrs.nest(A.LEGS)?.list ?? []).flatMap(({ type, data }) => (type === A.LEG ? [legOf(data)] : [])),
  };
}

export function decodeUdpEvent(payload: Uint8Array): UdpEvent | undefined {
  const { command, attrs } = decodeGenl(payload);
  if (command !== CMD.EVENT) return undefined;
  const what = EVENTS[(attrs.u32(A.EVENT) ?? 0) as keyof typeof EVENTS];
  const link = attrs.u32(A.IFINDEX);
  if (what === undefined || link === undefined) return undefined;
  const leg = attrs.bytes(A.LEG);
  return {
    what,
    link,
    linkName: attrs.string(A.IFNAME) ?? '',
    ...(leg === undefined ? {} : { leg: legOf(leg) }),
  };
}

function legOf(data: Uint8Array): UdpLeg {
  const leg = new Attrs(data);
  const address = leg.ipv4(LEG.OBSERVED);
  const rtt = leg.u32(LEG.RTT);
  const behind = leg.u32(LEG.BEHIND);
  const pathMtu = leg.u32(LEG.PATH_MTU);
  return {
    number: leg.u8(LEG.NUMBER) ?? 0,
    name: leg.string(LEG.NAME) ?? '',
    uplink: leg.u32(LEG.UPLINK) ?? 0,
    local: leg.ipv4(LEG.LOCAL) ?? ANY,
    remote: leg.ipv4(LEG.REMOTE) ?? ANY,
    port: leg.u16(LEG.REMOTE_PORT) ?? 0,
    keepalive: leg.u32(LEG.KEEPALIVE) ?? 0,
    heard: leg.u8(LEG.HEARD) === 1,
    state: STATES[leg.u8(LEG.STATE) ?? 0] ?? 'down',
    ...(address === undefined ? {} : { observed: { address, port: leg.u16(LEG.OBSERVED_PORT) ?? 0 } }),
    ...(rtt === undefined ? {} : { rttMs: rtt / 1000 }),
    ...(behind === undefined ? {} : { behindMs: behind / 1000 }),
    lossPpm: leg.u32(LEG.LOSS) ?? 0,
    addressChanges: leg.u32(LEG.ADDRESS_CHANGES) ?? 0,
    ...(pathMtu === undefined ? {} : { pathMtu }),
    pathMtuProbes: leg.u32(LEG.PATH_MTU_PROBES) ?? 0,
  };
}

const ANY = ipv4Text(new Uint8Array(4));

function protectOf(value: number | undefined): Protect | undefined {
  return PROTECTS[(value ?? 0) as keyof typeof PROTECTS];
}

function key(attrs: Attrs, type: number): string | undefined {
  const bytes = attrs.bytes(type);
  if (bytes === undefined) return undefined;
  if (bytes.length !== 32) throw new CodecError(`attribute ${type} holds a key of ${bytes.length} bytes`);
  return keyText(bytes);
}

/** Says nothing of what it was given: that may be a secret. */
function bytesOfKey(text: string): Uint8Array {
  const bytes = keyBytes(text);
  if (bytes === undefined) throw new CodecError('a key that is not 32 bytes in base64');
  return bytes;
}

function presharedBytes(text: string | null): Uint8Array {
  return text === null ? new Uint8Array(32) : bytesOfKey(text);
}

function freshBytes(text: string): Uint8Array {
  const pairs = text.match(/[0-9a-f]{2}/g) ?? [];
  if (text.length !== 2 * FRESH_BYTES || pairs.length !== FRESH_BYTES)
    throw new CodecError(`freshness of ${text.length} hexadecimal digits instead of ${2 * FRESH_BYTES}`);
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function hex(bytes: Uint8Array = new Uint8Array(FRESH_BYTES)): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
