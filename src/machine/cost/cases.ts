// SPDX-License-Identifier: MIT
/** What is measured: ways through the board, and what each may cost beside another one. */
import { FAR_NETWORK, farEnd, legName, makeLegs, routeOverEthernet, upTo } from './topology.ts';

export interface CostCase {
  /** As on the command line. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Flows that the load consists of. */
  readonly sessions: number;
  /** Kernel modules that it needs, in this order: those of the image, or those on the disk with peers. */
  readonly modules?: { readonly from: 'image' | 'peers'; readonly names: readonly string[] };
  /** Devices that the module has made, to be taken into the name space. */
  readonly devices?: readonly string[];
  /** Commands on the board, after ports and addresses are set up. */
  readonly setup: readonly string[];
  /** Ways that packets may leave by (`Forwarded.way`). */
  readonly ways: readonly string[];
  /** Packets are spread over the ways in equal shares. */
  readonly even: boolean;
  /** Compared with another case. */
  readonly over?: {
    readonly name: string;
    /** At most so many percent more instructions; absent where others than we are measured. */
    readonly goal?: number;
  };
}

const FEW = 10;
const ROUTE = (device: string) => `ip route add ${FAR_NETWORK} dev ${device}`;

export const costCases: readonly CostCase[] = [
  {
    name: 'forward',
    title: 'plain IP forwarding, no tunnel',
    sessions: FEW,
    setup: [],
    ways: ['plain'],
    even: true,
  },
  {
    name: 'ipip',
    title: 'one IPIP tunnel',
    sessions: FEW,
    setup: [...makeLegs(1, 'ipip'), ROUTE(legName(1))],
    ways: [farEnd(1)],
    even: true,
  },
  {
    name: 'gretap',
    title: 'one tunnel for Ethernet over GRE',
    sessions: FEW,
    modules: { from: 'peers', names: ['gre_demux', 'ip_gre'] },
    setup: [...makeLegs(1, 'gretap'), ...routeOverEthernet(legName(1))],
    ways: [farEnd(1)],
    even: true,
  },
  plait(2, 'weighted', 15),
  plait(8, 'weighted', 20),
  bonding(2),
  bonding(8),
  teql(2),
  teql(8),
];

function plait(legs: number, scheduler: string, goal: number): CostCase {
  return {
    ...tunnels(legs),
    name: `plait-${legs}-${scheduler}`,
    title: `plait, ${legs} IPIP legs, ${scheduler}`,
    modules: { from: 'image', names: ['plait_link'] },
    setup: [
      ...makeLegs(legs, 'ipip'),
      'ip link add bundle type plait',
      ...upTo(legs).map((leg) => `ip link set ${legName(leg)} master bundle`),
      `echo ${scheduler} > /proc/sys/net/ipv4/multipath/bundle/scheduler`,
      'ip link set bundle up',
      ROUTE('bundle'),
    ],
    over: { name: 'ipip', goal },
  };
}

/** Bonding sets the MAC addresses of what it bonds, which an IPIP tunnel has none of: Ethernet over GRE has. */
function bonding(legs: number): CostCase {
  return {
    ...tunnels(legs),
    name: `bonding-${legs}`,
    title: `bonding, ${legs} GRE slaves, balance-rr`,
    modules: { from: 'peers', names: ['gre_demux', 'ip_gre', 'bonding'] },
    setup: [
      ...makeLegs(legs, 'gretap'),
      'ip link add bundle type bond mode balance-rr miimon 100',
      // Bonding takes only what is down.
      ...upTo(legs).flatMap((leg) => [
        `ip link set ${legName(leg)} down`,
        `ip link set ${legName(leg)} master bundle`,
      ]),
      'ip link set bundle up',
      ...routeOverEthernet('bundle'),
    ],
    over: { name: 'gretap' },
  };
}

function teql(legs: number): CostCase {
  return {
    ...tunnels(legs),
    name: `teql-${legs}`,
    title: `teql, ${legs} IPIP slaves`,
    modules: { from: 'peers', names: ['sch_teql'] },
    devices: ['teql0'],
    setup: [
      ...makeLegs(legs, 'ipip'),
      ...upTo(legs).map((leg) => `tc qdisc add dev ${legName(leg)} root teql0`),
      'ip link set teql0 up',
      ROUTE('teql0'),
    ],
  };
}

function tunnels(legs: number): Pick<CostCase, 'sessions' | 'ways' | 'even' | 'over'> {
  return { sessions: FEW, ways: upTo(legs).map(farEnd), even: true, over: { name: 'ipip' } };
}
