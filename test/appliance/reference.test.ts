// SPDX-License-Identifier: MIT
/** The table of keys in the reference is the schema's, no key more and none less, with the right defaults. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keyOf, schedulerOf } from '../../src/appliance/legs.ts';
import { configSchema, REQUIRED_EXAMPLES } from '../../src/appliance/schema.ts';
import { keyPaths } from '../../src/appliance/schema-walk.ts';
import { mustParse } from './support.ts';

const readme = readFileSync(new URL('../../src/appliance/README.md', import.meta.url), 'utf8');
const keysSection = readme.slice(readme.indexOf('## Keys'), readme.indexOf('## What must fit together'));
const rows = new Map(
  [...keysSection.matchAll(/^\| `([^`]+)` \|([^|]*)\|([^|]*)\| (.+) \|$/gm)].map((row) => [
    row[1] ?? '',
    { value: row[2]?.trim(), default: row[3]?.trim(), meaning: row[4]?.trim() },
  ]),
);

const test = suite('the reference of plait.yaml');

test('has a row for every key of the schema, and no other', () => {
  assert.equal([...rows.keys()].sort(), keyPaths(configSchema).sort());
});

test('says what each key means', () => {
  for (const [key, row] of rows) assert.ok((row.meaning ?? '').length > 10, key);
});

test('says "needed" for the keys that are', () => {
  const needed = [...rows].filter(([, row]) => row.default === 'needed').map(([key]) => key);
  assert.equal(needed.sort(), Object.keys(REQUIRED_EXAMPLES).sort());
});

test('gives the defaults that a configuration gets', () => {
  const config = mustParse(
    JSON.stringify({
      version: 1,
      lan: { ports: ['eth0'], address: '10.0.0.1/24', dhcp: { range: '10.0.0.5-9' } },
      uplinks: { u: { port: 'eth1', address: 'dhcp' }, w: { port: 'eth2', address: 'dhcp' } },
      balance: {},
      buffer: { all: true },
      tunnels: { t: { mode: 'ipip', remote: { u: '1.2.3.4' } } },
    }),
  );
  const given = (key: string) => (rows.get(key)?.default ?? '').replaceAll('`', '');
  assert.is(given('hostname'), config.hostname);
  assert.is(given('lan.dhcp.lease'), '12h');
  assert.is(config.lan.dhcp?.lease, 12 * 3600_000);
  for (const key of ['weight', 'backup', 'metered', 'nat', 'mtu'] as const) {
    assert.is(given(`uplinks.*.${key}`), String(config.uplinks.u?.[key]), key);
  }
  for (const key of ['strategy', 'dead-sessions', 'local'] as const) {
    assert.is(given(`balance.${key}`), String(config.balance?.[key]), key);
  }
  assert.is(given('balance.exclude'), JSON.stringify(config.balance?.exclude));
  const tunnel = config.tunnels.t;
  assert.ok(tunnel);
  const schedulers = (['ipip', 'plait'] as const).map((mode) => schedulerOf({ ...tunnel, mode }));
  assert.is(given('tunnels.*.scheduler'), `${schedulers[0]}; in mode plait, ${schedulers[1]}`);
  assert.is(given('tunnels.*.protect'), 'encrypt');
  assert.is(
    given('tunnels.*.key'),
    `the tunnel's name; with listen, ${keyOf('t', { ...tunnel, listen: 5050 }).replace('5050', '<port>')}`,
  );
  assert.is(given('tunnels.*.buffer'), String(config.tunnels.t?.buffer));
  for (const key of ['size', 'total'] as const) {
    assert.is(given(`buffer.${key}`), String(config.buffer?.[key]), key);
  }
  assert.is(given('buffer.deadline'), 'auto');
  assert.is(config.buffer?.deadline, 0);
  assert.is(given('tunnels.*.routes'), JSON.stringify(config.tunnels.t?.routes));
  assert.is(given('health.interval'), `${config.health.interval}ms`);
  assert.is(given('health.far-interval'), `${config.health['far-interval'] / 1000}s`);
  assert.is(given('health.need'), String(config.health.need));
  assert.is(given('health.misses'), String(config.health.misses));
  assert.is(given('dns.servers'), JSON.stringify(config.dns.servers));
  assert.is(given('admin.ssh-keys'), JSON.stringify(config.admin['ssh-keys']));
});

test.run();
