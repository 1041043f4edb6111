// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { leaseEvent, readLeases, writeLeases } from '../../src/agent/leases.ts';
import { parsePrefix } from '../../src/agent/netlink/rtnl/ipv4.ts';
import { FakeFiles } from './support/fake-ports.ts';

const ENV = {
  ip: '192.0.2.44',
  mask: '24',
  router: '192.0.2.1 192.0.2.2',
  dns: '192.0.2.53 192.0.2.54',
  ntpsrv: '192.0.2.123',
  lease: '600',
};

const events = suite('events of the DHCP client');

events('bound and renew bring a lease', () => {
  const lease = {
    address: '192.0.2.44/24',
    gateway: '192.0.2.1',
    dns: ['192.0.2.53', '192.0.2.54'],
    ntp: ['192.0.2.123'],
    seconds: 600,
  };
  assert.equal(leaseEvent('bound', ENV), { what: 'held', lease });
  assert.equal(leaseEvent('renew', ENV), { what: 'held', lease });
});

events('a lease may lack gateway, servers and time', () => {
  assert.equal(leaseEvent('bound', { ip: '192.0.2.44', mask: '32' }), {
    what: 'held',
    lease: { address: '192.0.2.44/32', dns: [], ntp: [], seconds: 3600 },
  });
});

events('deconfig and nak take it away, the rest changes nothing', () => {
  assert.equal(leaseEvent('deconfig', {}), { what: 'deconfig' });
  assert.equal(leaseEvent('nak', ENV), { what: 'lost' });
  assert.equal(leaseEvent('leasefail', {}), { what: 'ignored' });
});

for (const [what, env] of [
  ['no address', { ...ENV, ip: '' }],
  ['an address that is a command', { ...ENV, ip: '$(reboot)' }],
  ['a mask that is none', { ...ENV, mask: '33' }],
] as const) {
  events(`${what} is no lease`, () => assert.equal(leaseEvent('bound', env), { what: 'ignored' }));
}

events('whatever a server sends, a lease is made of addresses and a time', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('192.0.2.1', '-1', '1e99', '999.1.1.1', '24'));
  const env = fc.record({ ip: value, mask: value, router: value, dns: value, lease: value });
  fc.assert(
    fc.property(env, (values) => {
      const event = leaseEvent('bound', values);
      if (event.what !== 'held') return;
      assert.match(event.lease.address, /^[\d.]+\/\d+$/);
      assert.ok(event.lease.seconds > 0 && event.lease.seconds <= 30 * 24 * 3600);
      assert.ok(event.lease.dns.every((server) => /^[\d.]+$/.test(server)));
    }),
    { numRuns: 5000 },
  );
  assert.equal(parsePrefix('192.0.2.44/24'), { address: '192.0.2.44', prefix: 24 });
});

events.run();

const kept = suite('leases kept for a restart');

kept('are read back while they last', () => {
  const files = new FakeFiles();
  const lease = { address: '192.0.2.44/24', dns: [], seconds: 600, until: 5000 };
  writeLeases(files, { dsl: lease, old: { ...lease, until: 1000 } });
  assert.equal(readLeases(files, 2000), { dsl: lease });
});

kept('that cannot be read are none', () => {
  assert.equal(readLeases(new FakeFiles({ '/run/plait/leases.json': '{"dsl":' }), 0), {});
  assert.equal(readLeases(new FakeFiles(), 0), {});
});

kept.run();
