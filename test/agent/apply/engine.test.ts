// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { applyPlan, dryRun } from '../../../src/agent/apply/engine.ts';
import { readState } from '../../../src/agent/apply/state.ts';
import { type Plan, planOfParts } from '../../../src/appliance/plan-types.ts';
import { BALANCED, BRANCH, FACTS, type FakeBoard, fakeBoard, OTHER, planOf } from '../support/board.ts';

const apply = suite('applying a plan');

apply('a branch with a tunnel comes up on an empty board', async () => {
  const board = fakeBoard();
  const result = await applyPlan(board, planOf(BRANCH));
  assert.ok(result.ok, JSON.stringify(result));
  const [hq] = board.kernel.plaitLinks();
  assert.equal(
    hq?.legs.map(({ name, weight, enabled }) => ({ name, weight, enabled })),
    [
      { name: 'hq.dsl', weight: 1, enabled: true },
      { name: 'hq.cable', weight: 3, enabled: true },
    ],
  );
  assert.is(board.kernel.links().find((link) => link.name === 'hq.dsl')?.mtu, 1472);
  assert.equal(board.kernel.fouPorts(), [5555]);
  assert.ok(board.services.running.some((service) => service.name === 'dnsmasq'));
  assert.match(board.kernel.firewallText(), 'hook forward');
});

apply('a second apply changes nothing and says so', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BRANCH));
  const before = board.snapshot();
  const changesBefore = board.kernel.changes;
  const result = await applyPlan(board, planOf(BRANCH));
  assert.equal(result, { ok: true, changes: [] });
  assert.is(board.snapshot(), before);
  assert.is(board.kernel.changes, changesBefore);
});

apply('going to another configuration and back leaves what was there before', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BRANCH));
  const before = board.snapshot();
  const there = await applyPlan(board, planOf(OTHER));
  assert.ok(there.ok, JSON.stringify(there));
  assert.is.not(board.snapshot(), before);
  assert.equal(board.kernel.plaitLinks(), []);
  const back = await applyPlan(board, planOf(BRANCH));
  assert.ok(back.ok, JSON.stringify(back));
  assert.is(board.snapshot(), before);
});

apply('an empty plan takes everything of ours away and gives ports back', async () => {
  const board = fakeBoard();
  const before = board.snapshot();
  await applyPlan(board, planOf(BRANCH));
  const result = await applyPlan(board, { items: [] });
  assert.ok(result.ok, JSON.stringify(result));
  assert.is(board.snapshot().replace('branch-12', '(none)'), before);
});

apply('what others made is left alone', async () => {
  const board = fakeBoard();
  board.kernel.createLink({ name: 'wg0', info: { kind: 'other', name: 'wireguard' } });
  board.kernel.addRule({ priority: 7, protocol: 3, table: 7 });
  await applyPlan(board, planOf(BRANCH));
  await applyPlan(board, { items: [] });
  assert.ok(board.kernel.links().some((link) => link.name === 'wg0'));
  assert.equal(board.kernel.rules(), [{ priority: 7, protocol: 3, table: 7 }]);
});

apply('a weight, an MTU and a tunnel address change in place', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BRANCH));
  const index = indexOf(board, 'hq.dsl');
  const lease = { address: '192.0.2.77/24', gateway: '192.0.2.1', dns: [], seconds: 60 };
  const changed = BRANCH.replace('weight: 3', 'weight: 7').replace('mode: fou', 'mode: fou\n    mtu: 1400');
  const result = await applyPlan(board, planOf(changed, { ...FACTS, leases: { dsl: lease } }));
  assert.ok(result.ok, JSON.stringify(result));
  assert.is(indexOf(board, 'hq.dsl'), index);
  const leg = board.kernel.links().find((link) => link.name === 'hq.dsl');
  assert.is(leg?.info?.kind === 'ipip' && leg.info.local, '192.0.2.77');
  assert.is(board.kernel.plaitLinks()[0]?.legs.find(({ name }) => name === 'hq.cable')?.weight, 7);
  assert.is(board.kernel.links().find((link) => link.name === 'hq')?.mtu, 1400);
  assert.equal(
    result.changes.filter((change) => /^(add|remove) link/.test(change)),
    [],
  );
});

apply('a dead leg costs one change', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BRANCH));
  const result = await applyPlan(board, planOf(BRANCH, { ...FACTS, deadLegs: { hq: ['dsl'] } }));
  assert.equal(result.changes, ['change leg hq.dsl of hq weight 1 disabled']);
});

