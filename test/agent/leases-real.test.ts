// SPDX-License-Identifier: MIT
/**
 * What DHCP servers say, on this machine's kernel with the real agent: leases that cannot be right, and leases as they come
 * and change.
 */

import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { LTE, modem, SERVER, scene, silence } from './support/scene.ts';

const hostile = suite('leases that cannot be right');
hostile.before(() => needs('iproute2', 'util-linux'));

/** The second line is good; the first one says this. */
const REFUSED: [what: string, lease: Record<string, string>, refused: string, state: string][] = [
  [
    'the router is its own address',
    { ip: '10.64.0.2', mask: '32', router: '10.64.0.2' },
    'router 10.64.0.2 own-address',
    'up',
  ],
  [
    'the router is 0.0.0.0',
    { ip: '10.1.0.2', mask: '24', router: '0.0.0.0' },
    'router 0.0.0.0 not-unicast',
    'up',
  ],
  [
    'the router is the broadcast address',
    { ip: '10.1.0.2', mask: '24', router: '10.1.0.255' },
    'router 10.1.0.255 broadcast-address',
    'up',
  ],
  [
    'the router is a host of the LAN',
    { ip: '10.1.0.2', mask: '24', router: '192.168.50.7' },
    'router 192.168.50.7 overlap',
    'up',
  ],
  [
    'the router is the box in the LAN',
    { ip: '10.1.0.2', mask: '24', router: '192.168.50.1' },
    'router 192.168.50.1 overlap',
    'up',
  ],
  [
    'the mask covers half of the world',
    { ip: '8.8.8.9', mask: '1', router: '8.8.8.10' },
    'address 8.8.8.9/1 prefix-too-short',
    'no address',
  ],
  [
    'the address is in the LAN',
    { ip: '192.168.50.20', mask: '24', router: '192.168.50.254' },
    'address 192.168.50.20/24 overlap',
    'no address',
  ],
  [
    "the address is the other line's router",
    { ip: '10.2.0.1', mask: '24', router: '10.2.0.9' },
    'address 10.2.0.1/24 overlap',
    'no address',
  ],
];

hostile('is refused and named, and the other line goes on: renewal, death, apply, restart', async () => {
  await scene(LTE, modem(2, '10.2.0.1/24', '10.2.0.2'), async (board) => {
    await board.lease('eth2', { ip: '10.2.0.2', mask: '24', router: '10.2.0.1' });
    await board.until('lte2 up', ({ uplinks }) => uplinks[1]?.state === 'up');
    for (const [what, lease, refused, state] of REFUSED) {
      await board.lease('eth1', lease);
      const status = await board.until(what, ({ uplinks }) => uplinks[0]?.refused.length === 1);
      const said = status.uplinks[0]?.refused.map(({ what, value, reason }) => `${what} ${value} ${reason}`);
      assert.equal(said, [refused], what);
      await board.states(state, 'up');
      await board.spreadsOver('eth2');
      assert.match(await board.shell.run('ip route get 192.168.50.7'), 'dev eth0', what);
    }
    assert.is(await board.connections('box'), 10);
    await board.lease('eth1', { ip: '10.1.0.2', mask: '24', router: '10.1.0.255' });
    // The good line gets another address, and a harmless apply works.
    await board.shell.run('far 2 ip addr add 10.3.0.1/24 dev far2');
    await board.lease('eth2', { ip: '10.3.0.2', mask: '24', router: '10.3.0.1' }, 'renew');
    await board.until(
      'renumbered',
      ({ uplinks }) => uplinks[1]?.address === '10.3.0.2/24' && uplinks[1].state === 'up',
    );
    await board.hasAddress('eth2', '10.3.0.2/24');
    await board.shell.run(`sed -i 's/version: 1/version: 1\\nhostname: other/' "$root/data/plait.yaml"`);
    await board.shell.run('board plaitctl apply && board plaitctl confirm');
    // A new agent takes the leases over, the bad one too.
    await board.shell.run('kill $(pidof plaitd); wait $daemon; true');
    await board.shell.start();
    const status = await board.until('as before', ({ uplinks }) => uplinks[1]?.state === 'up');
    assert.is(status.config.source, 'confirmed');
    assert.is(status.uplinks[0]?.refused[0]?.reason, 'broadcast-address');
    await board.spreadsOver('eth2');
    await board.shell.run(silence(2));
    await board.until('dead', ({ uplinks }) => uplinks[1]?.state === 'dead');
  });
});

