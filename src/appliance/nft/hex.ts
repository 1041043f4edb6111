// SPDX-License-Identifier: MIT
/** Bytes as text, two digits each: plans and records are JSON. */
import type { Hex } from './types.ts';

export function hexOf(bytes: Iterable<number>): Hex {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function bytesOf(hex: Hex): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

/** A number in network order. */
export function be(value: number, size: 1 | 2 | 4): Hex {
  return (value >>> 0)
    .toString(16)
    .padStart(8, '0')
    .slice(-2 * size);
}

/** A number in the order of the board's CPU, which is little-endian on all of them. */
export function host32(value: number): Hex {
  return hexOf(bytesOf(be(value, 4)).reverse());
}

export function fromBe(hex: Hex): number {
  return Number.parseInt(hex, 16);
}

export function fromHost32(hex: Hex): number {
  return fromBe(hexOf(bytesOf(hex).reverse()));
}

/** The value after it, of the same length; undefined after the last one. */
export function successor(hex: Hex): Hex | undefined {
  const bytes = bytesOf(hex);
  for (let at = bytes.length - 1; at >= 0; at--) {
    const byte = bytes[at] ?? 0;
    bytes[at] = (byte + 1) & 0xff;
    if (byte < 0xff) return hexOf(bytes);
  }
  return undefined;
}

/** The value before it, which must not be the first one. */
export function predecessor(hex: Hex): Hex {
  const bytes = bytesOf(hex);
  for (let at = bytes.length - 1; at >= 0; at--) {
    const byte = bytes[at] ?? 0;
    bytes[at] = (byte + 0xff) & 0xff;
    if (byte > 0) break;
  }
  return hexOf(bytes);
}

/** The bits of a prefix, in an address of so many bytes. */
export function maskHex(length: number, size: 4 | 16): Hex {
  return hexOf(
    Array.from({ length: size }, (_, at) => (0xff00 >> Math.min(8, Math.max(0, length - 8 * at))) & 0xff),
  );
}