apply('routes that the kernel dropped with an address come back', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BRANCH));
  const renumbered = {
    ...FACTS,
    leases: { dsl: { ...FACTS.leases.dsl, address: '192.0.2.90/24', dns: [], seconds: 9 } },
  };
  await applyPlan(board, planOf(BRANCH, renumbered as typeof FACTS));
  const left = dryRun(board, planOf(BRANCH, renumbered as typeof FACTS));
  assert.equal(left, []);
});

apply('a changed file restarts the service that reads it', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BRANCH));
  board.services.events.length = 0;
  await applyPlan(board, planOf(BRANCH.replace('lease: 12h', 'lease: 6h')));
  assert.equal(board.services.events, ['stop dnsmasq', 'start dnsmasq']);
});

apply('a new device restarts the DHCP client that sits on it', async () => {
  const board = fakeBoard();
  const two = BRANCH.replace(
    'vlan: 6, address: 203.0.113.6/29, gateway: 203.0.113.1',
    'vlan: 6, address: dhcp',
  );
  await applyPlan(board, planOf(two));
  board.kernel.deleteLink(indexOf(board, 'eth1.6'));
  const result = await applyPlan(board, planOf(two));
  assert.ok(result.ok && result.changes.some((change) => change.startsWith('add link eth1.6')));
});

const DIRECT = BRANCH.replace('cable: 198.51.100.9 }', 'cable: [198.51.100.9, direct] }');

apply('the direct route is a leg, and goes with its uplink', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(DIRECT));
  const legs = () => board.kernel.plaitLinks()[0]?.legs.map(({ name }) => name);
  assert.equal(legs(), ['hq.dsl', 'hq.cable-1', 'hq.cable-2']);
  const leg = board.kernel.links().find((link) => link.name === 'hq.cable-2');
  assert.equal(
    [leg?.info, leg?.parent, leg?.mtu],
    [{ kind: 'plait_direct' }, indexOf(board, 'eth1.6'), 1500],
  );
  assert.equal((await applyPlan(board, planOf(DIRECT))).changes, []);
  const moved = await applyPlan(board, planOf(DIRECT.replace('vlan: 6', 'vlan: 7')));
  assert.ok(moved.ok, JSON.stringify(moved));
  const after = board.kernel.links().find((link) => link.name === 'hq.cable-2');
  assert.is(after?.parent, indexOf(board, 'eth1.7'));
});

apply('a setting whose module is not loaded has it loaded', async () => {
  const board = fakeBoard();
  const path = '/proc/sys/net/ipv4/multipath/bufferOn';
  const item = { kind: 'sysctl', path: path.slice('/proc/sys/'.length), value: '1' } as const;
  const wanted = planOfParts([{ name: 'settings', needs: [], shared: true, items: [item] }]);
  const refused = await applyPlan(board, wanted);
  assert.match(refused.ok ? '' : refused.reason, 'the kernel has no such setting');
  const { run } = board.processes;
  board.processes.run = (argv) => {
    if (argv.join(' ') === 'modprobe plait_core') board.files.content.set(path, '0\n');
    return run.call(board.processes, argv);
  };
  assert.ok((await applyPlan(board, wanted)).ok);
  assert.is(board.files.content.get(path), '1\n');
  await applyPlan(board, { items: [] });
  assert.is(board.files.content.get(path), '0\n');
});

/** What the module was told, with the names of devices and without figures. */
function balancing(board: FakeBoard) {
  const state = board.kernel.balance();
  const name = (index: number) => board.kernel.links().find((link) => link.index === index)?.name;
  return (
    state && {
      strategy: state.strategy,
      inputs: state.inputs?.map(name),
      excludes: state.excludes,
      uplinks: state.uplinks.map(({ index, alive }) => `${name(index)} ${alive ? 'alive' : 'not'}`),
    }
  );
}

apply('uplinks are balanced, and a second apply changes nothing', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BALANCED));
  assert.equal(balancing(board), {
    strategy: 'bandwidth',
    inputs: ['eth0', 'hq'],
    excludes: ['192.0.2.128/25'],
    uplinks: ['eth1.5 alive', 'eth1.6 alive'],
  });
  // Those of uplinks are the module's; that of probes is not.
  assert.not.match(board.kernel.firewallText(), /ct mark & 0x00ff0000|ct mark set ct mark &/);
  assert.equal((await applyPlan(board, planOf(BALANCED))).changes, []);
});

