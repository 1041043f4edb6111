// SPDX-License-Identifier: MIT

import { deliveryTracePath } from './delivery-trace.ts';

/** A value for each direction of a link, as drawn. */
export interface BothWays {
  /** From left to right. */
  readonly right: number;
  /** From right to left. */
  readonly left: number;
}

/** The file of a delivery trace for each direction of a link, as drawn. */
export interface TraceFiles {
  readonly right: string;
  readonly left: string;
}

/** What a link does to packets. Whatever is absent it does not. */
export interface LinkTraits {
  /** Bits per second, of whole Ethernet frames without checksum and gap. */
  readonly rate?: BothWays;
  /** Delivery traces instead of a rate: when packets may leave (delivery-trace.ts). */
  readonly trace?: TraceFiles;
  /** One way, in milliseconds. */
  readonly delay?: BothWays;
  /** A packet's delay is up to so much longer or shorter, in milliseconds, evenly spread; packets keep their order. */
  readonly jitter?: BothWays;
  /** Share of packets that are lost, from 0 to 1. */
  readonly loss?: BothWays;
  /** Packets that wait for the rate or the trace, at most. */
  readonly queue?: BothWays;
  /** Largest packet, in bytes, of both ends. */
  readonly mtu?: number;
  /** With jitter: packets overtake each other. */
  readonly reorder?: true;
}

/** The queue of a link that has a rate or a trace and nothing else said. */
export const DEFAULT_QUEUE = 100;

/** The same value in both directions. */
export function bothWays(value: number): BothWays {
  return { right: value, left: value };
}

/** One word between the brackets of a link; a string tells what is wrong with it. */
export function linkTrait(word: string): LinkTraits | string {
  const named = /^([a-z]+)=(.+)$/.exec(word);
  if (named) return namedTrait(word, named[1] ?? '', named[2] ?? '');
  if (word === 'reorder') return { reorder: true };
  const rate = each(word, bitsPerSecond);
  if (rate) return { rate };
  const delay = each(word, milliseconds);
  if (delay) return { delay };
  return `'${word}' is no rate (8mbit), no delay (10ms), and none of ${Object.keys(readers).join('=, ')}=, trace=, reorder`;
}

function namedTrait(word: string, name: string, value: string): LinkTraits | string {
  if (name === 'mtu') {
    const mtu = Number(value);
    if (Number.isInteger(mtu) && mtu >= 68 && mtu <= 65_535) return { mtu };
    return `'${word}': an MTU is a whole number from 68 to 65535`;
  }
  if (name === 'trace') return traceTrait(word, value);
  const reader = readers[name];
  if (!reader) return `'${word}': a link has ${Object.keys(readers).join(', ')}, trace, not ${name}`;
  const both = each(value, reader.read);
  return both ? { [name]: both } : `'${word}' must be as in ${reader.example}`;
}

/** `FILE` for both directions, or `FILE,FILE`: from left to right, and back. A name without a slash is the lab's own. */
function traceTrait(word: string, value: string): LinkTraits | string {
  const [right = '', left = right, ...more] = value.split(',');
  if (right === '' || left === '' || more.length > 0)
    return `'${word}' must be as in trace=line.down or trace=line.down,line.up`;
  return { trace: { right: deliveryTracePath(right), left: deliveryTracePath(left) } };
}

const readers: Readonly<Record<string, { read: (text: string) => number | undefined; example: string }>> = {
  queue: { read: (text) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined), example: 'queue=50' },
  loss: { read: percent, example: 'loss=0.5%' },
  jitter: { read: milliseconds, example: 'jitter=5ms' },
  mtu: { read: () => undefined, example: 'mtu=1492' },
};

/** `a` for both directions, or `a/b`: from left to right, and back. */
function each(text: string, read: (text: string) => number | undefined): BothWays | undefined {
  const parts = text.split('/');
  const [right, left = right] = parts.map(read);
  return right === undefined || left === undefined || parts.length > 2 ? undefined : { right, left };
}

/** `8mbit`; from 1 kbit/s to 100 Gbit/s. */
export function bitsPerSecond(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(k|m|g)bit$/.exec(text);
  if (!found) return undefined;
  const bits = Math.round(Number(found[1]) * { k: 1e3, m: 1e6, g: 1e9 }[found[2] as 'k' | 'm' | 'g']);
  return bits >= 1e3 && bits <= 100e9 ? bits : undefined;
}

/** `10ms`, `1.5s`; at most an hour. */
export function milliseconds(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(m?s)$/.exec(text);
  if (!found) return undefined;
  const value = Number(found[1]) * (found[2] === 's' ? 1000 : 1);
  return value <= 3_600_000 ? value : undefined;
}

function percent(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const share = found ? Number(found[1]) / 100 : Number.NaN;
  return share <= 1 ? share : undefined;
}
