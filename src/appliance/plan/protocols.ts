// SPDX-License-Identifier: MIT
/** Protocols as rules of the configuration name them, in the names of nft: ICMP of IPv6 has another one there. */
import type { Protocol } from '../nft/names.ts';
import type { RULE_PROTOCOLS } from '../schema.ts';

export const PROTOCOL_NAMES = {
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  icmpv6: 'ipv6-icmp',
  gre: 'gre',
  esp: 'esp',
  ah: 'ah',
  sctp: 'sctp',
} as const satisfies Record<(typeof RULE_PROTOCOLS)[number], Protocol>;
