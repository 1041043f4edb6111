// SPDX-License-Identifier: MIT
/** Ethernet frames with an IPv4 packet each: made, and read again after a board has forwarded them. */

/** One flow, and what its packets look like. */
export interface Flow {
  /** IPv4 addresses. */
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
}

export const ETHERNET = 14;
const VLAN = 4;
export const IPV4 = 20;
const UDP = 8;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_VLAN = 0x8100;
const PROTOCOL_IPIP = 4;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
const PROTOCOL_GRE = 47;
const GRE = 4;
/** Flags and version 0, protocol type transparent Ethernet bridging. */
const GRE_ETHERNET = 0x6558;
const DONT_FRAGMENT = 0x4000;
const TTL = 64;
/** Where the number of a packet stands, and after it the number's complement, so that the UDP checksum stays the same. */
const NUMBER = ETHERNET + IPV4 + UDP;

/** The shortest packet that holds headers and number, in bytes from the IPv4 header on. */
export const SHORTEST = IPV4 + UDP + 8;

export interface Macs {
  readonly from: string;
  readonly to: string;
}

/**
 * A frame of `flow` whose IPv4 packet has `length` bytes, with a UDP datagram numbered 0.
 * @throws RangeError when the packet is too short for its headers and number
 */
export function makeFrame(flow: Flow, length: number, macs: Macs): Buffer {
  if (length < SHORTEST) throw new RangeError(`a packet of ${length} bytes: ${SHORTEST} is the least`);
  const frame = makeIpv4(flow, PROTOCOL_UDP, length, macs);
  const ip = packetOf(frame);
  const udp = ip.subarray(IPV4);
  udp.writeUInt16BE(flow.fromPort, 0);
  udp.writeUInt16BE(flow.toPort, 2);
  udp.writeUInt16BE(udp.length, 4);
  for (let at = UDP + 8; at < udp.length; at++) udp[at] = at & 0xff;
  numberFrame(frame, 0);
  udp.writeUInt16BE(transportChecksum(ip) || 0xffff, 6);
  return frame;
}

/** A frame whose IPv4 packet has `length` bytes; all behind its header is 0. */
export function makeIpv4(
  { from, to }: Pick<Flow, 'from' | 'to'>,
  protocol: number,
  length: number,
  macs: Macs,
): Buffer {
  const frame = Buffer.alloc(ETHERNET + length);
  macBytes(macs.to).copy(frame, 0);
  macBytes(macs.from).copy(frame, 6);
  frame.writeUInt16BE(ETHERTYPE_IPV4, 12);
  const ip = packetOf(frame);
  ip.writeUInt16BE(0x4500, 0);
  ip.writeUInt16BE(length, 2);
  ip.writeUInt16BE(DONT_FRAGMENT, 6);
  ip.writeUInt8(TTL, 8);
  ip.writeUInt8(protocol, 9);
  addressBytes(from).copy(ip, 12);
  addressBytes(to).copy(ip, 16);
  ip.writeUInt16BE(internetChecksum(ip.subarray(0, IPV4)), 10);
  return frame;
}

/** A frame like this one, its packet inside of an IPIP packet. */
export function inTunnel(frame: Buffer, ends: Pick<Flow, 'from' | 'to'>, macs: Macs): Buffer {
  const packet = packetOf(frame);
  const outer = makeIpv4(ends, PROTOCOL_IPIP, IPV4 + packet.length, macs);
  packet.copy(outer, ETHERNET + IPV4);
  return outer;
}

/** Writes a number of 32 bits into a frame of makeFrame(); no checksum changes by it. */
export function numberFrame(frame: Buffer, number: number): void {
  frame.writeUInt32BE(number, NUMBER);
  frame.writeUInt32BE(~number >>> 0, NUMBER + 4);
}

/** A frame on its way out of a board. */
export interface Forwarded {
  /** How it left: `plain`, `vlan 5`, or the outer destination of a tunnel. */
  readonly way: string;
  /** The packet as it was sent, from its IPv4 header on. */
  readonly packet: Buffer;
}

