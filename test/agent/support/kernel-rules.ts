// SPDX-License-Identifier: MIT
/** What the kernel takes for the same address, route or rule, and which route and broadcast address come with an address. */
import type { Address } from '../../../src/agent/netlink/rtnl/address.ts';
import { type Route, RT_SCOPE_LINK } from '../../../src/agent/netlink/rtnl/route.ts';
import type { Rule } from '../../../src/agent/netlink/rtnl/rule.ts';

/** The kernel's own view: addresses of a subnet after its first one are secondary. */
export type OwnAddress = Address & { secondary?: true };

export function hopsOf({ oif, via, nexthops }: Route): { oif: number; via?: string | undefined }[] {
  return nexthops ?? (oif === undefined ? [] : [{ oif, via }]);
}

export function devicesOf(route: Route): number[] {
  return hopsOf(route).map((hop) => hop.oif);
}

/** Is the route one that may be deleted? Metric 0 stands for any, of which the lowest goes. */
export function isMeant(route: Route, wanted: Route): boolean {
  const whole = { ...wanted, metric: wanted.metric || route.metric };
  const inOrder = (one: Route) => text(Object.entries({ ...one, onlink: undefined }).sort());
  return inOrder(route) === inOrder(whole);
}

export function sameSubnet(a: Address, b: Address): boolean {
  const subnet = (ip: string) => (ipNumber(ip) & mask(a.prefix)) >>> 0;
  return a.index === b.index && a.prefix === b.prefix && subnet(a.local) === subnet(b.local);
}

const KERNEL_PROTOCOL = 2;
export const MAIN_TABLE = 254;

/** The route that the kernel makes to the subnet of an address; a single one has none. */
export function connectedRoute({ index, local, prefix }: Address): Route | undefined {
  if (prefix === 32) return undefined;
  const dst = ipText((ipNumber(local) & mask(prefix)) >>> 0);
  const common = { table: MAIN_TABLE, protocol: KERNEL_PROTOCOL, scope: RT_SCOPE_LINK };
  return { ...common, dst, prefix, metric: 0, oif: index, src: local };
}

/** Of its subnet. The network address is a host's like any other for the kernel. */
export function broadcastOf({ local, prefix }: Address): string | undefined {
  return prefix >= 31 ? undefined : ipText((ipNumber(local) | ~mask(prefix)) >>> 0);
}

export function hostBits(ip: string, prefix: number): number {
  return ipNumber(ip) & ~mask(prefix);
}

export function mask(prefix: number): number {
  return prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
}

export function ipNumber(ip: string): number {
  return ip.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

function ipText(ip: number): string {
  return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join('.');
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.index === b.index && a.local === b.local && a.prefix === b.prefix;
}

export function sameRoute(a: Route, b: Route): boolean {
  return a.table === b.table && a.dst === b.dst && a.prefix === b.prefix && a.metric === b.metric;
}

/** fib_nl_delrule() and fib4_rule_compare(): what is not given is not looked at; who made a rule is no part of it. */
export function fits(rule: Rule, { protocol: _protocol, ...given }: Partial<Rule>): boolean {
  return Object.entries(given).every(
    ([field, value]) => value === undefined || text(rule[field as keyof Rule]) === text(value),
  );
}

export function text(value: unknown): string {
  return JSON.stringify(value);
}
