// SPDX-License-Identifier: MIT
/**
 * The kernel's network state as the agent reads and changes it. netlink/kernel.ts speaks it over netlink, tests have
 * a fake. Every change either happens or throws a `KernelError`; nothing is retried here.
 */
import type { Family, Table } from '../appliance/nft/types.ts';
import type { BalanceSettings, BalanceState, FastPathSettings } from './netlink/balance.ts';
import type { FlowFilter } from './netlink/conntrack.ts';
import type { LegChange, PlaitLink } from './netlink/plait.ts';
import type { LegRules, LegRulesState } from './netlink/plait-rules.ts';
import type { KeyPair, UdpLegChange, UdpPeer, UdpPeerChange } from './netlink/plait-udp.ts';
import type { Address } from './netlink/rtnl/address.ts';
import type { Link, LinkRequest } from './netlink/rtnl/link.ts';
import type { Qdisc } from './netlink/rtnl/qdisc.ts';
import type { Route } from './netlink/rtnl/route.ts';
import type { Rule } from './netlink/rtnl/rule.ts';

/** What the kernel refused: `code` as errno spells it, the message says what was asked and the kernel's own words. */
export class KernelError extends Error {
  override name = 'KernelError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Kernel {
  links(): Link[];
  /** Makes a device; `name` and `info` are required. */
  createLink(request: LinkRequest): void;
  /** Changes a device named by `index`. */
  changeLink(request: LinkRequest & { index: number }): void;
  deleteLink(index: number): void;

  addresses(): Address[];
  addAddress(address: Address): void;
  deleteAddress(address: Address): void;

  /** IPv4 unicast routes of all tables. */
  routes(): Route[];
  /** `replace`: of the same table, destination and metric. */
  putRoute(route: Route, replace: boolean): void;
  deleteRoute(route: Route): void;

  rules(): Rule[];
  addRule(rule: Rule): void;
  deleteRule(rule: Rule): void;

  qdiscs(): Qdisc[];
  /** `change`: settings of the one with this handle. */
  putQdisc(qdisc: Qdisc, change: boolean): void;
  deleteQdisc(qdisc: Qdisc): void;

  fouPorts(): number[];
  addFouPort(port: number): void;
  deleteFouPort(port: number): void;

  /** Undefined: nothing is balanced, or plait_balance is not loaded. */
  balance(): BalanceState | undefined;
  /** Says everything anew; sessions and counters of uplinks that stay are kept. */
  setBalance(settings: BalanceSettings): void;
  clearBalance(): void;

  /** Undefined: no packet takes the fast path, or plait_balance is not loaded. */
  fastPath(): FastPathSettings | undefined;
  /** What was learned of connections is learned anew. */
  setFastPath(settings: FastPathSettings): void;

  /** Connection tracking forgets these; packets that follow begin anew. */
  forgetFlows(flows: FlowFilter): void;

  /** In place of a table of the same name, in one transaction. */
  putTable(table: Table): void;
  deleteTable(family: Family, name: string): void;
  /** A table is there, and is the one that `putTable()` was given. */
  hasTable(table: Table): boolean;
  /** Our tables with what the kernel has in them. */
  tables(): Table[];

  plaitLinks(): PlaitLink[];
  /** All or nothing. */
  setLegs(link: number, changes: readonly LegChange[]): void;
  /** Undefined: it has none, is not there, or its module knows none. */
  legRules(link: number): LegRulesState | undefined;
  /** In place of those that it has, all or nothing. */
  setLegRules(link: number, rules: LegRules): void;

  /** Keys in base64. */
  newKey(): KeyPair;
  publicKeyOf(privateKey: string): string;

  /** Far ends of plait links; none while plait_udp is not loaded. */
  udpPeers(): UdpPeer[];
  /** All or nothing. */
  setUdpPeer(change: UdpPeerChange): void;
  /** With all UDP legs of the link. */
  deleteUdpPeer(link: number): void;
  /** Adds the leg of this number, or changes it. */
  setUdpLeg(link: number, change: UdpLegChange): void;
  deleteUdpLeg(link: number, number: number): void;
}
