// SPDX-License-Identifier: MIT
/** Numbers of protocols and ICMP types by the names that nft has for them. */

export const PROTOCOLS = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  sctp: 132,
} as const;
export type Protocol = keyof typeof PROTOCOLS;

export const ICMP_TYPES = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  redirect: 5,
  'echo-request': 8,
  'time-exceeded': 11,
  'parameter-problem': 12,
} as const;
export type IcmpType = keyof typeof ICMP_TYPES;

/** In the order in which nft lists several. */
export const CT_STATES = { invalid: 1, new: 8, established: 2, related: 4, untracked: 64 } as const;
export type CtState = keyof typeof CT_STATES;

/** NFPROTO_… */
export const NF_FAMILIES = { ipv4: 2, ipv6: 10 } as const;
export const CT_STATUS_DNAT = 0x20;

/** Codepoints of differentiated services. */
export const DSCPS = {
  cs0: 0,
  cs1: 8,
  cs2: 16,
  cs3: 24,
  cs4: 32,
  cs5: 40,
  cs6: 48,
  cs7: 56,
  lephb: 1,
  af11: 10,
  af12: 12,
  af13: 14,
  af21: 18,
  af22: 20,
  af23: 22,
  af31: 26,
  af32: 28,
  af33: 30,
  af41: 34,
  af42: 36,
  af43: 38,
  va: 44,
  ef: 46,
} as const;
export const ICMPX_PORT_UNREACHABLE = 1;

/** Priorities of hooks by nft's names. */
export const PRIORITIES = { raw: -300, mangle: -150, dstnat: -100, filter: 0, srcnat: 100 } as const;

/** The name of a number, or the number. */
export function nameOf(names: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(names).find((name) => names[name] === value) ?? String(value);
}
