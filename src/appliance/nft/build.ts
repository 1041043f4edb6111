// SPDX-License-Identifier: MIT
/** Matches and statements of rules, each a few of the kernel's expressions; a rule is a list of them. */
import { be, hexOf, host32, maskHex } from './hex.ts';
import {
  CT_STATES,
  type CtState,
  ICMP_TYPES,
  ICMPX_PORT_UNREACHABLE,
  type IcmpType,
  NF_FAMILIES,
  PROTOCOLS,
  type Protocol,
} from './names.ts';
import { sortElements } from './sets.ts';
import type { BaseChain, Chain, Element, Expression, Hex, InlineSet, Rule, SetType } from './types.ts';

type Part = readonly Expression[];
export type IpFamily = keyof typeof NF_FAMILIES;

/** All work is done in one register, and in two for an address with a port. */
const REG = 1;
const SECOND_REG = 2;
/** The four bytes right behind those of `REG` (NFT_REG32_01). */
const AFTER_REG = 9;
const IFNAMSIZ = 16;
/** LOG_WARNING, as nft and iptables have it. */
const LOG_LEVEL = 4;
const ETHERTYPE_IPV4 = 0x0800;
/** Where the six bits stand in the header of IP. */
const DSCP_FIELDS = {
  ipv4: { offset: 1, len: 1, mask: 'fc', shift: 2 },
  ipv6: { offset: 0, len: 2, mask: '0fc0', shift: 6 },
} as const;
const TCP_FLAGS_OFFSET = 13;
const TCP_SYN = 0x02;
const TCP_RST = 0x04;
const TCPOPT_MAXSEG = 2;

export function rule(...parts: readonly Part[]): Rule {
  return { expressions: parts.flat() };
}

export function baseChain(name: string, base: BaseChain, rules: readonly Rule[]): Chain {
  return { name, base, rules };
}

export const iifname = (...names: readonly string[]) => device('iifname', names);
export const oifname = (...names: readonly string[]) => device('oifname', names);

/**
 * IPv4 packets whose source and destination together have a hash within the range, modulo `modulus`: always the same for
 * one host and one server.
 */
export function addressPairIn(modulus: number, { from, to }: PortRange): Part {
  const word = (offset: number, dreg: number): Expression => ({
    op: 'payload',
    base: 'network',
    offset,
    len: 4,
    dreg,
  });
  const range = [{ from: be(from, 4), to: be(to, 4) }];
  return [
    ...family('ipv4'),
    word(12, REG),
    word(16, AFTER_REG),
    { op: 'hash', sreg: REG, dreg: REG, len: 8, modulus, seed: 0 },
    // The result is in the CPU's order, and ranges are compared byte by byte.
    { op: 'byteorder', sreg: REG, dreg: REG, conversion: 'hton', len: 4, size: 4 },
    ...within('inet_service', range),
  ];
}

/** Packets of IPv4, or of IPv6. */
export function family(which: IpFamily): Part {
  return [{ op: 'meta', key: 'nfproto', dreg: REG }, equals(be(NF_FAMILIES[which], 1))];
}

export function protocol(...names: readonly Protocol[]): Part {
  return [
    { op: 'meta', key: 'l4proto', dreg: REG },
    among(
      'inet_proto',
      names.map((name) => ({ from: be(PROTOCOLS[name], 1) })),
    ),
  ];
}

export type PortRange = { readonly from: number; readonly to: number };

/** After `protocol()`. */
export const sourcePort = (...ports: readonly PortRange[]) => port(0, ports);
export const destinationPort = (...ports: readonly PortRange[]) => port(2, ports);

/** An address with the bits of its prefix; both ends of a range are in it. */
export type Network = { readonly family: IpFamily; readonly address: Hex; readonly length: number };

/** Of one family; says itself which. */
export const source = (...networks: readonly Network[]) => address(12, 8, networks);
export const destination = (...networks: readonly Network[]) => address(16, 24, networks);

/** The codepoint of differentiated services; packets of this family only. */
export function dscp(which: IpFamily, codepoint: number): Part {
  const { offset, len, mask, shift } = DSCP_FIELDS[which];
  return [
    ...family(which),
    { op: 'payload', base: 'network', offset, len, dreg: REG },
    { op: 'bitwise', sreg: REG, dreg: REG, len, mask, xor: '00'.repeat(len) },
    equals(be(codepoint << shift, len)),
  ];
}

