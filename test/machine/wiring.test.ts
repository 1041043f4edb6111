// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Cable, macAddress, portArguments } from '../../src/machine/wiring.ts';

const addresses = suite('macAddress');

addresses('is the same each time, local, and different for each machine and port', () => {
  assert.is(macAddress('branch', 0), macAddress('branch', 0));
  const all = ['branch', 'far'].flatMap((name) => [0, 1, 2].map((port) => macAddress(name, port)));
  assert.is(new Set(all).size, 6);
  for (const address of all) assert.match(address, /^52:54:00(:[0-9a-f]{2}){3}$/);
});

addresses.run();

const ports = suite('portArguments');

ports('lets the first end of a cable listen and the second connect', () => {
  const cable = new Cable('/run/cable');
  assert.is(netdev({ to: 'cable', cable }), 'stream,id=port1,server=on,addr.type=unix,addr.path=/run/cable');
  assert.is(netdev({ to: 'cable', cable }), 'stream,id=port1,server=off,addr.type=unix,addr.path=/run/cable');
});

ports('refuses a third end of a cable', () => {
  const cable = new Cable('/run/cable');
  cable.take();
  cable.take();
  assert.throws(() => cable.take(), 'has two ends');
});

ports('plugs a cable from one port of a board into another', () => {
  const ends = [0, 1].map(
    (port) => portArguments('branch', port, 'e1000', { to: 'port', port: 1 - port })[1],
  );
  assert.equal(ends, ['hubport,id=port0,hubid=0', 'hubport,id=port1,hubid=0']);
});

ports('gives a user network its addresses and forwards', () => {
  const network = { network: '192.168.1.0/24', host: '192.168.1.2', board: '192.168.1.1' };
  assert.is(
    netdev({ to: 'user', network, forwards: [{ host: 2222, board: 22 }] }),
    'user,id=port1,ipv6=off,net=192.168.1.0/24,host=192.168.1.2,hostfwd=tcp:127.0.0.1:2222-192.168.1.1:22',
  );
});

ports('names the card by its port and gives it its address', () => {
  assert.is(
    portArguments('branch', 1, 'e1000', { to: 'nothing' })[3],
    `e1000,id=nic1,netdev=port1,mac=${macAddress('branch', 1)},romfile=`,
  );
});

ports.run();

function netdev(plug: Parameters<typeof portArguments>[3]): string | undefined {
  return portArguments('branch', 1, 'e1000', plug)[1];
}