/** Takes off Ethernet, VLAN tag and outer headers. Undefined when the frame is none of ours (ARP, IPv6). */
export function readFrame(frame: Buffer): Forwarded | undefined {
  const { packet: outer, vlan } = readEthernet(frame);
  const inner = outer && readTunnel(outer);
  const packet = inner ?? outer;
  if (!outer || !packet || ![PROTOCOL_TCP, PROTOCOL_UDP].includes(packet[9] ?? 0)) return undefined;
  if (packet.length < SHORTEST) return undefined;
  const untunnelled = vlan === undefined ? 'plain' : `vlan ${vlan}`;
  const way = inner ? outer.subarray(16, 20).join('.') : untunnelled;
  return { way, packet };
}

/** The number of a datagram that makeFrame() has made. */
export function numberOf(packet: Buffer): number {
  return packet.readUInt32BE(NUMBER - ETHERNET);
}

function readEthernet(frame: Buffer): { packet?: Buffer; vlan?: number } {
  if (frame.length < ETHERNET + VLAN) return {};
  const tagged = frame.readUInt16BE(12) === ETHERTYPE_VLAN;
  const begin = tagged ? ETHERNET + VLAN : ETHERNET;
  const vlan = tagged ? { vlan: frame.readUInt16BE(ETHERNET) & 0xfff } : {};
  if (frame.readUInt16BE(begin - 2) !== ETHERTYPE_IPV4) return vlan;
  const packet = withoutPadding(frame.subarray(begin));
  return packet ? { packet, ...vlan } : vlan;
}

/** The IPv4 packet inside of an IPIP packet, or of a GRE packet (RFC 2784, no options) with an Ethernet frame. */
function readTunnel(outer: Buffer): Buffer | undefined {
  if (outer[9] === PROTOCOL_IPIP) return withoutPadding(outer.subarray(IPV4));
  const gre =
    outer[9] === PROTOCOL_GRE && outer.length > IPV4 + GRE && outer.readUInt32BE(IPV4) === GRE_ETHERNET;
  return gre ? readEthernet(outer.subarray(IPV4 + GRE)).packet : undefined;
}

/** What a router must not change of a packet: all of it but time to live and the header's checksum. */
export function sameButForwarded(sent: Buffer, received: Buffer): boolean {
  const ttl = sent[8] ?? 0;
  return (
    sent.length === received.length &&
    received[8] === ttl - 1 &&
    internetChecksum(received.subarray(0, IPV4)) === 0 &&
    sent.compare(received, 0, 8, 0, 8) === 0 &&
    sent[9] === received[9] &&
    sent.compare(received, 12, undefined, 12, undefined) === 0
  );
}

/** The packet in a frame of makeFrame(). */
export function packetOf(frame: Buffer): Buffer {
  return frame.subarray(ETHERNET);
}

/** RFC 1071; 0 over data that holds its own correct checksum. */
export function internetChecksum(bytes: Uint8Array, begin = 0): number {
  let sum = begin;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Of a TCP or UDP packet without IP options, over the pseudo header too (RFC 768, RFC 9293), its field being 0. */
export function transportChecksum(ip: Buffer): number {
  const pseudo = Buffer.alloc(12);
  ip.copy(pseudo, 0, 12, 20);
  pseudo.writeUInt16BE(ip.readUInt8(9), 8);
  pseudo.writeUInt16BE(ip.length - IPV4, 10);
  const begin = ~internetChecksum(pseudo) & 0xffff;
  return internetChecksum(ip.subarray(IPV4), begin);
}

/** An IPv4 packet; Ethernet fills short ones up. Undefined when it is cut off. */
function withoutPadding(bytes: Buffer): Buffer | undefined {
  const length = bytes.length < IPV4 ? 0 : bytes.readUInt16BE(2);
  return length >= IPV4 && length <= bytes.length ? bytes.subarray(0, length) : undefined;
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}
