// SPDX-License-Identifier: MIT
/**
 * Following the world on a kernel that fails and loses devices. PLAIT_FACT_SEQUENCES says how many random sequences are
 * tried (100000 for all of them); without it 2000, or as many as fit into 20 s.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { applyParts, type PartsOptions } from '../../src/agent/apply/parts.ts';
import { hasFirewall } from '../../src/agent/apply/record.ts';
import { applyBestEffort, type BestEffort, type Outcome } from '../../src/agent/best-effort.ts';
import { FailedParts } from '../../src/agent/failed-parts.ts';
import { parseConfig } from '../../src/appliance/config.ts';
import { inUse, uplinksOf } from '../../src/appliance/model.ts';
import { plan } from '../../src/appliance/plan.ts';
import type { Facts, Lease } from '../../src/appliance/plan-types.ts';
import { type FakeBoard, fakeBoard, PORTS } from './support/board.ts';
import { FakeClock } from './support/fake-ports.ts';

const TEXT = `version: 1
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  a: { port: eth1, address: dhcp }
  b: { port: eth2, vlan: 7, address: dhcp, weight: 2 }
  c: { port: eth2, address: 203.0.113.2/29, gateway: 203.0.113.1, backup: true }
tunnels:
  hq: { mode: ipip, remote: { a: 198.51.100.9, b: 198.51.100.9 }, routes: [10.0.0.0/8] }
`;
const DEVICES: Record<string, string> = { a: 'eth1', b: 'eth2.7', c: 'eth2' };

const parsed = parseConfig(TEXT);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { config } = parsed;

class Follower {
  readonly board: FakeBoard = fakeBoard();
  readonly clock = new FakeClock();
  readonly failed = new FailedParts(this.clock);
  readonly facts: Facts = { ports: [...PORTS], leases: {}, deadUplinks: [], deadLegs: {} };

  follow(): Promise<Outcome> {
    const options = (rest: Pick<PartsOptions, 'leave' | 'essential'>) => ({
      ...rest,
      cancelled: () => false,
    });
    const source: BestEffort = {
      planWithout: (failedParts) => plan(config, { ...this.facts, failedParts }),
      apply: (wanted, rest) => applyParts(this.board, wanted, options(rest)),
      hasFirewall: () => hasFirewall(this.board.record),
      uplinks: Object.keys(config.uplinks),
      countsOn: (_, item, uplink) => /^(route|balance)/.test(item) && DEVICES[uplink] !== undefined,
    };
    return applyBestEffort(source, this.failed);
  }

  /** Devices of the default route for new traffic. */
  spread(): string[] {
    const { kernel } = this.board;
    const route = kernel
      .routes()
      .find(({ metric, prefix, table }) => metric === 100 && prefix === 0 && table === 254);
    const hops = route?.nexthops ?? (route === undefined ? [] : [{ oif: route.oif }]);
    return hops.map(({ oif }) => kernel.links().find(({ index }) => index === oif)?.name ?? '?').sort();
  }
}

type Event =
  | { do: 'lease'; uplink: 'a' | 'b'; lease: Lease | undefined }
  | { do: 'dead'; uplink: string; dead: boolean }
  | { do: 'port'; port: 'eth1' | 'eth2'; there: boolean }
  | { do: 'break'; device: string; broken: boolean }
  | { do: 'fail'; after: number };

