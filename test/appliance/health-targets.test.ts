// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { healthTargets } from '../../src/appliance/health-targets.ts';
import { baseWith, type Changes, factsWith, mustParse } from './support.ts';

const test = suite('healthTargets');

function targets(changes: Changes, facts = factsWith()) {
  return healthTargets(mustParse(baseWith(changes)), facts);
}

test('are the gateway of each uplink and the far end of each leg, by their own uplink', () => {
  const timing = { method: { by: 'ping' }, servers: ['9.9.9.9'], interval: 200, misses: 5 };
  const legTiming = { ...timing, servers: [] };
  assert.equal(targets({ health: { interval: '200ms', misses: 5 } }), [
    { kind: 'uplink', uplink: 'dsl', source: '192.0.2.2', device: 'eth1.5', target: '192.0.2.1', ...timing },
    {
      kind: 'uplink',
      uplink: 'cable',
      source: '203.0.113.2',
      device: 'eth1.6',
      target: '203.0.113.1',
      ...timing,
    },
    {
      kind: 'leg',
      tunnel: 'hq',
      leg: 'dsl',
      uplink: 'dsl',
      source: '192.0.2.2',
      device: 'eth1.5',
      target: '198.51.100.9',
      ...legTiming,
    },
    {
      kind: 'leg',
      tunnel: 'hq',
      leg: 'cable',
      uplink: 'cable',
      source: '203.0.113.2',
      device: 'eth1.6',
      target: '198.51.100.9',
      ...legTiming,
    },
  ]);
});

test('leave out uplinks without an address and gateways that are not there', () => {
  const changes = {
    'uplinks.dsl': { port: 'eth1', vlan: 5, address: 'dhcp' },
    'uplinks.cable.gateway': undefined,
    'tunnels.hq.remote.cable': '203.0.113.3',
  };
  assert.equal(
    targets(changes).map(({ target }) => target),
    ['203.0.113.3'],
  );
});

test('leave out direct legs, which live as long as their uplink', () => {
  const changes = { 'tunnels.hq.remote.cable': 'direct' };
  const legs = targets(changes).flatMap((target) => (target.kind === 'leg' ? [target.leg] : []));
  assert.equal(legs, ['dsl']);
});

test('keep probing what is dead, or it could never come back', () => {
  const dead = factsWith({ deadUplinks: ['dsl', 'cable'], deadLegs: { hq: ['dsl', 'cable'] } });
  assert.equal(targets({}, dead), targets({}));
});

test('by a metered uplink are probed seldom as long as it waits', () => {
  const changes = { 'uplinks.cable.backup': true, 'uplinks.cable.metered': true };
  const intervals = (facts = {}) =>
    targets(changes, factsWith(facts)).map(({ kind, uplink, interval }) => `${kind} ${uplink} ${interval}`);
  assert.equal(intervals(), ['uplink dsl 40', 'uplink cable 30000', 'leg dsl 40', 'leg cable 30000']);
  assert.equal(intervals({ deadUplinks: ['dsl'], deadLegs: { hq: ['dsl'] } }), [
    'uplink dsl 40',
    'uplink cable 40',
    'leg dsl 40',
    'leg cable 40',
  ]);
  assert.equal(intervals({ deadLegs: { hq: ['dsl'] } }), [
    'uplink dsl 40',
    'uplink cable 30000',
    'leg dsl 40',
    'leg cable 40',
  ]);
});

test.run();