export function icmpType(...types: readonly IcmpType[]): Part {
  const elements = types.map((type) => ({ from: be(ICMP_TYPES[type], 1) }));
  return [
    ...family('ipv4'),
    ...protocol('icmp'),
    { op: 'payload', base: 'transport', offset: 0, len: 1, dreg: REG },
    among('icmp_type', elements),
  ];
}

/** In a chain of a device, which sees frames: an IPv4 packet of ICMP of this type. */
export function frameWithIcmp(type: IcmpType): Part {
  return [
    { op: 'meta', key: 'protocol', dreg: REG },
    equals(be(ETHERTYPE_IPV4, 2)),
    ...protocol('icmp'),
    { op: 'payload', base: 'transport', offset: 0, len: 1, dreg: REG },
    equals(be(ICMP_TYPES[type], 1)),
  ];
}

export function ctState(...states: readonly CtState[]): Part {
  return anyBit(
    { op: 'ct', key: 'state', dreg: REG },
    states.reduce((bits, state) => bits | CT_STATES[state], 0),
  );
}

/** Connections whose destination was translated. */
export function ctStatus(bits: number): Part {
  return anyBit({ op: 'ct', key: 'status', dreg: REG }, bits);
}

/** The connection mark has this value in these bits. */
export function ctMarkIs(value: number, mask: number): Part {
  return [{ op: 'ct', key: 'mark', dreg: REG }, bits(mask, 0), equals(host32(value))];
}

/** The packet's own mark has this value in these bits. */
export function markIs(value: number, mask: number): Part {
  return [{ op: 'meta', key: 'mark', dreg: REG }, bits(mask, 0), equals(host32(value))];
}

/** Sets these bits of the connection mark and leaves the others. */
export function setCtMark(value: number, mask: number): Part {
  return [{ op: 'ct', key: 'mark', dreg: REG }, bits(~mask, value), { op: 'ct', key: 'mark', sreg: REG }];
}

/** The same for the packet's own mark. */
export function setMark(value: number, mask: number): Part {
  return [{ op: 'meta', key: 'mark', dreg: REG }, bits(~mask, value), { op: 'meta', key: 'mark', sreg: REG }];
}

/** First segments of TCP connections take no more than the path's MTU lets through, there and back. */
export function clampMss(): Part {
  return [
    ...protocol('tcp'),
    { op: 'payload', base: 'transport', offset: TCP_FLAGS_OFFSET, len: 1, dreg: REG },
    { op: 'bitwise', sreg: REG, dreg: REG, len: 1, mask: be(TCP_SYN | TCP_RST, 1), xor: '00' },
    equals(be(TCP_SYN, 1)),
    { op: 'rt', key: 'tcpmss', dreg: REG },
    { op: 'byteorder', sreg: REG, dreg: REG, conversion: 'hton', len: 2, size: 2 },
    { op: 'exthdr', header: 'tcpopt', type: TCPOPT_MAXSEG, offset: 2, len: 2, sreg: REG },
  ];
}

/** Bytes beyond this rate, on the average of a second. */
export function overByteRate(bytes: number): Part {
  return [{ op: 'limit', rate: bytes, seconds: 1, burst: 0, unit: 'bytes', over: true }];
}

export function withinPacketRate(rate: number, seconds: number): Part {
  return [{ op: 'limit', rate, seconds, burst: 5, unit: 'packets', over: false }];
}

export const counter: Part = [{ op: 'counter', packets: 0, bytes: 0 }];

export function log(prefix: string): Part {
  return [{ op: 'log', prefix, level: LOG_LEVEL }];
}

export const accept: Part = [{ op: 'verdict', verdict: 'accept' }];
/** Goes on behind the jump. */
export const returning: Part = [{ op: 'verdict', verdict: 'return' }];
export const drop: Part = [{ op: 'verdict', verdict: 'drop' }];
/** Tells the sender: with a reset for TCP, else with an ICMP error. */
export const rejectTcp: Part = [...protocol('tcp'), { op: 'reject', type: 'tcp-reset' }];
export const reject: Part = [{ op: 'reject', type: 'icmpx', code: ICMPX_PORT_UNREACHABLE }];
export const masquerade: Part = [{ op: 'masq' }];
export const noTrack: Part = [{ op: 'notrack' }];

export function jump(chain: string): Part {
  return [{ op: 'verdict', verdict: 'jump', chain }];
}

export function helper(name: string): Part {
  return [{ op: 'objref', type: 'ct helper', name }];
}

