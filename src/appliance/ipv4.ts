// SPDX-License-Identifier: MIT
/** IPv4 addresses and prefixes as unsigned 32-bit numbers. */

/** An address with the length of its network's prefix; `ip` may have host bits. */
export type Prefix = { ip: number; length: number };

/** The number that a dotted quad stands for; undefined unless it is exactly four decimal bytes. */
export function parseIp(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let ip = 0;
  for (const byte of match.slice(1)) {
    // A leading zero is octal for some programs and decimal for others.
    if (Number(byte) > 255 || (byte.length > 1 && byte.startsWith('0'))) return undefined;
    ip = ip * 256 + Number(byte);
  }
  return ip;
}

export function formatIp(ip: number): string {
  return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join('.');
}

/** `10.0.0.1/8`; undefined when it is not an address, a slash and 0 to 32. */
export function parsePrefix(text: string): Prefix | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const ip = parseIp(match?.[1] ?? '');
  const length = Number(match?.[2]);
  return ip === undefined || !(length <= 32) ? undefined : { ip, length };
}

/** For text that the schema has let through. Throws on anything else: that is a bug of ours. */
export function mustPrefix(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new Error(`not a prefix: ${JSON.stringify(text)}`);
  return prefix;
}

/** As `mustPrefix`, for a bare address. */
export function mustIp(text: string): number {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an IPv4 address: ${JSON.stringify(text)}`);
  return ip;
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatIp(prefix.ip)}/${prefix.length}`;
}

/** `192.168.1.1/24` → `192.168.1.1` */
export function bareIp(address: string): string {
  return address.split('/', 1)[0] ?? address;
}

/** First address of the network. */
export function firstOf(prefix: Prefix): number {
  return (prefix.ip & maskOf(prefix.length)) >>> 0;
}

/** Last address of the network. */
export function lastOf(prefix: Prefix): number {
  return (firstOf(prefix) | ~maskOf(prefix.length)) >>> 0;
}

/** The prefix without host bits: `192.168.1.1/24` → `192.168.1.0/24`. */
export function networkOf(prefix: Prefix): Prefix {
  return { ip: firstOf(prefix), length: prefix.length };
}

export function contains(prefix: Prefix, ip: number): boolean {
  return ip >= firstOf(prefix) && ip <= lastOf(prefix);
}

/** One prefix lies within the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? contains(a, b.ip) : contains(b, a.ip);
}

/** Network or broadcast address of its subnet; /31 and /32 have none (RFC 3021). */
export function isSubnetEdge(prefix: Prefix, ip = prefix.ip): boolean {
  return prefix.length < 31 && (ip === firstOf(prefix) || ip === lastOf(prefix));
}

/** Can be the address of one machine: not 0/8, loopback, multicast or reserved. */
export function isUnicast(ip: number): boolean {
  const first = ip >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** 24 → 255.255.255.0 */
export function maskOf(length: number): number {
  return length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
}
