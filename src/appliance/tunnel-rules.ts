// SPDX-License-Identifier: MIT
/** What packets a rule of a tunnel is for: of which families, beside those of another rule, and in words. */
import type { IpFamily, Network } from './nft/build.ts';
import { DSCPS } from './nft/names.ts';
import { networkText } from './nft/value-text.ts';
import type { TunnelRuleConfig } from './schema.ts';

type Match = Pick<TunnelRuleConfig, 'from' | 'to' | 'protocol' | 'ports' | 'dscp'>;
type Range = { from: number; to: number };

/** Of IPv4, of IPv6, or of both; of neither when what is wanted contradicts itself. */
export function familiesOf({ from = [], to = [], protocol }: Match): IpFamily[] {
  const named = [...from, ...to].map(({ family }) => family);
  if (protocol === 'icmp') named.push('ipv4');
  if (protocol === 'icmpv6') named.push('ipv6');
  const all: readonly IpFamily[] = ['ipv4', 'ipv6'];
  return all.filter((family) => named.every((one) => one === family));
}

/** All packets of `other` are of this rule, too. */
export function covers(rule: Match, other: Match): boolean {
  return (
    coversNetworks(rule.from, other.from) &&
    coversNetworks(rule.to, other.to) &&
    (rule.protocol === undefined || rule.protocol === other.protocol) &&
    coversPorts(rule.ports, other.ports) &&
    (rule.dscp === undefined || rule.dscp === other.dscp)
  );
}

/** `to 10.0.9.0/24, udp 5060-5090` */
export function matchText({ from, to, protocol, ports, dscp }: Match): string {
  const list = (networks: readonly Network[]) => networks.map(networkText).join(' or ');
  const range = (one: Range) => (one.from === one.to ? String(one.from) : `${one.from}-${one.to}`);
  const carrier = [protocol, ports?.map(range).join(' or ')].filter((part) => part !== undefined).join(' ');
  return [
    ...(from === undefined ? [] : [`from ${list(from)}`]),
    ...(to === undefined ? [] : [`to ${list(to)}`]),
    ...(carrier === '' ? [] : [carrier]),
    ...(dscp === undefined ? [] : [`dscp ${dscpText(dscp)}`]),
  ].join(', ');
}

/** `ef`; a number that has no name is itself. */
export function dscpText(codepoint: number): string {
  return Object.entries(DSCPS).find(([, code]) => code === codepoint)?.[0] ?? String(codepoint);
}

function coversNetworks(
  networks: readonly Network[] | undefined,
  others: readonly Network[] | undefined,
): boolean {
  if (networks === undefined) return true;
  return others?.every((other) => networks.some((one) => contains(one, other))) ?? false;
}

function contains(network: Network, { family, address, length }: Network): boolean {
  const bits = (hex: string) =>
    Array.from(hex, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  return (
    network.family === family &&
    network.length <= length &&
    bits(address).startsWith(bits(network.address).slice(0, network.length))
  );
}

function coversPorts(ranges: readonly Range[] | undefined, others: readonly Range[] | undefined): boolean {
  if (ranges === undefined) return true;
  const joined = joinRanges(ranges);
  return (
    others?.every((other) => joined.some(({ from, to }) => from <= other.from && other.to <= to)) ?? false
  );
}

/** Neighbours, too: 1-5 and 6-9 are 1-9. */
function joinRanges(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = joined[joined.length - 1];
    if (last === undefined || from > last.to + 1) joined.push({ from, to });
    else last.to = Math.max(last.to, to);
  }
  return joined;
}
