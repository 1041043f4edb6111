// SPDX-License-Identifier: MIT
/** The order in which nft lists the elements of a set: by value, and names of devices as numbers of the CPU's order. */
import { bytesOf, hexOf } from './hex.ts';
import type { Element, Hex, SetType } from './types.ts';

export function sortElements(type: SetType, elements: readonly Element[]): Element[] {
  const rank = (hex: Hex) => (type === 'ifname' ? hexOf(bytesOf(hex).reverse()) : hex);
  return [...elements].sort((a, b) =>
    rank(a.from) < rank(b.from) ? -1 : rank(a.from) > rank(b.from) ? 1 : 0,
  );
}