const lease: fc.Arbitrary<Lease> = fc.record({
  address: fc.constantFrom(
    '192.0.2.2/24',
    '192.0.2.3/24',
    '100.64.0.2/32',
    '100.64.0.3/32',
    '10.0.1.2/17',
    '1.2.3.4/1',
    '192.168.50.9/24',
  ),
  gateway: fc.constantFrom(
    '192.0.2.1',
    '192.0.2.255',
    '192.0.2.2',
    '100.64.255.1',
    '0.0.0.0',
    '192.168.50.7',
  ),
  dns: fc.constant([]),
  seconds: fc.constant(600),
});
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    do: fc.constant('lease' as const),
    uplink: fc.constantFrom('a' as const, 'b' as const),
    lease: fc.option(lease, { nil: undefined }),
  }),
  fc.record({ do: fc.constant('dead' as const), uplink: fc.constantFrom('a', 'b', 'c'), dead: fc.boolean() }),
  fc.record({
    do: fc.constant('port' as const),
    port: fc.constantFrom('eth1' as const, 'eth2' as const),
    there: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('break' as const),
    device: fc.constantFrom('eth1', 'eth2', 'eth2.7', 'hq', 'hq.a'),
    broken: fc.boolean(),
  }),
  fc.record({ do: fc.constant('fail' as const), after: fc.integer({ min: 0, max: 20 }) }),
);

function take(follower: Follower, happened: Event): void {
  const { board, facts } = follower;
  if (happened.do === 'lease') {
    if (happened.lease === undefined) delete facts.leases[happened.uplink];
    else facts.leases[happened.uplink] = happened.lease;
  } else if (happened.do === 'dead') {
    facts.deadUplinks = facts.deadUplinks.filter((name) => name !== happened.uplink);
    if (happened.dead) facts.deadUplinks.push(happened.uplink);
  } else if (happened.do === 'port') {
    if (happened.there) board.kernel.addPort(happened.port);
    else board.kernel.removePort(happened.port);
    const names = board.kernel.links().map(({ name }) => name);
    facts.ports = PORTS.filter((port) => names.includes(port));
  } else if (happened.do === 'break') {
    if (happened.broken) board.kernel.broken.add(happened.device);
    else board.kernel.broken.delete(happened.device);
  } else board.kernel.failAt = board.kernel.changes + happened.after;
}

const following = suite('following facts part by part');

following('failing every step of one uplink leaves the failover of the others working', async () => {
  for (const broken of ['a', 'b']) {
    const follower = new Follower();
    follower.facts.leases = {
      a: { address: '192.0.2.2/24', gateway: '192.0.2.1', dns: [], seconds: 600 },
      b: { address: '198.18.0.2/24', gateway: '198.18.0.1', dns: [], seconds: 600 },
    };
    await follower.follow();
    assert.equal(follower.spread(), ['eth1', 'eth2.7']);
    follower.board.kernel.broken.add(DEVICES[broken] ?? '');
    const other = broken === 'a' ? 'b' : 'a';
    follower.facts.deadUplinks = [other];
    await follower.follow();
    assert.equal(follower.spread(), ['eth2'], 'the backup stands in');
    follower.facts.deadUplinks = [];
    follower.clock.now += 100_000;
    await follower.follow();
    assert.ok(follower.spread().includes(DEVICES[other] ?? ''), `${other} is back`);
  }
});

following(
  'after whatever happened, all is as the facts want it, as soon as nothing fails any more',
  async () => {
    const wanted = Number(process.env.PLAIT_FACT_SEQUENCES ?? 0);
    // The same sequences each time, so that a change is to blame for what fails; new ones when their number is given.
    const limits =
      wanted > 0 ? { numRuns: wanted } : { numRuns: 2000, interruptAfterTimeLimit: 20_000, seed: 280130056 };
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 8 }), async (events) => {
        runs++;
        const follower = new Follower();
        await follower.follow();
        for (const happened of events) {
          take(follower, happened);
          await follower.follow();
          follower.clock.now += 1000;
        }
        const { kernel } = follower.board;
        kernel.broken.clear();
        kernel.failAt = -1;
        follower.clock.now += 100_000;
        await follower.follow();
        assert.equal(follower.failed.list, []);
        const fresh = inUse(uplinksOf(config, follower.facts)).map(({ device }) => device);
        assert.equal(follower.spread(), [...fresh].sort());
      }),
      limits,
    );
    console.log(`\n  ${runs} sequences`);
    assert.ok(runs > 0, 'none in time');
  },
);

following.run();
