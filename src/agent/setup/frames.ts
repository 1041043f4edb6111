// SPDX-License-Identifier: MIT
/** The few frames that setup sends and understands: DHCP's discovery (RFC 2131) and PPPoE's (RFC 2516). */
import type { Heard } from '../../appliance/setup/answers.ts';
import { checksum } from '../icmp.ts';

export const ETH_P_ALL = 3;
const ETH_IPV4 = 0x0800;
const ETH_PPPOE_DISCOVERY = 0x8863;
const VLAN_TAG = 0x8100;
const BROADCAST = [255, 255, 255, 255, 255, 255];
const ETHERNET = 14;
const UDP = 17;
const BOOTP = 236;
const COOKIE = [99, 130, 83, 99];
const DISCOVER = 1;
const OFFER = 2;
const OPTION = { MASK: 1, TYPE: 53, SERVER: 54, WANTED: 55, END: 255 } as const;
const PADI = 0x09;
const PADO = 0x07;
const TAG_SERVICE = 0x0101;
const TAG_NAME = 0x0102;

/** With an 802.1Q tag where `vlan` is not 0. */
export function ethernet(
  mac: readonly number[],
  vlan: number,
  type: number,
  payload: readonly number[],
): Uint8Array {
  const tag = vlan === 0 ? [] : [...u16(VLAN_TAG), ...u16(vlan)];
  return Uint8Array.from([...BROADCAST, ...mac, ...tag, ...u16(type), ...payload]);
}

/** A message of DHCP that asks for answers by broadcast, since nobody has an address yet. */
export function dhcpQuestion(mac: readonly number[], id: number): number[] {
  const fixed = [1, 1, 6, 0, ...u32(id), 0, 0, 0x80, 0, ...zeros(16), ...mac, ...zeros(10), ...zeros(192)];
  const options = [...COOKIE, OPTION.TYPE, 1, DISCOVER, OPTION.WANTED, 2, OPTION.MASK, 3, OPTION.END];
  return [...fixed, ...options, ...zeros(Math.max(0, 300 - fixed.length - options.length))];
}

/** The frame that it is broadcast by. */
export function dhcpDiscover(mac: readonly number[], vlan: number, id: number): Uint8Array {
  const body = dhcpQuestion(mac, id);
  const udp = [...u16(68), ...u16(67), ...u16(8 + body.length), 0, 0, ...body];
  const header = [
    0x45,
    0,
    ...u16(20 + udp.length),
    0,
    0,
    0,
    0,
    64,
    UDP,
    0,
    0,
    ...zeros(4),
    255,
    255,
    255,
    255,
  ];
  const sum = checksum(Uint8Array.from(header));
  header.splice(10, 2, ...u16(sum));
  return ethernet(mac, vlan, ETH_IPV4, [...header, ...udp]);
}

export function pppoeInitiation(mac: readonly number[], vlan: number): Uint8Array {
  // Any service.
  const tags = [...u16(TAG_SERVICE), 0, 0];
  return ethernet(mac, vlan, ETH_PPPOE_DISCOVERY, [0x11, PADI, 0, 0, ...u16(tags.length), ...tags]);
}

/** What a frame that came in says; `vlan` is what the kernel took out of it. Undefined: nothing of interest. */
export function heardFrom(
  frame: Uint8Array,
  vlan: number,
  mac: readonly number[],
  id: number,
): Heard | undefined {
  const tag = vlan === 0 ? {} : { vlan };
  const type = at16(frame, 12);
  const payload = frame.subarray(ETHERNET);
  if (type === ETH_PPPOE_DISCOVERY && payload[1] === PADO)
    return { what: 'pppoe', name: accessName(payload), ...tag };
  const offer = type === ETH_IPV4 ? offerIn(payload, mac, id) : undefined;
  if (offer) return { what: 'dhcp', ...offer, ...tag };
  return vlan === 0 ? undefined : { what: 'vlan', vlan };
}

function offerIn(
  packet: Uint8Array,
  mac: readonly number[],
  id: number,
): { server: string; address?: string } | undefined {
  const header = ((packet[0] ?? 0) & 15) * 4;
  if (packet[9] !== UDP || header < 20 || at16(packet, header + 2) !== 68) return undefined;
  return dhcpOffer(packet.subarray(header + 8), ip(packet.subarray(12, 16)), mac, id);
}

/** What a message of DHCP offers that came from an address; undefined: it is no offer that was asked for by `id`. */
export function dhcpOffer(
  body: Uint8Array,
  from: string,
  mac: readonly number[],
  id: number,
): { server: string; address?: string } | undefined {
  const cookie = COOKIE.every((byte, at) => body[BOOTP + at] === byte);
  const ours = at32(body, 4) === id && mac.every((byte, at) => body[28 + at] === byte);
  if (body[0] !== 2 || !cookie || !ours) return undefined;
  const options = optionsIn(body.subarray(BOOTP + COOKIE.length));
  if (options.get(OPTION.TYPE)?.[0] !== OFFER) return undefined;
  const named = options.get(OPTION.SERVER);
  const server = named?.length === 4 ? ip(named) : from;
  const length = lengthOf(options.get(OPTION.MASK));
  return { server, ...(length === undefined ? {} : { address: `${ip(body.subarray(16, 20))}/${length}` }) };
}

function optionsIn(bytes: Uint8Array): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  for (let at = 0; at + 1 < bytes.length && bytes[at] !== OPTION.END; ) {
    const code = bytes[at] ?? 0;
    if (code === 0) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (at + 2 + length <= bytes.length) options.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}

/** Length of the prefix that a mask stands for; undefined: it is none. */
function lengthOf(mask: Uint8Array | undefined): number | undefined {
  if (mask?.length !== 4) return undefined;
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}

function accessName(payload: Uint8Array): string {
  for (let at = 6; at + 4 <= payload.length; ) {
    const length = at16(payload, at + 2);
    if (at16(payload, at) === TAG_NAME)
      return String.fromCharCode(...payload.subarray(at + 4, at + 4 + Math.min(length, 64)));
    at += 4 + length;
  }
  return '';
}

function ip(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 4)].join('.');
}

function at16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function at32(bytes: Uint8Array, at: number): number {
  return at16(bytes, at) * 0x10000 + at16(bytes, at + 2);
}

function u16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
