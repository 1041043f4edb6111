// SPDX-License-Identifier: MIT
/**
 * The plan: the kernel and service state that a configuration means on a given board, in parts. `plan()` makes it, the
 * agent compares it with what is there and applies the difference. Parts, and the items of a part, are in the order in
 * which they can be created; they are taken down in reverse. `key()` names the thing, the other fields are what it
 * must look like.
 */
import type { Table } from './nft/types.ts';
import type { Strategy } from './schema.ts';

export type Plan = {
  readonly parts: readonly Part[];
  /** Those of all parts, in the order in which they can be created. */
  readonly items: readonly Item[];
};

/** What can fail, be left out and be tried again without the rest. */
export type Part = {
  /** `uplink dsl`, `leg hq.dsl`, `firewall`: unique in a plan. */
  readonly name: string;
  /** Parts that must be there for this one; they come before it. */
  readonly needs: readonly string[];
  /**
   * What all others share. When an item of it fails, that item stays as it is and the others are gone on with; of the
   * other parts nothing is kept when one item fails.
   */
  readonly shared: boolean;
  readonly items: readonly Item[];
};

export function planOfParts(parts: readonly Part[]): Plan {
  const made = parts.filter(({ items }) => items.length > 0);
  return { parts: made, items: made.flatMap(({ items }) => items) };
}

export type Item =
  | SysctlItem
  | HostnameItem
  | LinkItem
  | FouPortItem
  | KeyItem
  | PeerItem
  | UdpLegItem
  | QdiscItem
  | AddressItem
  | RouteItem
  | RuleItem
  | LegItem
  | LegRulesItem
  | BalanceItem
  | FastPathItem
  | TableItem
  | FileItem
  | ServiceItem;

/** A value below /proc/sys; `path` uses slashes: `net/ipv4/ip_forward`. */
export type SysctlItem = { kind: 'sysctl'; path: string; value: string };

export type HostnameItem = { kind: 'hostname'; name: string };

/** A network device. `physical` devices exist already and are only set up and configured, never deleted. */
export type LinkItem = {
  kind: 'link';
  name: string;
  type: LinkType;
  /** Device that this one is enslaved to (bridge or plait), by name. */
  master?: string;
  /** Bytes; absent: leave the kernel's choice. */
  mtu?: number;
};

export type LinkType =
  | { is: 'physical' }
  | { is: 'bridge' }
  | { is: 'vlan'; parent: string; id: number }
  | {
      is: 'ipip';
      local: string;
      remote: string;
      /** Device that the outer packets must leave by. */
      parent: string;
      ttl: number;
      /** Generic UDP encapsulation (FOU); absent: plain IP in IP. Port 0 as source: chosen per flow. */
      fou?: { sport: number; dport: number };
    }
  /** `mtuLimit`: its MTU follows its legs, up to so many bytes; 0: whatever they take. Absent: `mtu` says. */
  | { is: 'plait'; mtuLimit?: number }
  /** The ordinary route by a device, as something that can be a leg. */
  | { is: 'direct'; parent: string };

/** A UDP port whose payload is handed to IP in IP (FOU receive side). */
export type FouPortItem = { kind: 'fou'; port: number };

/** This box's private key for tunnels of mode `plait`: a file, made when it is missing and never changed. */
export type KeyItem = { kind: 'key'; name: string };

/** The far end of a plait link, and how the two know each other (src/kmod/uapi/plait_udp.h). */
export type PeerItem = {
  kind: 'peer';
  link: string;
  /** Name of this box's key. */
  key: string;
  /** The far end's public key. */
  peer: string;
  /** Name of the preshared key. */
  preshared?: string;
  /** UDP port; absent: this end asks. */
  listen?: number;
  protect: 'encrypt' | 'sign';
};

/** A leg of a plait link that is no network device. */
export type UdpLegItem = {
  kind: 'udp-leg';
  link: string;
  name: string;
  /** By which both ends know it, when it is made and the number is free; a leg keeps the number that it has. */
  number: number;
  /** Device that its packets leave by. */
  uplink: string;
  local: string;
  remote: string;
  port: number;
  /** Milliseconds between two probes while it is idle. */
  keepalive: number;
};

/**
 * The egress shaper of an uplink: a root token bucket (`tbf`) of `rate` with `fq_codel` below it, so that the queue
 * builds up here, where short flows overtake, and not in the modem. Absent: the device keeps the kernel's default.
 */
export type QdiscItem = {
  kind: 'qdisc';
  dev: string;
  /** Bits per second, of Ethernet frames as the device counts them. */
  rate: number;
  /** Bytes that may leave at line speed; at least one full frame. */
  burst: number;
};

/** `address` with prefix length: `192.168.1.1/24`. The route to its subnet is an item of its own. */
export type AddressItem = { kind: 'address'; dev: string; address: string; peer?: string };

/**
 * An IPv4 route. `nexthops` replaces `via`/`dev` for a weighted multipath route. Gateways are taken to be on the device
 * itself (onlink), so that no gateway depends on another route.
 */
export type RouteItem = {
  kind: 'route';
  /** Packets are refused instead of taking a less specific route. */
  type?: 'unreachable';
  table: number;
  /** `default` or a prefix. */
  dst: string;
  dev?: string;
  via?: string;
  src?: string;
  metric?: number;
  scope?: 'link' | 'global';
  nexthops?: { dev: string; via?: string; weight: number }[];
};

