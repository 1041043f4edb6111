// SPDX-License-Identifier: MIT
/** What dnsmasq is told about names. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/appliance/config.ts';
import { plan } from '../../src/appliance/plan.ts';
import { baseWith, type Changes, factsWith, mustParse, sentences } from './support.ts';

const DHCP = {
  'uplinks.dsl': { port: 'eth1', vlan: 5, address: 'dhcp' },
  'uplinks.cable.backup': true,
  'uplinks.cable.dns': ['203.0.113.3'],
  dns: undefined,
};
const LEASES = {
  leases: { dsl: { address: '192.0.2.2/24', gateway: '192.0.2.1', dns: ['192.0.2.53'], seconds: 60 } },
};

function told(changes: Changes, facts = factsWith()): string[] {
  const { items } = plan(mustParse(baseWith(changes)), facts);
  const found = items.find((item) => item.kind === 'file' && item.path.endsWith('dnsmasq.conf'));
  return found?.kind === 'file' ? found.content.trim().split('\n') : [];
}

const servers = (changes: Changes, facts = factsWith()) =>
  told(changes, facts).filter((line) => line.startsWith('server='));

const followed = suite('name servers');

followed('are those of uplinks in use; a backup that waits is not asked, nor a dead line', () => {
  assert.equal(servers(DHCP, factsWith(LEASES)), ['server=192.0.2.53@eth1.5']);
  assert.equal(servers(DHCP, factsWith({ ...LEASES, deadUplinks: ['dsl'] })), ['server=203.0.113.3@eth1.6']);
  // Nothing lives: better those than none.
  const none = factsWith({ ...LEASES, deadUplinks: ['dsl', 'cable'] });
  assert.equal(servers(DHCP, none), ['server=192.0.2.53@eth1.5', 'server=203.0.113.3@eth1.6']);
  // The only one that has any waits.
  assert.equal(servers(DHCP, factsWith()), ['server=203.0.113.3@eth1.6']);
});

followed('of an uplink take the place of those of its lease, and dns.servers that of all', () => {
  const own = { ...DHCP, 'uplinks.dsl': { ...DHCP['uplinks.dsl'], dns: ['192.0.2.99'] } };
  assert.equal(servers(own, factsWith(LEASES)), ['server=192.0.2.99@eth1.5']);
  assert.equal(servers({ ...own, dns: { servers: ['9.9.9.9'] } }, factsWith(LEASES)), ['server=9.9.9.9']);
});

followed('of a forwarded domain may tell private addresses', () => {
  const lines = told({ 'dns.forward': { 'corp.example': ['10.0.0.53', '10.0.0.54'] } });
  for (const line of [
    ...['server=/corp.example/10.0.0.53', 'server=/corp.example/10.0.0.54'],
    ...[
      'rebind-domain-ok=/corp.example/',
      'stop-dns-rebind',
      'local=/lan/',
      'host-record=plait,plait.lan,192.168.50.1',
    ],
  ])
    assert.ok(lines.includes(line), line);
});

followed.run();

const refused = suite('names that nobody resolves');

const SENTENCE = 'no name could be resolved';
const unresolved = (changes: Changes) => sentences(baseWith(changes)).filter((one) => one.includes(SENTENCE));

refused('are an error where there is a way to the world', () => {
  assert.is(unresolved({ dns: undefined }).length, 1);
  assert.is(unresolved({ dns: undefined, 'lan.dhcp': undefined }).length, 1);
  assert.equal(unresolved({}), []);
  const only = { ...DHCP, 'uplinks.cable': undefined, 'tunnels.hq': undefined };
  assert.equal(unresolved(only), []);
  assert.is(unresolved({ ...only, 'uplinks.dsl': { port: 'eth1', address: 'dhcp', dns: [] } }).length, 1);
  // Nowhere to ask.
  assert.equal(unresolved({ ...only, 'uplinks.dsl': { port: 'eth1', address: '192.0.2.2/24' } }), []);
  assert.equal(unresolved({ ...only, 'uplinks.dsl': undefined }), []);
});

refused('are a warning where the names of some domains are found', () => {
  const parsed = parseConfig(baseWith({ dns: { forward: { 'corp.example': '10.0.0.53' } } }));
  assert.ok(parsed.ok);
  assert.equal(
    parsed.warnings.map(({ path, message }) => [path, message.includes('only corp.example')]),
    [['dns.servers', true]],
  );
});

refused('of targets and time servers are judged by the same rule', () => {
  const line = (dns?: string[]) => ({
    ...DHCP,
    'uplinks.dsl': { port: 'eth1', vlan: 5, address: 'dhcp', ...(dns ? { dns } : {}) },
    health: { targets: ['host.example'] },
    ntp: { servers: ['time.example'] },
  });
  const nobody = (changes: Changes) =>
    sentences(baseWith(changes)).filter((one) => one.includes('nobody resolves'));
  assert.equal(nobody(line()), []);
  // The other line has a server: the time is found by it, the target by this line is not.
  assert.match(nobody(line([])).join(), /^health\.targets\[0\] .* nobody resolves by uplink dsl:/);
  assert.is(nobody(line([])).length, 1);
});

refused('bad names and domains are told', () => {
  for (const [key, value] of [
    ['dns.domain', 'LAN'],
    ['dns.domain', 'lan/'],
    ['dns.hosts', { 'nas.lan': '192.168.50.9' }],
    ['dns.hosts', { plait: '192.168.50.9' }],
    ['dns.forward', { 'corp.example/\nserver=': '10.0.0.53' }],
    ['dns.forward', { 'corp.example': [] }],
    ['dns.forward', { 'corp.example': 'ns.example' }],
  ] as const)
    assert.is(sentences(baseWith({ [key]: value })).length, 1, JSON.stringify(value));
});

refused.run();
