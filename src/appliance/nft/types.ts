// SPDX-License-Identifier: MIT
/**
 * A table of nf_tables as data, the same in a plan and as read back from the kernel. Rules are lists of the kernel's own
 * expressions, which work on registers; values are bytes in hexadecimal, as packets have them.
 */

export type Family = 'inet' | 'netdev';

export type Table = {
  readonly family: Family;
  readonly name: string;
  readonly comment?: string;
  readonly helpers: readonly Helper[];
  readonly chains: readonly Chain[];
};

/** Connections given to it by a rule are followed by one of the kernel's helpers, such as FTP's. */
export type Helper = {
  readonly name: string;
  readonly type: string;
  readonly protocol: 'tcp' | 'udp';
  /** The kernel has it for one family, or for both. */
  readonly l3proto: 'ip' | 'ip6' | 'inet';
};

export type Chain = {
  readonly name: string;
  /** Absent: others jump to it. */
  readonly base?: BaseChain;
  readonly rules: readonly Rule[];
};

export type BaseChain = {
  /** `route`: a packet whose mark a rule changes is routed again. */
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** Of a hook of one device. */
  readonly device?: string;
};

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress';

export type Rule = { readonly expressions: readonly Expression[]; readonly comment?: string };

/** Bytes, two digits each. */
export type Hex = string;

/** A set that one rule has for itself. */
export type InlineSet = { readonly type: SetType; readonly elements: readonly Element[] };
export type SetType =
  | 'ifname'
  | 'ipv4_addr'
  | 'ipv6_addr'
  | 'inet_proto'
  | 'inet_service'
  | 'icmp_type'
  | 'icmpv6_type';
/** One value, or a range with both its ends. */
export type Element = { readonly from: Hex; readonly to?: Hex };

export type Expression =
  | {
      op: 'meta';
      key: 'protocol' | 'mark' | 'iifname' | 'oifname' | 'nfproto' | 'l4proto';
      dreg?: number;
      sreg?: number;
    }
  | { op: 'ct'; key: 'state' | 'status' | 'mark'; dreg?: number; sreg?: number }
  | { op: 'rt'; key: 'tcpmss'; dreg: number }
  | { op: 'payload'; base: 'network' | 'transport'; offset: number; len: number; dreg: number }
  | { op: 'exthdr'; header: 'tcpopt'; type: number; offset: number; len: number; sreg: number }
  | { op: 'bitwise'; sreg: number; dreg: number; len: number; mask: Hex; xor: Hex }
  | { op: 'byteorder'; sreg: number; dreg: number; conversion: 'ntoh' | 'hton'; len: number; size: number }
  /** Jenkins' hash of `len` bytes from `sreg` on, modulo `modulus`. */
  | { op: 'hash'; sreg: number; dreg: number; len: number; modulus: number; seed: number }
  | { op: 'cmp'; sreg: number; test: 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte'; data: Hex }
  | { op: 'lookup'; sreg: number; set: InlineSet }
  | { op: 'immediate'; dreg: number; data: Hex }
  | { op: 'verdict'; verdict: 'accept' | 'drop' | 'return' }
  | { op: 'verdict'; verdict: 'jump' | 'goto'; chain: string }
  | { op: 'counter'; packets: number; bytes: number }
  /** `rate` units in `seconds`; `over`: matches what is beyond it, and else what is within. */
  | { op: 'limit'; rate: number; seconds: number; burst: number; unit: 'packets' | 'bytes'; over: boolean }
  | { op: 'log'; prefix: string; level: number }
  | { op: 'reject'; type: 'tcp-reset' }
  | { op: 'reject'; type: 'icmp' | 'icmpx'; code: number }
  | { op: 'masq' }
  | { op: 'nat'; type: 'snat' | 'dnat'; family: 'ipv4' | 'ipv6'; address: number; port?: number }
  | { op: 'notrack' }
  | { op: 'objref'; type: 'ct helper'; name: string }
  /** Of somebody else's rule: what it does is not known here. */
  | { op: 'unknown'; name: string };
