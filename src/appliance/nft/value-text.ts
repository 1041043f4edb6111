// SPDX-License-Identifier: MIT
/** Values of rules in the notation of nft, from the bytes that the kernel compares. */
import type { Network } from './build.ts';
import { bytesOf, fromBe, fromHost32 } from './hex.ts';
import type { Element, Hex, InlineSet } from './types.ts';

export type ValueText = (hex: Hex) => string;

const FLAG_NAMES = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 };

export function setText({ elements }: InlineSet, value: ValueText): string {
  return `{ ${elements.map((element) => elementText(element, value)).join(', ')} }`;
}

function elementText({ from, to }: Element, value: ValueText): string {
  if (to === undefined || to === from) return value(from);
  const length = value === ipv4 || value === ipv6 ? commonPrefix(from, to) : undefined;
  return length === undefined ? `${value(from)}-${value(to)}` : `${value(from)}/${length}`;
}

/** The length of the prefix that is just this range; undefined: none is. */
function commonPrefix(from: Hex, to: Hex): number | undefined {
  const [low, high] = [binary(from), binary(to)];
  const length = Array.from(low).findIndex((bit, at) => bit !== high[at]);
  const rest = length < 0 ? '' : low.slice(length);
  return !rest.includes('1') && !high.slice(length).includes('0') ? length : undefined;
}

function binary(hex: Hex): string {
  return Array.from(hex, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
}

export function isPrefix(mask: Hex): boolean {
  return !binary(mask).includes('01');
}

export function ones(mask: Hex): number {
  return binary(mask).replace(/0/g, '').length;
}

export function plain(hex: Hex): string {
  return String(fromBe(hex));
}

/** As registers hold it, in the order of the CPU. */
export function mark(hex: Hex): string {
  return `0x${fromHost32(hex).toString(16).padStart(8, '0')}`;
}

export function deviceName(hex: Hex): string {
  const text = String.fromCharCode(...bytesOf(hex));
  return `"${text.replace(/\0.*$/s, '')}"`;
}

export function tcpFlags(hex: Hex): string {
  const flags = fromBe(hex);
  return Object.entries(FLAG_NAMES)
    .filter(([, bit]) => flags & bit)
    .map(([name]) => name)
    .join(',');
}

export function ipv4(hex: Hex): string {
  return Array.from(bytesOf(hex)).join('.');
}

/** `10.0.9.0/24`; one address by itself. */
export function networkText({ family, address, length }: Network): string {
  const text = family === 'ipv4' ? ipv4(address) : ipv6(address);
  return length === 4 * address.length ? text : `${text}/${length}`;
}

/** RFC 5952: the longest run of zeros, the first of several, is left out. */
export function ipv6(hex: Hex): string {
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const runs = [
    ...groups
      .map((group) => (group === '0' ? '0' : 'x'))
      .join('')
      .matchAll(/0{2,}/g),
  ];
  const longest = runs.reduce<RegExpMatchArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  );
  if (longest === undefined) return groups.join(':');
  const before = groups.slice(0, longest.index).join(':');
  return `${before}::${groups.slice((longest.index ?? 0) + longest[0].length).join(':')}`;
}
