// SPDX-License-Identifier: MIT
/** Who is asked for the time, and by which way. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plan } from '../../src/appliance/plan.ts';
import type { Facts } from '../../src/appliance/plan-types.ts';
import { baseWith, type Changes, factsWith, mustParse, sentences } from './support.ts';

const DHCP = {
  'uplinks.dsl': { port: 'eth1', vlan: 5, address: 'dhcp' },
  'uplinks.cable': { port: 'eth1', vlan: 6, address: 'dhcp', backup: true },
};
const lease = (subnet: string, ntp: string[]) => ({
  address: `${subnet}.2/24`,
  gateway: `${subnet}.1`,
  dns: [],
  ntp,
  seconds: 600,
});
const LEASES = { leases: { dsl: lease('192.0.2', ['192.0.2.123', '198.51.100.123']) } };
const BOTH = { leases: { ...LEASES.leases, cable: lease('203.0.113', ['203.0.113.7']) } };

/** The servers on ntpd's command line, and rules that lead to servers. */
function asked(changes: Changes, facts: Facts = factsWith()): { servers: string[]; rules: string[] } {
  const { items } = plan(mustParse(baseWith(changes)), facts);
  const service = items.find((item) => item.kind === 'service' && item.name === 'ntpd');
  const argv = service?.kind === 'service' ? service.argv : [];
  const rules = items.flatMap((item) =>
    item.kind === 'rule' && item.iif === 'lo' ? [`${item.to} ${item.table}`] : [],
  );
  return { servers: argv.filter((_, at) => argv[at - 1] === '-p'), rules };
}

const servers = suite('time servers');

servers('are those of the leases, each by its own uplink', () => {
  assert.equal(asked(DHCP, factsWith(LEASES)), {
    servers: ['192.0.2.123', '198.51.100.123'],
    rules: ['192.0.2.123/32 101', '198.51.100.123/32 101'],
  });
});

servers('follow the uplinks: not a backup that waits, nor a dead line while another has some', () => {
  assert.equal(asked(DHCP, factsWith(BOTH)).servers, ['192.0.2.123', '198.51.100.123']);
  assert.equal(asked(DHCP, factsWith({ ...BOTH, deadUplinks: ['dsl'] })), {
    servers: ['203.0.113.7'],
    rules: ['203.0.113.7/32 102'],
  });
});

servers('named by two leases are asked once', () => {
  const changes = { ...DHCP, 'uplinks.cable.backup': false };
  const both = { dsl: lease('192.0.2', ['9.9.9.9']), cable: lease('203.0.113', ['9.9.9.9']) };
  assert.equal(asked(changes, factsWith({ leases: both })).servers, ['9.9.9.9']);
});

servers('of the configuration take the place of all others, and nobody is asked when there are none', () => {
  const ntp = { servers: ['ntp.example.org', '192.168.50.9'] };
  assert.equal(asked({ ...DHCP, ntp }, factsWith(LEASES)), { servers: ntp.servers, rules: [] });
  assert.equal(asked({ ...DHCP, ntp: { servers: [] } }, factsWith(LEASES)), { servers: [], rules: [] });
});

servers('are one by default, as soon as an uplink has a gateway', () => {
  assert.equal(asked({}), { servers: ['time.cloudflare.com'], rules: [] });
  assert.equal(asked(DHCP), { servers: [], rules: [] });
  assert.equal(asked({ uplinks: {}, tunnels: undefined }), { servers: [], rules: [] });
});

servers.run();

const checks = suite('checks of time servers');

for (const [what, server, sentence] of [
  ['the box', '192.168.50.1', 'is this box itself'],
  ['an uplink of the box', '203.0.113.2', 'is this box itself'],
  ['a broadcast address', '192.168.50.255', 'is the network or broadcast address of a subnet'],
  ['a network address', '203.0.113.0', 'is the network or broadcast address of a subnet'],
  ['multicast', '224.0.1.1', 'is not the address of a machine'],
  ['no name', 'ntp_', 'is neither an address nor a name'],
  ['an option', '-S', 'is neither an address nor a name'],
  ['nothing', '', 'is neither an address nor a name'],
  ['a number', 123, 'is neither an address nor a name'],
] as const) {
  checks(`refuse ${what}: ${server}`, () => {
    const told = sentences(baseWith({ ntp: { servers: [server] } }));
    assert.is(told.length, 1, told.join());
    assert.match(told[0] ?? '', `ntp.servers[0]`);
    assert.match(told[0] ?? '', sentence);
  });
}

checks('refuse a server twice, too many, and a name that nobody resolves', () => {
  assert.match(sentences(baseWith({ ntp: { servers: ['9.9.9.9', '9.9.9.9'] } })).join(), 'is named twice');
  const five = ['9.9.9.1', '9.9.9.2', '9.9.9.3', '9.9.9.4', '9.9.9.5'];
  assert.match(sentences(baseWith({ ntp: { servers: five } })).join(), 'write 0 to 4');
  const nobody = { ntp: { servers: ['ntp.example.org'] }, uplinks: {}, tunnels: undefined, dns: undefined };
  assert.match(sentences(baseWith(nobody)).join(), 'is a name that nobody resolves');
});

checks.run();
