// SPDX-License-Identifier: MIT
/** UDP flows of hosts in the LAN, through the board's own firewall and NAT on this machine's kernel. */

import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { internet } from './support/internet.ts';
import { type Board, LAN, LTE, modem, SERVER, scene, silence } from './support/scene.ts';

const WITH_BACKUP = LTE.replace('health: { interval: 300ms, misses: 8 }\n', '').replace(
  'lte2: { port: eth2,',
  'lte2: { port: eth2, backup: true,',
);

/** A telephone: the same port all the time, a packet each 20 ms; notes who it was taken for, and when. */
const TELEPHONE = `
const fs = require("node:fs");
const socket = require("node:dgram").createSocket("udp4");
let last = "";
socket.on("message", (data) => {
  const [address] = String(data).split(" ");
  fs.writeFileSync(process.argv[1] + "/heard", Date.now() + " " + address);
  if (address !== last) fs.appendFileSync(process.argv[1] + "/moves", Date.now() + " " + address + "\\n");
  last = address;
});
socket.bind(5060, () => setInterval(() => socket.send("x", 7, "${SERVER}"), 20));
`.replaceAll('\n', ' ');

/** Of the same clock as Date.now(), without the time that a shell takes to begin. */
const NOW = 'date +%s%3N';

/** Milliseconds from `since` until the server knew the telephone by this address, or the test gives up. */
async function movedTo(board: Board, address: string, since: number): Promise<number> {
  const end = Date.now() + 50_000;
  for (;;) {
    const moves = (await board.shell.run('cat $folder/moves 2>/dev/null; true')).trim().split('\n');
    const [at, seen] = moves.at(-1)?.split(' ') ?? [];
    if (seen === address && Number(at) >= since) return Number(at) - since;
    if (Date.now() > end) throw new Error(`never known as ${address}: ${moves.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const flows = suite("a telephone's flow behind NAT");
flows.before(() => needs('iproute2', 'util-linux', 'nftables', 'conntrack'));

flows('leaves a line that dies for the backup, and goes home when it is back', async () => {
  const lines = [...modem(1, '10.1.0.1/24', '10.1.0.2'), ...modem(2, '10.2.0.1/24', '10.2.0.2')];
  const setUp = [...LAN, ...lines, ...internet(1), ...internet(2)];
  await scene(WITH_BACKUP, setUp, async (board) => {
    await board.lease('eth1', { ip: '10.1.0.2', mask: '24', router: '10.1.0.1' });
    await board.lease('eth2', { ip: '10.2.0.2', mask: '24', router: '10.2.0.1' });
    await board.states('up', 'up');
    await board.spreadsOver('eth1');
    const begun = Date.now();
    await board.shell.run(`far 0 ${process.execPath} -e '${TELEPHONE}' "$folder" & telephone=$!`);
    await movedTo(board, '10.1.0.2', begun);
    const cut = Number(await board.shell.run(`${NOW}; ${silence(1)}`));
    const away = await movedTo(board, '10.2.0.2', cut);
    await board.states('dead', 'up');
    const back = Date.now();
    await board.shell.run('far 1 ip addr add 10.1.0.1/24 dev far1; far 1 ip link set far1 arp on');
    await board.shell.run('far 1 ip route replace 10.1.0.2/32 dev far1');
    const home = await movedTo(board, '10.1.0.2', back);
    const left = await board.shell.run(
      'conntrack -L -p udp --dport 7 2>/dev/null | grep -c dst=10.2.0.2; true',
    );
    assert.is(left.trim(), '0', 'nothing of it is left on the backup');
    // Carrier instead of silence.
    const pulled = Number(await board.shell.run(`${NOW}; far 1 ip link set far1 down`));
    const unplugged = await movedTo(board, '10.2.0.2', pulled);
    console.log(`\n  moved after ${away} ms (cut) and ${unplugged} ms (no carrier), home after ${home} ms`);
  });
});

flows.run();
