// SPDX-License-Identifier: MIT
/** The board as it ships, with two uplinks: plait_balance by strategy, and the kernel's own routes by weight. */
import { withMany } from './bundle-cases.ts';
import type { CostCase } from './cost-case.ts';
import { uplinkWays, yamlOf } from './shipped.ts';

const FEW = 10;

/** Strategies that give the sessions of the load, all alike, to two uplinks of one weight in equal shares. */
const EVEN = ['route', 'packet', 'session'];
/** Those that look at what an uplink did before. */
const LEARNING = ['bandwidth', 'headroom', 'retransmit', 'history'];

const router: CostCase = {
  name: 'router',
  title: 'router with firewall, routes by weight',
  sessions: FEW,
  setup: { kind: 'shipped', yaml: yamlOf() },
  ways: uplinkWays,
  even: false,
};

const strategies = [...EVEN, ...LEARNING].map(
  (strategy): CostCase => ({
    ...router,
    name: `balance-${strategy}`,
    title: `the same, balanced by ${strategy}`,
    setup: { kind: 'shipped', yaml: yamlOf(strategy) },
    even: EVEN.includes(strategy),
    over: { name: router.name },
  }),
);

const few = [router, ...strategies];

/** Many sessions come last: what the board remembers of them would make the others dearer. */
export const balanceCases: readonly CostCase[] = [...few, ...few.map(withMany)];