hostile.run();

const ordinary = suite('leases as they come');
ordinary.before(() => needs('iproute2', 'util-linux'));

ordinary(
  'change subnet, address and mask, come without a router, or with one by option 121 only',
  async () => {
    const setUp = [...modem(1, '10.1.0.1/24', '10.1.0.2'), 'far 1 ip addr add 10.11.0.1/24 dev far1'];
    await scene(LTE, setUp, async (board) => {
      const steps: [lease: Record<string, string>, address: string, gateway: string | undefined][] = [
        [{ ip: '10.1.0.2', mask: '24', router: '10.1.0.1' }, '10.1.0.2/24', '10.1.0.1'],
        [{ ip: '10.11.0.77', mask: '24', router: '10.11.0.1' }, '10.11.0.77/24', '10.11.0.1'],
        [{ ip: '10.11.0.78', mask: '24', router: '10.11.0.1' }, '10.11.0.78/24', '10.11.0.1'],
        [{ ip: '10.11.0.78', mask: '25', router: '10.11.0.1' }, '10.11.0.78/25', '10.11.0.1'],
        [{ ip: '10.11.0.78', mask: '32', router: '10.11.0.1' }, '10.11.0.78/32', '10.11.0.1'],
        [{ ip: '10.1.0.2', mask: '24' }, '10.1.0.2/24', undefined],
        [
          { ip: '10.1.0.2', mask: '24', staticroutes: '10.9.0.0/16 10.1.0.3 0.0.0.0/0 10.1.0.1' },
          '10.1.0.2/24',
          '10.1.0.1',
        ],
        [{ ip: '10.1.0.2', mask: '24', msstaticroutes: '0.0.0.0/0 10.1.0.1' }, '10.1.0.2/24', '10.1.0.1'],
      ];
      for (const [lease, address, gateway] of steps) {
        await board.lease('eth1', lease);
        const now = await board.until(address, ({ uplinks: [one], applying }) => {
          return !applying && one?.address === address && one.gateway === gateway && one.state === 'up';
        });
        assert.equal(now.failedParts, []);
        await board.spreadsOver(...(gateway === undefined ? [] : ['eth1']));
        await board.hasAddress('eth1', address);
      }
      await board.lease('eth1', {}, 'deconfig');
      await board.states('no address', 'no address');
      await board.spreadsOver();
    });
  },
);

ordinary('redirects are off on every device of the plan', async () => {
  await scene(LTE, [], async (board) => {
    const values = await board.shell.run(
      'for d in eth0 eth1 eth2 default all; do cat /proc/sys/net/ipv4/conf/$d/send_redirects; done | xargs',
    );
    assert.is(values.trim(), '0 0 0 0 0');
  });
});

ordinary('what lies in the LAN does not leave by an uplink while the LAN is down', async () => {
  await scene(LTE, modem(1, '10.1.0.1/24', '10.1.0.2'), async (board) => {
    await board.lease('eth1', { ip: '10.1.0.2', mask: '24', router: '10.1.0.1' });
    await board.spreadsOver('eth1');
    assert.match(await board.shell.run('ip route get 192.168.50.7'), 'dev eth0');
    await board.shell.run('ip link set eth0 down');
    await board.shell.run('! ip route get 192.168.50.7');
    assert.match(await board.shell.run(`ip route get ${SERVER}`), 'dev eth1');
  });
});

ordinary.run();
