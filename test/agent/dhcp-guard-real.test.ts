// SPDX-License-Identifier: MIT
/** Safe defaults on a port where a real DHCP server answers. */
import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { type Board, scene } from './support/scene.ts';

/** Of a format that this firmware does not know: the board starts with safe defaults. */
const UNUSABLE = 'version: 2\n';
const OTHER = [
  'far 0 ip addr add 192.168.1.254/24 dev far0',
  'far 0 dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=far0 --bind-interfaces --dhcp-range=192.168.1.50,192.168.1.60,2m --dhcp-leasefile=$folder/leases --log-dhcp >$folder/server 2>&1 & for i in $(seq 100); do grep -q "IP range" $folder/server && break; sleep 0.1; done',
];

/** Pulls the cable and plugs it in again. */
async function replug(board: Board): Promise<void> {
  await board.shell.run('far 0 ip link set far0 down');
  // The port is looked at once a second.
  await board.shell.run('sleep 2.5');
  await board.shell.run('far 0 ip link set far0 up');
}

const serves = (board: Board) =>
  board.shell.run('grep dhcp-range "$root/run/plait/dnsmasq.conf" || echo nobody is served');

async function servesSoon(board: Board, wanted: RegExp): Promise<void> {
  let said = '';
  for (const end = Date.now() + 40_000; Date.now() < end; ) {
    said = await serves(board);
    if (wanted.test(said)) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`dnsmasq is told: ${said}`);
}

const ANSWERED = /another DHCP server answers/;
const reason = async (board: Board) => (await board.shell.status()).config.reason ?? '';

const guard = suite('safe defaults');
guard.before(() => needs('iproute2', 'util-linux', 'dnsmasq-base'));

guard('serve no addresses where another DHCP server answers, and take none of it', async () => {
  await scene(UNUSABLE, OTHER, async (board) => {
    await board.until('told', ({ config }) => ANSWERED.test(config.reason ?? ''));
    assert.match(await serves(board), 'nobody is served');
    const log = await board.shell.run('cat $folder/server');
    assert.match(log, /DHCPOFFER\(far0\)/, 'it was the real server that answered');
    assert.not.match(log, /DHCPREQUEST|DHCPACK/);
  });
});

guard('serve where none answers; plugged in elsewhere they ask anew', async () => {
  await scene(UNUSABLE, [], async (board) => {
    await servesSoon(board, /dhcp-range=/);
    assert.not.match(await reason(board), ANSWERED);
    for (const command of OTHER) await board.shell.run(command);
    await replug(board);
    await board.until('told', ({ config }) => ANSWERED.test(config.reason ?? ''));
    await servesSoon(board, /nobody is served/);
  });
});

guard.run();