/** A new destination, and a port when it is to change too. */
export function dnat(to: Hex, port?: number): Part {
  const base = { op: 'nat', type: 'dnat', family: 'ipv4', address: REG } as const;
  if (port === undefined) return [{ op: 'immediate', dreg: REG, data: to }, base];
  return [
    { op: 'immediate', dreg: REG, data: to },
    { op: 'immediate', dreg: SECOND_REG, data: be(port, 2) },
    { ...base, port: SECOND_REG },
  ];
}

function device(key: 'iifname' | 'oifname', names: readonly string[]): Part {
  return [
    { op: 'meta', key, dreg: REG },
    among(
      'ifname',
      names.map((name) => ({ from: nameHex(name) })),
    ),
  ];
}

function nameHex(name: string): Hex {
  return hexOf(Array.from(name, (char) => char.charCodeAt(0) & 0x7f)).padEnd(2 * IFNAMSIZ, '0');
}

function port(offset: 0 | 2, ports: readonly PortRange[]): Part {
  const elements = ports.map(({ from, to }) => ({ from: be(from, 2), to: be(to, 2) }));
  return [
    { op: 'payload', base: 'transport', offset, len: 2, dreg: REG },
    ...within('inet_service', elements),
  ];
}

function address(offset4: number, offset6: number, networks: readonly Network[]): Part {
  const which = networks[0]?.family ?? 'ipv4';
  const size = which === 'ipv4' ? 4 : 16;
  const load: Expression = {
    op: 'payload',
    base: 'network',
    offset: which === 'ipv4' ? offset4 : offset6,
    len: size,
    dreg: REG,
  };
  const [only] = networks;
  if (only !== undefined && networks.length === 1) {
    const mask = maskHex(only.length, size);
    const whole = only.length === 8 * size;
    const masked: Part = whole
      ? []
      : [{ op: 'bitwise', sreg: REG, dreg: REG, len: size, mask, xor: '00'.repeat(size) }];
    return [...family(which), load, ...masked, equals(only.address)];
  }
  const elements = networks.map(({ address, length }) => ({
    from: address,
    to: lastOf(address, maskHex(length, size)),
  }));
  return [...family(which), load, ...within(which === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr', elements)];
}

function lastOf(address: Hex, mask: Hex): Hex {
  const digit = (text: string, at: number) => Number.parseInt(text[at] ?? '0', 16);
  return Array.from(address, (_, at) => (digit(address, at) | (digit(mask, at) ^ 0xf)).toString(16)).join('');
}

/** One of the values: compared with, or looked up in a set. */
function among(type: SetType, elements: readonly Element[]): Expression {
  const [only] = elements;
  if (only !== undefined && elements.length === 1) return equals(only.from);
  return lookup(type, elements);
}

/** The same for ranges. Overlapping ones are joined, as the kernel takes none. */
function within(type: SetType, ranges: readonly Required<Element>[]): Part {
  const joined = joinRanges(ranges);
  const [only] = joined;
  if (only === undefined || joined.length > 1) {
    return [
      lookup(
        type,
        joined.map(({ from, to }) => (from === to ? { from } : { from, to })),
      ),
    ];
  }
  if (only.from === only.to) return [equals(only.from)];
  return [
    { op: 'cmp', sreg: REG, test: 'gte', data: only.from },
    { op: 'cmp', sreg: REG, test: 'lte', data: only.to },
  ];
}

/** Of one length in hexadecimal, so that they compare as text. Neighbours stay apart, as they were written. */
function joinRanges(ranges: readonly Required<Element>[]): Required<Element>[] {
  const joined: Required<Element>[] = [];
  for (const range of [...ranges].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = joined[joined.length - 1];
    if (last === undefined || range.from > last.to) joined.push(range);
    else if (range.to > last.to) joined[joined.length - 1] = { from: last.from, to: range.to };
  }
  return joined;
}

function lookup(type: SetType, elements: readonly Element[]): Expression {
  const sorted = sortElements(type, elements);
  const set: InlineSet = { type, elements: sorted.filter(({ from }, at) => from !== sorted[at - 1]?.from) };
  return { op: 'lookup', sreg: REG, set };
}

function equals(data: Hex): Expression {
  return { op: 'cmp', sreg: REG, test: 'eq', data };
}

function bits(mask: number, xor: number): Expression {
  return { op: 'bitwise', sreg: REG, dreg: REG, len: 4, mask: host32(mask), xor: host32(xor) };
}

function anyBit(load: Expression, mask: number): Part {
  return [load, bits(mask, 0), { op: 'cmp', sreg: REG, test: 'neq', data: host32(0) }];
}
