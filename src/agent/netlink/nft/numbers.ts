// SPDX-License-Identifier: MIT
/** Numbers and headers of nf_tables' messages (linux/netfilter/nf_tables.h). */
import type { Family, Hook, SetType } from '../../../appliance/nft/types.ts';
import { Writer } from '../bytes.ts';

export const NFT = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  GETCHAIN: 4,
  NEWRULE: 6,
  GETRULE: 7,
  NEWSET: 9,
  GETSET: 10,
  NEWSETELEM: 12,
  GETSETELEM: 13,
  NEWOBJ: 18,
  GETOBJ: 19,
} as const;

export const TABLE = { NAME: 1, USERDATA: 6 } as const;
export const CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7 } as const;
export const HOOK = { NUMBER: 1, PRIORITY: 2, DEVICE: 3 } as const;
export const RULE = { TABLE: 1, CHAIN: 2, EXPRESSIONS: 4, USERDATA: 7 } as const;
export const SET = { TABLE: 1, NAME: 2, FLAGS: 3, KEY_TYPE: 4, KEY_LEN: 5, ID: 10, USERDATA: 13 } as const;
export const ELEMENTS = { TABLE: 1, SET: 2, LIST: 3, SET_ID: 4 } as const;
export const ELEMENT = { KEY: 1, FLAGS: 3 } as const;
export const DATA_VALUE = 1;
export const OBJECT = { TABLE: 1, NAME: 2, TYPE: 3, DATA: 4 } as const;
export const OBJECT_CT_HELPER = 3;
export const CT_HELPER = { NAME: 1, L3PROTO: 2, L4PROTO: 3 } as const;

export const FAMILIES = { inet: 1, netdev: 5 } as const;
export const HOOKS: Readonly<Record<Family, Readonly<Partial<Record<Hook, number>>>>> = {
  inet: { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 },
  netdev: { ingress: 0 },
};
export const CHAIN_TYPES = ['filter', 'nat', 'route'] as const;
export const POLICIES = { drop: 0, accept: 1 } as const;
export const L3PROTOCOLS = { inet: 1, ip: 2, ip6: 10 } as const;
export const L4PROTOCOLS = { tcp: 6, udp: 17 } as const;

export const SET_ANONYMOUS = 1;
export const SET_CONSTANT = 2;
export const SET_INTERVAL = 4;
export const ELEMENT_INTERVAL_END = 1;
/** nft's numbers of data types, and in which order their bytes are; only nft itself cares. */
export const SET_TYPES: Readonly<
  Record<SetType, { number: number; size: number; order: 'host' | 'network' }>
> = {
  ipv4_addr: { number: 7, size: 4, order: 'network' },
  ipv6_addr: { number: 8, size: 16, order: 'network' },
  inet_proto: { number: 12, size: 1, order: 'network' },
  inet_service: { number: 13, size: 2, order: 'network' },
  icmp_type: { number: 14, size: 1, order: 'network' },
  icmpv6_type: { number: 29, size: 1, order: 'network' },
  ifname: { number: 41, size: 16, order: 'host' },
};

/** What nft keeps with tables, rules and sets: type, length, value. */
export const COMMENT = 0;
export const KEY_ORDER = 0;
export const ORDERS = { host: 1, network: 2 } as const;

/** `struct nfgenmsg`. */
export function header(family: Family): Writer {
  return new Writer().u8(FAMILIES[family]).u8(0).be16(0);
}
