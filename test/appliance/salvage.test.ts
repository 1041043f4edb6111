// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/appliance/config.ts';
import { safeDefaults } from '../../src/appliance/defaults.ts';
import { salvage } from '../../src/appliance/salvage.ts';

const KEY = `ssh-ed25519 AAAA${'b'.repeat(64)} admin`;
const HASH = `$6$salt$${'x'.repeat(86)}`;

const GOOD = `version: 1
hostname: branch
lan: { ports: [eth1, eth2], address: 192.168.50.1/24 }
uplinks: { wan: { port: eth0, address: dhcp } }
admin: { ssh-keys: ["${KEY}"], password-hash: "${HASH}" }
`;
const KEPT = {
  hostname: 'branch',
  admin: { 'password-hash': HASH, 'ssh-keys': [KEY] },
  lanPorts: ['eth1', 'eth2'],
  uplinkPorts: ['eth0'],
};

const salvages = suite('salvage');

salvages('keeps host name, accounts and what ports were for', () => {
  assert.equal(salvage(GOOD), KEPT);
});

salvages('keeps the same of a text that this firmware cannot use', () => {
  assert.equal(
    salvage(GOOD.replace('version: 1', 'version: 2').replace('uplinks:', 'later: 1\nuplinks:')),
    KEPT,
  );
});

salvages('keeps no value that could not be in a configuration, and loses no other for it', () => {
  const hostile = GOOD.replace('version: 1', 'version: 2')
    .replace('branch', '"a; reboot"')
    .replace(`["${KEY}"]`, `["${KEY}", "command=x ssh-ed25519 y", 7]`)
    .replace('[eth1, eth2]', '{ a: 1 }')
    .replace('port: eth0', 'port: [eth0]');
  assert.equal(salvage(hostile), { admin: KEPT.admin, lanPorts: [], uplinkPorts: [] });
  assert.equal(salvage(hostile.replace(HASH, 'plain')), {
    admin: { 'ssh-keys': [KEY] },
    lanPorts: [],
    uplinkPorts: [],
  });
});

salvages('gives nothing for what is no YAML', () => {
  assert.is(salvage('a: [\n'), undefined);
  assert.equal(salvage('- 7\n'), { lanPorts: [], uplinkPorts: [] });
});

salvages.run();

const defaults = suite('safeDefaults');

for (const [what, ports, lan, serves] of [
  ['on the LAN ports that are left', ['eth0', 'eth2'], ['eth2'], true],
  ['on a port that was no uplink', ['eth0', 'eth3'], ['eth3'], true],
  ['without a DHCP server where only an uplink port is left', ['eth0'], ['eth0'], false],
  ['without ports', [], [], true],
] as const) {
  defaults(what, () => {
    const config = safeDefaults({ ports: [...ports] }, KEPT);
    assert.equal(config.lan.ports, lan);
    assert.is(config.lan.dhcp !== undefined, serves);
    assert.equal(config.admin, KEPT.admin);
  });
}

defaults.run();

const minor = suite('minor versions');

minor('make unknown keys warnings, and no more than that', () => {
  const newer = GOOD.replace('version: 1', 'version: 1\nminor: 9');
  const parsed = parseConfig(newer.replace('dhcp }', 'dhcp, colour: red }'));
  assert.ok(parsed.ok);
  assert.equal(parsed.ok && parsed.warnings.map(({ path, line }) => [path, line]), [
    ['uplinks.wan.colour', 5],
  ]);
  assert.not.ok(parseConfig(GOOD.replace('dhcp }', 'dhcp, colour: red }')).ok);
  assert.not.ok(parseConfig(newer.replace('address: dhcp', 'address: dhpc')).ok);
  assert.not.ok(parseConfig(newer.replace('uplinks: {', 'uplinks: { constructor: { colour: red },')).ok);
});

minor.run();