apply('another strategy, and a dead uplink, are one change of the balancing each', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BALANCED));
  const strategy = await applyPlan(board, planOf(BALANCED.replace('bandwidth', 'history')));
  assert.equal(strategy.changes, [
    'change balance history marks 0xff0000 sessions of dead uplinks move from eth0 and hq and local except 192.0.2.128/25',
  ]);
  const facts = { ...FACTS, deadUplinks: ['dsl'] };
  const dead = await applyPlan(board, planOf(BALANCED.replace('bandwidth', 'history'), facts));
  assert.is(dead.changes.filter((change) => change.startsWith('change balance history')).length, 1);
  assert.equal(balancing(board)?.uplinks, ['eth1.5 not', 'eth1.6 alive']);
});

apply('an uplink whose device was made anew is balanced again', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BALANCED));
  board.kernel.deleteLink(indexOf(board, 'eth1.6'));
  await applyPlan(board, planOf(BALANCED));
  assert.equal(balancing(board)?.uplinks, ['eth1.5 alive', 'eth1.6 alive']);
});

apply('without balance in the plan nothing is balanced, and the module is not asked', async () => {
  const board = fakeBoard();
  await applyPlan(board, planOf(BALANCED));
  await applyPlan(board, planOf(BRANCH));
  assert.is(balancing(board), undefined);
  board.kernel.balanceAsked = 0;
  await applyPlan(board, planOf(BRANCH));
  assert.is(board.kernel.balanceAsked, 0);
});

apply('a cancelled apply undoes what it did', async () => {
  const board = fakeBoard();
  const before = board.snapshot();
  let asked = 0;
  const result = await applyPlan(board, planOf(BRANCH), { cancelled: () => ++asked > 20 });
  assert.is(result.ok, false);
  assert.is(board.snapshot(), before);
});

apply.run();

const undo = suite('undoing a failed apply');

/** Fails each act in turn, of the kernel and of the rest, until a run gets through without meeting its fault. */
async function failEverywhere(from: Plan | undefined, to: Plan): Promise<{ kernel: number; rest: number }> {
  const counts = { kernel: 0, rest: 0 };
  for (const part of ['kernel', 'rest'] as const) {
    for (let at = 0; ; at++) {
      const board = fakeBoard();
      if (from) await applyPlan(board, from);
      const before = board.snapshot();
      const stateBefore = unordered(readState(board, to.items));
      if (part === 'kernel') board.kernel.failAt = board.kernel.changes + at;
      else board.fault.failAt = board.fault.acts + at;
      const result = await applyPlan(board, to);
      if (result.ok) {
        assert.ok(dryRun(board, to).length === 0, 'a run without a fault must reach its goal');
        break;
      }
      assert.ok(result.undone, `${part} ${at}: ${result.reason}: ${board.logged.join('; ')}`);
      assert.is(board.snapshot(), before, `${part} ${at}: ${result.reason}`);
      assert.equal(unordered(readState(board, to.items)), stateBefore);
      counts[part]++;
    }
  }
  return counts;
}

undo('an empty board is empty again, whichever step fails', async () => {
  const counts = await failEverywhere(undefined, planOf(BRANCH));
  assert.ok(counts.kernel > 30 && counts.rest > 15, JSON.stringify(counts));
});

undo('a running configuration runs again, whichever step towards another fails', async () => {
  const counts = await failEverywhere(planOf(BRANCH), planOf(OTHER));
  assert.ok(counts.kernel > 30 && counts.rest > 10, JSON.stringify(counts));
});

undo('a running configuration runs again, whichever step of taking it away fails', async () => {
  await failEverywhere(planOf(OTHER), planOfParts([]));
});

undo('a direct leg is there as before, or not, whichever step fails', async () => {
  await failEverywhere(planOf(DIRECT), planOf(DIRECT.replace('vlan: 6', 'vlan: 7')));
});

undo('uplinks are balanced as before, or not as before, whichever step fails', async () => {
  await failEverywhere(planOf(BRANCH), planOf(BALANCED));
  await failEverywhere(planOf(BALANCED), planOf(OTHER));
  await failEverywhere(planOf(BALANCED), planOf(BALANCED.replace('bandwidth', 'session')));
});

undo('a renumbered uplink keeps its old number, whichever step fails', async () => {
  const lease = { address: '192.0.2.90/24', gateway: '192.0.2.1', dns: [], seconds: 9 };
  await failEverywhere(planOf(BRANCH), planOf(BRANCH, { ...FACTS, leases: { dsl: lease } }));
});

undo.run();

function indexOf(board: FakeBoard, name: string): number {
  return board.kernel.links().find((link) => link.name === name)?.index ?? 0;
}

function unordered(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}
