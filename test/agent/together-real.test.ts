// SPDX-License-Identifier: MIT
/** Sessions that belong together, through the board's own firewall, NAT and routes on this machine's kernel. */

import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { type Board, LAN, LTE, modem, SERVER, scene, silence } from './support/scene.ts';

const HOSTS = Array.from({ length: 12 }, (_, at) => `192.168.50.${120 + at}`);
/** Key exchange, and what it moves to behind NAT; the others are nobody's. */
const IKE = [500, 4500];
const OTHER = [501, 4501];

/** Says to each who it was taken for. */
const ECHO = `for (const port of [${[...IKE, ...OTHER]}]) { const s = require("node:dgram").createSocket("udp4"); s.on("message", (_, from) => s.send(from.address, from.port, from.address)).bind(port, "${SERVER}"); }`;
/** From each host to each of two ports, from the same port each, one after the other. */
const ASK = `
const dgram = require("node:dgram");
const [first, second] = process.argv[1].split(",").map(Number);
const ask = (host, port) => new Promise((resolve) => {
  const socket = dgram.createSocket("udp4");
  socket.on("message", (data) => { resolve(String(data)); socket.close(); });
  socket.bind(port, host, () => { socket.send("x", port, "${SERVER}"); });
  setTimeout(() => resolve("silent"), 5000).unref();
});
(async () => {
  for (const host of "${HOSTS}".split(",")) console.log(await ask(host, first), await ask(host, second));
  process.exit(0);
})();
`.replaceAll('\n', ' ');

/** By host: the addresses that its two sessions had for the server. */
async function pairs(board: Board, ports: readonly number[]): Promise<string[][]> {
  const out = await board.shell.run(`far 0 ${process.execPath} -e '${ASK}' ${ports}`);
  return out
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}

const parted = (all: readonly string[][]) => all.filter(([first, second]) => first !== second).length;

const kept = suite('sessions that belong together');
kept.before(() => needs('iproute2', 'util-linux', 'conntrack'));

kept('leave by one uplink, over both by host, also when one dies and is back', async () => {
  const lines = [1, 2].flatMap((port) => [
    ...modem(port, `10.${port}.0.1/24`, `10.${port}.0.2`),
    `far ${port} ${process.execPath} -e '${ECHO}' & for i in $(seq 200); do far ${port} ss -Hlun | grep -q :4501 && break; sleep 0.05; done`,
  ]);
  const hosts = HOSTS.map((host) => `far 0 ip addr add ${host}/24 dev far0`);
  await scene(LTE, [...LAN, ...hosts, ...lines], async (board) => {
    for (const port of [1, 2])
      await board.lease(`eth${port}`, { ip: `10.${port}.0.2`, mask: '24', router: `10.${port}.0.1` });
    await board.states('up', 'up');
    await board.spreadsOver('eth1', 'eth2');

    const both = await pairs(board, IKE);
    assert.is(parted(both), 0, both.join(' '));
    assert.equal([...new Set(both.flat())].sort(), ['10.1.0.2', '10.2.0.2']);
    // What the same would be without: if these were together too, the test would tell nothing.
    assert.ok(parted(await pairs(board, OTHER)) > 0);

    await board.shell.run(silence(1));
    await board.states('dead', 'up');
    await board.spreadsOver('eth2');
    assert.equal([...new Set((await pairs(board, IKE)).flat())], ['10.2.0.2']);

    await board.shell.run('far 1 ip addr add 10.1.0.1/24 dev far1; far 1 ip link set far1 arp on');
    await board.shell.run('far 1 ip route replace 10.1.0.2/32 dev far1');
    await board.states('up', 'up');
    await board.spreadsOver('eth1', 'eth2');
    await board.shell.run('conntrack -F 2>/dev/null; true');
    assert.equal(await pairs(board, IKE), both, 'each host is where it was');
  });
});

kept.run();
