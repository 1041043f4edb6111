// SPDX-License-Identifier: MIT
/** Ethernet frames with an IPv4 UDP packet each: made, and read again after a board has forwarded them. */

/** One UDP flow, and what its packets look like. */
export interface Flow {
  /** IPv4 addresses. */
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
}

const ETHERNET = 14;
const VLAN = 4;
const IPV4 = 20;
const UDP = 8;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_VLAN = 0x8100;
const PROTOCOL_IPIP = 4;
const PROTOCOL_UDP = 17;
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

/**
 * A frame of `flow` whose IPv4 packet has `length` bytes, numbered 0.
 * @throws RangeError when the packet is too short for its headers and number
 */
export function makeFrame(flow: Flow, length: number, macs: { from: string; to: string }): Buffer {
  if (length < SHORTEST) throw new RangeError(`a packet of ${length} bytes: ${SHORTEST} is the least`);
  const frame = Buffer.alloc(ETHERNET + length);
  macBytes(macs.to).copy(frame, 0);
  macBytes(macs.from).copy(frame, 6);
  frame.writeUInt16BE(ETHERTYPE_IPV4, 12);
  const ip = frame.subarray(ETHERNET);
  ip.writeUInt16BE(0x4500, 0);
  ip.writeUInt16BE(length, 2);
  ip.writeUInt16BE(DONT_FRAGMENT, 6);
  ip.writeUInt8(TTL, 8);
  ip.writeUInt8(PROTOCOL_UDP, 9);
  addressBytes(flow.from).copy(ip, 12);
  addressBytes(flow.to).copy(ip, 16);
  ip.writeUInt16BE(internetChecksum(ip.subarray(0, IPV4)), 10);
  const udp = ip.subarray(IPV4);
  udp.writeUInt16BE(flow.fromPort, 0);
  udp.writeUInt16BE(flow.toPort, 2);
  udp.writeUInt16BE(udp.length, 4);
  for (let at = UDP + 8; at < udp.length; at++) udp[at] = at & 0xff;
  numberFrame(frame, 0);
  udp.writeUInt16BE(udpChecksum(ip), 6);
  return frame;
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
  /** The UDP packet as it was sent, from its IPv4 header on. */
  readonly packet: Buffer;
  readonly number: number;
}

/** Takes off Ethernet, VLAN tag and outer headers. Undefined when the frame is none of ours (ARP, IPv6). */
export function readFrame(frame: Buffer): Forwarded | undefined {
  const { packet: outer, vlan } = readEthernet(frame);
  const inner = outer && readTunnel(outer);
  const packet = inner ?? outer;
  if (!outer || !packet || packet[9] !== PROTOCOL_UDP || packet.length < SHORTEST) return undefined;
  const untunnelled = vlan === undefined ? 'plain' : `vlan ${vlan}`;
  const way = inner ? outer.subarray(16, 20).join('.') : untunnelled;
  return { way, packet, number: packet.readUInt32BE(IPV4 + UDP) };
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

function udpChecksum(ip: Buffer): number {
  const pseudo = Buffer.alloc(12);
  ip.copy(pseudo, 0, 12, 20);
  pseudo.writeUInt16BE(PROTOCOL_UDP, 8);
  pseudo.writeUInt16BE(ip.length - IPV4, 10);
  const begin = ~internetChecksum(pseudo) & 0xffff;
  return internetChecksum(ip.subarray(IPV4), begin) || 0xffff;
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
