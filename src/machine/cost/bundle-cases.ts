// SPDX-License-Identifier: MIT
/** Tunnels, and links made of several: ours and the kernel's own. */
import { farEnd, knowHosts, legName, makeLegs, routeOverEthernet, upTo } from './bare.ts';
import type { CostCase, Setup } from './cost-case.ts';
import { FAR_NETWORK } from './topology.ts';

const FEW = 10;
const MANY = 10_000;
/** Percent that so many sessions may cost more than a few. */
const MANY_GOAL = 10;

/** Bit/s that each leg is said to have: more than the board can send. */
const RATE = 1_000_000_000;

const GRE = ['gre_demux', 'ip_gre'];

const ipip: CostCase = {
  name: 'ipip',
  title: 'one IPIP tunnel',
  sessions: FEW,
  setup: { kind: 'bare', commands: [...makeLegs(1, 'ipip'), routeBy(legName(1))] },
  ways: [farEnd(1)],
  even: true,
};

export const bundleCases: readonly CostCase[] = [
  {
    name: 'forward',
    title: 'plain IP forwarding, no tunnel',
    sessions: FEW,
    setup: { kind: 'bare', commands: [] },
    ways: ['plain'],
    even: true,
  },
  ipip,
  {
    name: 'gretap',
    title: 'one tunnel for Ethernet over GRE',
    sessions: FEW,
    setup: {
      kind: 'bare',
      modules: { from: 'peers', names: GRE },
      commands: [...makeLegs(1, 'gretap'), ...routeOverEthernet(legName(1))],
    },
    ways: [farEnd(1)],
    even: true,
  },
  plait(2, 'weighted', 15),
  plait(8, 'weighted', 20),
  plait(2, 'earliest', 15),
  plait(8, 'earliest', 20),
  withMany(plait(2, 'weighted', 15)),
  withRates(plait(2, 'earliest', 15), 2),
  overTcp(ipip),
  overTcp(plait(2, 'weighted', 15)),
  overTcp(withRates(plait(2, 'earliest', 15), 2)),
  overTcp(withRates(plait(8, 'earliest', 20), 8)),
  bonding(2),
  bonding(8),
  teql(2),
  teql(8),
];

function plait(legs: number, scheduler: string, goal: number): CostCase {
  return {
    ...over('ipip', legs, goal),
    // The other one takes the leg that is free first, and with no rate known the first one always is.
    even: scheduler === 'weighted',
    name: `plait-${legs}-${scheduler}`,
    title: `plait, ${legs} IPIP legs, ${scheduler}`,
    setup: {
      kind: 'bare',
      modules: { from: 'image', names: ['plait_link'] },
      commands: [
        ...makeLegs(legs, 'ipip'),
        'ip link add bundle type plait',
        ...upTo(legs).map((leg) => `ip link set ${legName(leg)} master bundle`),
        `echo ${scheduler} > /proc/sys/net/ipv4/multipath/bundle/scheduler`,
        'ip link set bundle up',
        routeBy('bundle'),
      ],
    },
  };
}

/** Bonding sets the MAC addresses of what it bonds, and an IPIP tunnel has none: Ethernet over GRE has. */
function bonding(legs: number): CostCase {
  return {
    ...over('gretap', legs),
    name: `bonding-${legs}`,
    title: `bonding, ${legs} GRE slaves, balance-rr`,
    setup: {
      kind: 'bare',
      modules: { from: 'peers', names: [...GRE, 'bonding'] },
      commands: [
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
    },
  };
}

function teql(legs: number): CostCase {
  return {
    ...over('ipip', legs),
    name: `teql-${legs}`,
    title: `teql, ${legs} IPIP slaves`,
    setup: {
      kind: 'bare',
      modules: { from: 'peers', names: ['sch_teql'] },
      devices: ['teql0'],
      commands: [
        ...makeLegs(legs, 'ipip'),
        ...upTo(legs).map((leg) => `tc qdisc add dev ${legName(leg)} root teql0`),
        'ip link set teql0 up',
        routeBy('teql0'),
      ],
    },
  };
}

function over(name: string, legs: number, goal?: number): Omit<CostCase, 'name' | 'title' | 'setup'> {
  return {
    sessions: FEW,
    ways: upTo(legs).map(farEnd),
    even: true,
    over: goal === undefined ? { name } : { name, goal },
  };
}

/** The same with many sessions, beside itself with a few. */
export function withMany(few: CostCase): CostCase {
  return {
    ...few,
    name: `${few.name}-many`,
    sessions: MANY,
    over: { name: few.name, goal: MANY_GOAL },
  };
}

/** The same with rates that are known, as plait.yaml has them. */
function withRates(unknown: CostCase, legs: number): CostCase {
  const rates = upTo(legs).map((leg) => `${legName(leg)}=${RATE}`);
  return {
    ...unknown,
    name: `${unknown.name}-rates`,
    title: `${unknown.title} with rates`,
    setup: andThen(unknown.setup, [`echo ${rates.join(' ')} > /proc/sys/net/ipv4/multipath/bundle/rates`]),
  };
}

/** The same with TCP. What acknowledgements take, one for two segments, counts with these. */
function overTcp(udp: CostCase): CostCase {
  return {
    ...udp,
    name: `${udp.name}-tcp`,
    title: `${udp.title}, TCP`,
    tcp: true,
    setup: andThen(udp.setup, knowHosts(udp.sessions)),
    ...(udp.over ? { over: { ...udp.over, name: `${udp.over.name}-tcp` } } : {}),
  };
}

function andThen(setup: Setup, commands: readonly string[]): Setup {
  return setup.kind === 'bare' ? { ...setup, commands: [...setup.commands, ...commands] } : setup;
}

function routeBy(device: string): string {
  return `ip route add ${FAR_NETWORK} dev ${device}`;
}
