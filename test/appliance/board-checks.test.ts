// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkBoard, checkLeases } from '../../src/appliance/board-checks.ts';
import { safeDefaults } from '../../src/appliance/defaults.ts';
import { describe } from '../../src/appliance/problems.ts';
import { baseWith, factsWith, mustParse } from './support.ts';

const board = suite('checkBoard');

board('a configuration for ports that are there is right', () => {
  assert.equal(checkBoard(mustParse(baseWith()), factsWith()), []);
});

board('ports that the board does not have are named, with the nearest that it has', () => {
  const config = mustParse(baseWith({ 'lan.ports': ['eth0', 'eth9'], 'uplinks.dsl.port': 'enp1' }));
  assert.equal(checkBoard(config, factsWith()).map(describe), [
    'lan.ports[1] "eth9" is not a port of this board: write eth0; the board has eth0, eth1, eth2.',
    'uplinks.dsl.port "enp1" is not a port of this board: write eth1; the board has eth0, eth1, eth2.',
  ]);
});

board('a board without ports is told of as such', () => {
  const [first] = checkBoard(mustParse(baseWith()), { ports: [] });
  assert.match(first?.remedy ?? '', 'the board has no Ethernet ports');
});

board.run();

const leases = suite('checkLeases');
const lease = (address: string) => ({ address, dns: [], seconds: 600 });

leases('a lease in the subnet of the LAN is told of', () => {
  const config = mustParse(baseWith({ 'uplinks.lte': { port: 'eth2', address: 'dhcp' } }));
  const collides = checkLeases(config, { leases: { lte: lease('192.168.50.20/24') } });
  assert.equal(collides.map(describe), [
    `uplinks.lte "192.168.50.20/24" is a lease in the LAN's own subnet (192.168.50.1/24): change lan.address, or the addresses that the modem gives.`,
  ]);
  assert.equal(checkLeases(config, { leases: { lte: lease('192.168.51.20/24') } }), []);
});

leases('leases of uplinks that are gone do not matter', () => {
  assert.equal(checkLeases(mustParse(baseWith()), { leases: { old: lease('192.168.50.20/24') } }), []);
});

leases.run();

const defaults = suite('safeDefaults');

defaults('give the first port a LAN with DHCP server and nothing else', () => {
  const { lan, uplinks, tunnels } = safeDefaults(factsWith({ ports: ['enp1s0', 'enp2s0'] }));
  assert.equal(lan, {
    ports: ['enp1s0'],
    address: '192.168.1.1/24',
    dhcp: { range: { from: '192.168.1.100', to: '192.168.1.199' }, lease: 3600_000 },
  });
  assert.equal([uplinks, tunnels], [{}, {}]);
});

defaults.run();
