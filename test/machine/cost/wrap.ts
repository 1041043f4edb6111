// SPDX-License-Identifier: MIT
/** What a board makes of a frame with an IPv4 packet on its way through. */
import { internetChecksum } from '../../../src/machine/cost/frames.ts';

const ETHERNET = 14;

/** One hop further. */
export function forwarded(frame: Buffer): Buffer {
  const next = Buffer.from(frame);
  const ip = next.subarray(ETHERNET, ETHERNET + 20);
  ip.writeUInt8(ip.readUInt8(8) - 1, 8);
  ip.writeUInt16BE(0, 10);
  ip.writeUInt16BE(internetChecksum(ip), 10);
  return next;
}

/** With an 802.1Q tag. */
export function tagged(frame: Buffer, vlan: number): Buffer {
  const tag = Buffer.from([0x81, 0x00, vlan >> 8, vlan & 0xff]);
  return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
}

/** In an IPIP packet to `to`. */
export function inIpip(frame: Buffer, to: string): Buffer {
  return inIpv4(frame, 4, to, frame.subarray(ETHERNET));
}

/** With its Ethernet header, in a GRE packet to `to`. */
export function inGre(frame: Buffer, to: string): Buffer {
  return inIpv4(frame, 47, to, Buffer.concat([Buffer.from([0, 0, 0x65, 0x58]), frame]));
}

function inIpv4(frame: Buffer, protocol: number, to: string, payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  header.set(to.split('.').map(Number), 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([frame.subarray(0, ETHERNET), header, payload]);
}

/** 0 when the checksum of a TCP or UDP packet is right (RFC 768, RFC 9293). */
export function transportSum(ip: Buffer): number {
  const pseudo = Buffer.alloc(12);
  ip.copy(pseudo, 0, 12, 20);
  pseudo.writeUInt16BE(ip.readUInt8(9), 8);
  pseudo.writeUInt16BE(ip.length - 20, 10);
  const padding = Buffer.alloc(ip.length % 2);
  return internetChecksum(Buffer.concat([pseudo, ip.subarray(20), padding]));
}
