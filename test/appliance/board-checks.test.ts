// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkBoard, missingPorts } from '../../src/appliance/board-checks.ts';
import { safeDefaults } from '../../src/appliance/defaults.ts';
import { describe } from '../../src/appliance/problems.ts';
import { baseWith, factsWith, mustParse } from './support.ts';

const board = suite('checkBoard');

board('a configuration for ports that are there is right', () => {
  assert.equal(checkBoard(mustParse(baseWith()), factsWith()), []);
});

board('ports that the board does not have are named, with the nearest that it has', () => {
  const config = mustParse(baseWith({ 'lan.ports': ['eth0', 'eth9'], 'uplinks.dsl.port': 'enp1' }));
  assert.equal(missingPorts(config, factsWith()).map(describe), [
    'lan.ports[1] "eth9" is not a port of this board: write eth0; the board has eth0, eth1, eth2.',
    'uplinks.dsl.port "enp1" is not a port of this board: write eth1; the board has eth0, eth1, eth2.',
  ]);
  assert.equal(checkBoard(config, factsWith()), [], 'an uplink or a part of the LAN may be missing');
});

board('a LAN without any port is refused', () => {
  const config = mustParse(baseWith({ 'lan.ports': ['eth8', 'eth9'], 'uplinks.dsl.port': 'enp1' }));
  assert.equal(
    checkBoard(config, factsWith()).map(({ path }) => path),
    ['lan.ports[0]', 'lan.ports[1]'],
  );
});

board('a board without ports is told of as such', () => {
  const [first] = checkBoard(mustParse(baseWith()), { ports: [] });
  assert.match(first?.remedy ?? '', 'the board has no Ethernet ports');
});

board.run();

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
