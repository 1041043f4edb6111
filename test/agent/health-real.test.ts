// SPDX-License-Identifier: MIT
/** Whether uplinks live, with the real agent on this machine's kernel: what is probed, how, and what follows from it. */

import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { internet } from './support/internet.ts';
import { type Board, LTE, modem, SERVER, scene, silence } from './support/scene.ts';

const LEASE1 = { ip: '10.1.0.2', mask: '24', router: '10.1.0.1', dns: SERVER };
const LEASE2 = { ip: '10.2.0.2', mask: '24', router: '10.2.0.1', dns: SERVER };
const LINES = [...modem(1, '10.1.0.1/24', '10.1.0.2'), ...modem(2, '10.2.0.1/24', '10.2.0.2')];

/** Both lines with these targets; hosts further away are asked often, since a test does not like to wait. */
function probing(...targets: string[]): string {
  return LTE.replace('health: {', `health: { far-interval: 200ms, targets: [${targets.join(', ')}],`);
}

async function leases(board: Board): Promise<void> {
  await board.lease('eth1', LEASE1);
  await board.lease('eth2', LEASE2);
}

const unproved = suite('an uplink that has never answered');
unproved.before(() => needs('iproute2', 'util-linux'));

unproved('is used, with a warning; one that was up and falls silent is dead', async () => {
  const deaf = 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all';
  await scene(LTE, [...LINES, `far 1 sh -c '${deaf}'`], async (board) => {
    await leases(board);
    await board.states('unproved', 'up');
    await board.shell.run('sleep 4');
    const status = await board.states('unproved', 'up');
    assert.is(status.uplinks[0]?.targets[0]?.received, 0);
    await board.spreadsOver('eth1', 'eth2');
    assert.is(await board.connections('box'), 10);
    assert.match(
      await board.shell.run('board plaitctl status'),
      'lte1: used unproved: no answer from its gateway 10.1.0.1; name targets that answer in health.targets',
    );
    await board.shell.run(`far 1 sh -c '${deaf.replace('1', '0')}'`);
    await board.states('up', 'up');
    await board.shell.run(`far 1 sh -c '${deaf}'`);
    await board.states('dead', 'up');
    await board.spreadsOver('eth2');
    // Known from before: a new agent does not take it for one that never answers.
    await board.shell.run('kill $(pidof plaitd); wait $daemon; true');
    await board.shell.start();
    await board.states('dead', 'up');
    await board.shell.run(`far 1 sh -c '${deaf.replace('1', '0')}'`);
    await board.states('up', 'up');
  });
});

unproved.run();

const targets = suite('targets behind the gateway');
targets.before(() => needs('iproute2', 'util-linux'));

/** The modem still answers; what is behind it does not any more, in this way. */
const OUTAGES: [target: string, breaks: string, mends: string][] = [
  [SERVER, `far 1 ip addr del ${SERVER}/32 dev lo`, `far 1 ip addr add ${SERVER}/32 dev lo`],
  [`tcp:${SERVER}:8080`, `far 1 ip addr del ${SERVER}/32 dev lo`, `far 1 ip addr add ${SERVER}/32 dev lo`],
  [
    `http://${SERVER}:8080/generate_204`,
    'echo "302 Log in first" >$folder/http1',
    'echo "200 OK" >$folder/http1',
  ],
  [`dns:${SERVER}`, 'echo 2 >$folder/dns1', 'echo 0 >$folder/dns1'],
  [`dns:${SERVER}/host.example`, 'echo -1 >$folder/dns1', 'echo 3 >$folder/dns1'],
  ['tcp:host.example:8080', `far 1 ip addr del ${SERVER}/32 dev lo`, `far 1 ip addr add ${SERVER}/32 dev lo`],
];

for (const [target, breaks, mends] of OUTAGES) {
  targets(`${target}: the line is left when it does not answer, though the gateway does`, async () => {
    await scene(probing(target), [...LINES, ...internet(1), ...internet(2)], async (board) => {
      await leases(board);
      const status = await board.states('up', 'up');
      assert.equal(
        status.uplinks[0]?.targets.map((one) => one.target),
        [target],
      );
      await board.shell.run(breaks);
      await board.states('dead', 'up');
      await board.spreadsOver('eth2');
      assert.is(await board.connections('box'), 10);
      await board.shell.run(mends);
      await board.states('up', 'up');
      await board.spreadsOver('eth1', 'eth2');
    });
  });
}

targets('n of m: as many as need must answer', async () => {
  const config = probing('gateway', SERVER, `tcp:${SERVER}:8080`).replace('health: {', 'health: { need: 2,');
  await scene(config, [...LINES, ...internet(1), ...internet(2)], async (board) => {
    await leases(board);
    await board.states('up', 'up');
    await board.shell.run("far 1 sh -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'");
    // Of three, one answers.
    await board.states('dead', 'up');
    await board.shell.run("far 1 sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all'");
    await board.states('up', 'up');
  });
});

targets('each line of a pair with the very same address is asked by itself', async () => {
  const lines = [
    ...modem(1, '100.64.255.1/32', '100.64.255.2'),
    ...modem(2, '100.64.255.1/32', '100.64.255.2'),
  ];
  const setUp = [...lines, ...internet(1), ...internet(2)];
  await scene(probing(`http://${SERVER}:8080/`, `dns:${SERVER}`), setUp, async (board) => {
    const lease = { ip: '100.64.255.2', mask: '24', router: '100.64.255.1' };
    await board.lease('eth1', lease);
    await board.lease('eth2', lease);
    await board.states('up', 'up');
    await board.shell.run('echo 2 >$folder/dns2; echo "503 Out" >$folder/http2');
    await board.states('up', 'dead');
    await board.spreadsOver('eth1');
    await board.shell.run(
      'rm $folder/dns2 $folder/http2; echo 2 >$folder/dns1; echo "503 Out" >$folder/http1',
    );
    await board.states('dead', 'up');
    await board.spreadsOver('eth2');
    assert.is(await board.connections('box'), 10);
  });
});

targets('an empty list: nothing is asked, and a silent line stays in use', async () => {
  await scene(probing(), LINES, async (board) => {
    await leases(board);
    await board.states('up', 'up');
    await board.shell.run(silence(1));
    await board.shell.run('sleep 3');
    const status = await board.states('up', 'up');
    assert.equal(status.uplinks[0]?.targets, []);
    await board.spreadsOver('eth1', 'eth2');
  });
});

targets.run();
