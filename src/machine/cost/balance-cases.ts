// SPDX-License-Identifier: MIT
/** The board as it ships, with two uplinks: plait_balance by strategy, and the kernel's own routes by weight. */
import { withMany } from './bundle-cases.ts';
import type { CostCase } from './cost-case.ts';
import { forgetAtOnce, uplinkWays, yamlOf } from './shipped.ts';

const FEW = 10;

/** Strategies that give the sessions of the load, all alike, to two uplinks of one weight in equal shares. */
const EVEN = ['route', 'packet', 'session'];
/** Those that look at what an uplink did before. */
const LEARNING = ['bandwidth', 'headroom', 'retransmit', 'history'];

/** Percent above plain forwarding: sessions that stay together, and packets that are given uplinks one by one. */
const TOGETHER_GOAL = 50;
const APART_GOAL = 120;
const APART = ['packet', 'bandwidth', 'headroom'];
/** Percent by which the fast path may make the beginning of a session dearer. */
const BEGIN_GOAL = 10;

const router: CostCase = {
  name: 'router',
  title: 'router with firewall, routes by weight',
  sessions: FEW,
  setup: { kind: 'shipped', yaml: yamlOf() },
  ways: uplinkWays,
  even: false,
  over: { name: 'forward', goal: TOGETHER_GOAL },
};

const strategies = [...EVEN, ...LEARNING].map(
  (strategy): CostCase => ({
    ...router,
    name: `balance-${strategy}`,
    title: `the same, balanced by ${strategy}`,
    setup: { kind: 'shipped', yaml: yamlOf({ strategy }) },
    even: EVEN.includes(strategy),
    over: { name: 'forward', goal: APART.includes(strategy) ? APART_GOAL : TOGETHER_GOAL },
  }),
);

const few = [router, ...strategies];

/** So many sessions that each is forgotten before its next packet comes. */
const UNKNOWN = 50_000;

/** Each packet begins a session: what the board does once for it. */
function beginning(name: string, title: string, offload: boolean, over?: string): CostCase {
  return {
    ...router,
    name,
    title,
    sessions: UNKNOWN,
    setup: { kind: 'shipped', yaml: yamlOf({ offload }), commands: forgetAtOnce },
    ...(over === undefined ? { over: { name: router.name } } : { over: { name: over, goal: BEGIN_GOAL } }),
  };
}

const ORDINARY = 'router-begin-ordinary';

/** Many sessions come last: what the board remembers of them would make the others dearer. */
export const balanceCases: readonly CostCase[] = [
  ...few,
  ...few.map(withMany),
  beginning(ORDINARY, 'router, each packet begins a session, without the fast path', false),
  beginning('router-begin', 'router, each packet begins a session', true, ORDINARY),
];
