// SPDX-License-Identifier: MIT
/** Two lines of one provider, on this machine's kernel with the real agent: each stands in for the other. */

import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { LAN, LTE, modem, scene, silence } from './support/scene.ts';

const pairs = suite('two lines of one provider');
pairs.before(() => needs('iproute2', 'util-linux'));

for (const [what, config, one, other] of [
  ['the same router outside of two single addresses', LTE, '100.64.0.2/32', '100.64.0.3/32'],
  ['the very same address and router', LTE, '100.64.255.2/24', '100.64.255.2/24'],
  ['one subnet and router', LTE, '100.64.255.2/24', '100.64.255.3/24'],
  ['static addresses in one subnet', undefined, '100.64.255.2/24', '100.64.255.3/24'],
  ['static single addresses and the same router', undefined, '100.64.0.2/32', '100.64.0.3/32'],
] as const) {
  pairs(`${what}: both are used, and each stands in for the other`, async () => {
    const [first = '', second = ''] = [one, other].map((address) => address.split('/')[0]);
    const fixed = LTE.replace('dhcp', `${one}, gateway: 100.64.255.1, dns: [9.9.9.9]`).replace(
      'dhcp',
      `${other}, gateway: 100.64.255.1`,
    );
    const setUp = [...LAN, ...modem(1, '100.64.255.1/32', first), ...modem(2, '100.64.255.1/32', second)];
    await scene(config ?? fixed, setUp, async (board) => {
      if (config !== undefined) {
        const lease = (address: string) => {
          const [ip = '', mask = ''] = address.split('/');
          return { ip, mask, router: '100.64.255.1' };
        };
        await board.lease('eth1', lease(one));
        await board.lease('eth2', lease(other));
      }
      await board.states('up', 'up');
      await board.spreadsOver('eth1', 'eth2');
      assert.is(await board.connections('box'), 10);
      assert.is(await board.connections('LAN'), 10);
      await board.shell.run(silence(1));
      await board.states('dead', 'up');
      await board.spreadsOver('eth2');
      assert.is(await board.connections('box'), 10, 'the box itself, by the second');
      assert.is(await board.connections('LAN'), 10, 'hosts of the LAN, by the second');
      for (const command of modem(1, '100.64.255.1/32', first).filter((line) =>
        /addr add 100|ip route/.test(line),
      ))
        await board.shell.run(command);
      await board.shell.run('far 1 ip link set far1 arp on');
      await board.states('up', 'up');
      await board.shell.run('far 2 ip link set far2 down');
      await board.states('up', 'no carrier');
      await board.spreadsOver('eth1');
      assert.is(await board.connections('box'), 10, 'the box itself, by the first');
      assert.is(await board.connections('LAN'), 10, 'hosts of the LAN, by the first');
    });
  });
}

pairs.run();
