// SPDX-License-Identifier: MIT
/** TCP segments without options (RFC 9293), and their acknowledgements. */
import {
  ETHERNET,
  type Flow,
  IPV4,
  inTunnel,
  type Macs,
  makeIpv4,
  PROTOCOL_TCP,
  packetOf,
  transportChecksum,
} from './frames.ts';

const TCP = 20;
const SEQUENCE = 4;
const ACKNOWLEDGED = 8;
const CHECKSUM = 16;
/** Header of five words, and the flag ACK. */
const WORDS_ACK = 0x5010;
const WINDOW = 0xffff;

/** Bytes of data in a packet of `length` bytes. */
export function payloadOf(length: number): number {
  return length - IPV4 - TCP;
}

/** A frame with a segment of `flow` in an IPv4 packet of `length` bytes, its sequence number 0. */
export function makeSegment(flow: Flow, length: number, macs: Macs): Buffer {
  const frame = makeIpv4(flow, PROTOCOL_TCP, length, macs);
  const ip = packetOf(frame);
  const tcp = ip.subarray(IPV4);
  tcp.writeUInt16BE(flow.fromPort, 0);
  tcp.writeUInt16BE(flow.toPort, 2);
  tcp.writeUInt16BE(WORDS_ACK, 12);
  tcp.writeUInt16BE(WINDOW, 14);
  for (let at = TCP; at < tcp.length; at++) tcp[at] = at & 0xff;
  tcp.writeUInt16BE(transportChecksum(ip), CHECKSUM);
  return frame;
}

/** Gives a segment another sequence number, and its checksum what that changes (RFC 1624). */
export function setSequence(frame: Buffer, sequence: number): void {
  const tcp = frame.subarray(ETHERNET + IPV4);
  const before = (tcp.readUInt16BE(SEQUENCE) ^ 0xffff) + (tcp.readUInt16BE(SEQUENCE + 2) ^ 0xffff);
  tcp.writeUInt32BE(sequence >>> 0, SEQUENCE);
  const now = tcp.readUInt16BE(SEQUENCE) + tcp.readUInt16BE(SEQUENCE + 2);
  let sum = (tcp.readUInt16BE(CHECKSUM) ^ 0xffff) + before + now;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  tcp.writeUInt16BE(~sum & 0xffff, CHECKSUM);
}

export function readSequence(packet: Buffer): { fromPort: number; sequence: number } {
  return { fromPort: packet.readUInt16BE(IPV4), sequence: packet.readUInt32BE(IPV4 + SEQUENCE) };
}

/**
 * A frame that acknowledges a segment, without data.
 * @param way how the segment left the board (`Forwarded.way`): the far end of a tunnel, by which the answer goes too
 * @param board the other end of that tunnel
 */
export function acknowledgement(packet: Buffer, way: string, macs: Macs, board: string): Buffer {
  const [from, to] = [addressAt(packet, 16), addressAt(packet, 12)];
  const frame = makeIpv4({ from, to }, PROTOCOL_TCP, IPV4 + TCP, macs);
  const ip = packetOf(frame);
  const tcp = ip.subarray(IPV4);
  packet.copy(tcp, 0, IPV4 + 2, IPV4 + 4);
  packet.copy(tcp, 2, IPV4, IPV4 + 2);
  const { sequence } = readSequence(packet);
  tcp.writeUInt32BE((sequence + payloadOf(packet.length)) >>> 0, ACKNOWLEDGED);
  tcp.writeUInt16BE(WORDS_ACK, 12);
  tcp.writeUInt16BE(WINDOW, 14);
  tcp.writeUInt16BE(transportChecksum(ip), CHECKSUM);
  return inTunnel(frame, { from: way, to: board }, macs);
}

function addressAt(packet: Buffer, at: number): string {
  return packet.subarray(at, at + 4).join('.');
}
