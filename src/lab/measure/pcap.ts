// SPDX-License-Identifier: MIT
/** Packets of a capture file of tcpdump (pcap, nanoseconds), as far as the lab measures them. */
import { BuildError } from '../../image/errors.ts';

export interface Packet {
  /** Seconds since the begin that the reader was given. */
  readonly time: number;
  /** Bytes on the link, with the Ethernet header. */
  readonly length: number;
  /** Of the innermost IPv4 packet that carries TCP. */
  readonly tcp?: TcpSegment;
}

export interface TcpSegment {
  /** `10.0.0.1:80>10.0.0.2:4000` */
  readonly flow: string;
  readonly sequence: number;
  /** Bytes of payload. */
  readonly payload: number;
  readonly syn: boolean;
}

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 1;

/**
 * Reads a capture; `begin` is in nanoseconds since 1970.
 * @throws BuildError when the file is not such a capture. A record that was cut short at the end is left out.
 */
export function readPcap(file: Buffer, begin: bigint): Packet[] {
  if (
    file.length < FILE_HEADER ||
    file.readUInt32LE(0) !== MAGIC_NANOSECONDS ||
    file.readUInt32LE(20) !== ETHERNET
  ) {
    throw new BuildError('not a capture of Ethernet frames with nanoseconds');
  }
  const packets: Packet[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= file.length; ) {
    const time = BigInt(file.readUInt32LE(at)) * 1_000_000_000n + BigInt(file.readUInt32LE(at + 4));
    const kept = file.readUInt32LE(at + 8);
    const length = file.readUInt32LE(at + 12);
    const frame = file.subarray(at + RECORD_HEADER, at + RECORD_HEADER + kept);
    if (frame.length < kept) break;
    const tcp = readFrame(frame);
    packets.push({ time: Number(time - begin) / 1e9, length, ...(tcp ? { tcp } : {}) });
    at += RECORD_HEADER + kept;
  }
  return packets;
}

const VLAN = 0x8100;
const IPV4 = 0x0800;

function readFrame(frame: Buffer): TcpSegment | undefined {
  let at = 12;
  if (frame.length < at + 2) return undefined;
  let type = frame.readUInt16BE(at);
  if (type === VLAN && frame.length >= at + 6) {
    at += 4;
    type = frame.readUInt16BE(at);
  }
  return type === IPV4 ? readIp(frame.subarray(at + 2)) : undefined;
}

const IPIP = 4;
const TCP = 6;

function readIp(packet: Buffer): TcpSegment | undefined {
  if (packet.length < 20) return undefined;
  const header = ((packet[0] ?? 0) & 15) * 4;
  const inner = packet.subarray(header);
  if (packet[9] === IPIP) return readIp(inner);
  if (packet[9] !== TCP || inner.length < 20 || (packet.readUInt16BE(6) & 0x1fff) !== 0) return undefined;
  const offset = ((inner[12] ?? 0) >> 4) * 4;
  const address = (start: number) => [...packet.subarray(start, start + 4)].join('.');
  return {
    flow: `${address(12)}:${inner.readUInt16BE(0)}>${address(16)}:${inner.readUInt16BE(2)}`,
    sequence: inner.readUInt32BE(4),
    payload: packet.readUInt16BE(2) - header - offset,
    syn: ((inner[13] ?? 0) & 2) !== 0,
  };
}
