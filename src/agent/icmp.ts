// SPDX-License-Identifier: MIT
/** ICMP echo (RFC 792): the probes of uplinks and legs. */

const ECHO_REQUEST = 8;
const ECHO_REPLY = 0;
const PROTOCOL_ICMP = 1;
/** Together with the IP header the smallest frame that Ethernet sends anyway. */
const PAYLOAD = 16;

export interface Echo {
  id: number;
  seq: number;
}

export function encodeEchoRequest({ id, seq }: Echo): Uint8Array {
  const bytes = new Uint8Array(8 + PAYLOAD);
  const view = new DataView(bytes.buffer);
  bytes[0] = ECHO_REQUEST;
  view.setUint16(4, id);
  view.setUint16(6, seq);
  view.setUint16(2, checksum(bytes));
  return bytes;
}

/** The echo reply in an IPv4 packet as a raw socket gives it; undefined for anything else. */
export function decodeEchoReply(packet: Uint8Array): Echo | undefined {
  const header = ((packet[0] ?? 0) & 0x0f) * 4;
  if ((packet[0] ?? 0) >> 4 !== 4 || packet[9] !== PROTOCOL_ICMP || header < 20) return undefined;
  const icmp = packet.subarray(header);
  if (icmp.length < 8 || icmp[0] !== ECHO_REPLY || icmp[1] !== 0 || checksum(icmp) !== 0) return undefined;
  const view = new DataView(icmp.buffer, icmp.byteOffset, icmp.byteLength);
  return { id: view.getUint16(4), seq: view.getUint16(6) };
}

/** The internet checksum (RFC 1071); over a message with a right one it gives 0. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
