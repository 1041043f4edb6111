// SPDX-License-Identifier: MIT
/** What the kinds of rtnetlink messages share: the address family and prefixes. IPv4 only, as the plan is. */
import { CodecError, ipv4Bytes, ipv4Text } from '../bytes.ts';

export const AF_INET = 2;
/** Stands in the header for a table whose number does not fit there; the attribute has it. */
export const RT_TABLE_COMPAT = 252;

/** `a.b.c.d/len` (or `default`) as an address and its length. */
export function parsePrefix(text: string): { address: string; prefix: number } {
  if (text === 'default') return { address: '0.0.0.0', prefix: 0 };
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const prefix = slash < 0 ? 32 : Number(text.slice(slash + 1));
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 32)
    throw new CodecError(`"${text}" is not an IPv4 prefix`);
  return { address: ipv4Text(ipv4Bytes(address)), prefix };
}