/** An IPv4 policy rule; a lower priority number is looked at first. */
export type RuleItem = {
  kind: 'rule';
  priority: number;
  from?: string;
  to?: string;
  iif?: string;
  mark?: { value: number; mask: number };
  table: number;
  /** Ignore routes of the table with a prefix of this length or shorter (0: ignore its default route). */
  suppressPrefixLength?: number;
};

/** Settings of one leg of a plait device; it is a leg already, by its LinkItem or UdpLegItem. */
export type LegItem = {
  kind: 'leg';
  link: string;
  /** Its device, or its name. */
  dev: string;
  /** It is no device. */
  udp?: true;
  weight: number;
  /** Bits per second of the packets inside of the tunnel; 0: found out by the scheduler, where it needs it. */
  rate: number;
  /** With scheduler `backup`: the lower goes first. Absent: 0. */
  priority?: number;
  enabled: boolean;
};

/** By which legs of a plait device packets with some marks leave (src/kmod/uapi/plait.h, RULES_SET); absent: none. */
export type LegRulesItem = {
  kind: 'leg-rules';
  link: string;
  /** Bits of a packet's mark that are compared; 0: all packets are the same. */
  mask: number;
  rules: readonly LegRule[];
};

export type LegRule = {
  /** Within the mask. */
  mark: number;
  /** Names that the kernel has for them; absent: all. Some of them may not be there. */
  legs?: readonly string[];
  /** What becomes of packets while none of these legs carries any. */
  else: 'any' | 'drop';
  /** The far end puts them in order, where it can. */
  order: boolean;
  copies: number;
};

/**
 * What plait_balance does in this network namespace (src/kmod/uapi/plait_balance.h); absent: nothing. An uplink's mark
 * leads to its table by a rule of the plan.
 */
export type BalanceItem = {
  kind: 'balance';
  strategy: Strategy;
  /** Bits of packet and connection marks that hold the mark of an uplink. */
  mask: number;
  /** What becomes of the sessions of an uplink that is not alive. */
  deadSessions: 'move' | 'end';
  /** The box's own traffic is balanced too. */
  local: boolean;
  /** Devices whose traffic is balanced; absent: all but the uplinks. */
  inputs?: string[];
  /** Networks that are no destinations to balance. */
  excludes: string[];
  uplinks: BalancedUplink[];
};

/** Between which devices packets of known connections are forwarded as they come in (src/kmod/uapi/plait_balance.h). */
export type FastPathItem = {
  kind: 'fast-path';
  /** Sorted. */
  devices: readonly string[];
  /** Packets with these bits in their mark are dropped there. */
  dropMark: number;
};

export type BalancedUplink = {
  dev: string;
  mark: number;
  weight: number;
  /** Bits per second; 0: unknown. */
  rateUp: number;
  rateDown: number;
  /** New sessions may leave by it. */
  alive: boolean;
  nat: boolean;
};

/** A table of nf_tables with all that is in it; replaced whole. */
export type TableItem = { kind: 'table'; table: Table };

/** A rendered file outside the data partition (below /run/plait). Mode in octal as a number. */
export type FileItem = { kind: 'file'; path: string; content: string; mode: number };

/** A helper program that the agent keeps running in the foreground and restarts. */
export type ServiceItem = {
  kind: 'service';
  name: string;
  argv: string[];
  /** Paths of FileItems whose change means a restart. */
  files: string[];
};

/** What the board has and has learned; the part of the input to `plan()` that is not configuration. */
export type Facts = {
  /** Physical Ethernet ports, in the board's order: `eth0`, `eth1` … */
  ports: string[];
  /** Leases held by uplinks with `address: dhcp`. An uplink without one has no address yet. */
  leases: Record<string, Lease>;
  /** Uplinks that probing or carrier loss says are dead. Absent: alive. */
  deadUplinks: string[];
  /** Legs (tunnel name → leg names) that probing, or in mode `plait` the kernel, says are dead. */
  deadLegs: Record<string, string[]>;
  /** Names of parts that could not be applied: they are left out until they are tried again. */
  failedParts?: readonly string[];
};

export type Lease = {
  /** `203.0.113.6/29` */
  address: string;
  gateway?: string;
  dns: string[];
  /** Time servers (option 42). */
  ntp?: string[];
  /** Seconds, as offered by the server. */
  seconds: number;
  /** Milliseconds since boot when this address came; of two leases that conflict the later one is refused. */
  since?: number;
};

/** The identity of an item: two plans hold the same thing when the keys are equal. */
export function key(item: Item): string {
  switch (item.kind) {
    case 'sysctl':
      return `sysctl ${item.path}`;
    case 'hostname':
      return 'hostname';
    case 'link':
      return `link ${item.name}`;
    case 'fou':
      return `fou ${item.port}`;
    case 'key':
      return `key ${item.name}`;
    case 'peer':
      return `peer ${item.link}`;
    case 'udp-leg':
      return `udp-leg ${item.link} ${item.name}`;
    case 'qdisc':
      return `qdisc ${item.dev}`;
    case 'address':
      return `address ${item.dev} ${item.address}`;
    case 'route':
      return `route ${item.table} ${item.dst} ${item.metric ?? 0}`;
    case 'rule':
      return `rule ${item.priority} ${item.from ?? 'all'} ${item.to ?? 'all'}`;
    case 'leg':
      return `leg ${item.link} ${item.dev}`;
    case 'leg-rules':
      return `leg rules ${item.link}`;
    case 'balance':
      return 'balance';
    case 'fast-path':
      return 'fast path';
    case 'table':
      return `table ${item.table.family} ${item.table.name}`;
    case 'file':
      return `file ${item.path}`;
    case 'service':
      return `service ${item.name}`;
  }
}
