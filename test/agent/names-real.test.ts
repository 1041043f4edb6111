// SPDX-License-Identifier: MIT
/** Name service with the real dnsmasq and the real agent, asked by a host of the LAN. */

import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { internet } from './support/internet.ts';
import { type Board, LAN, LTE, modem, SERVER, scene, silence } from './support/scene.ts';

/** An address that is nobody's private one; what examples are written with counts as such. */
const PUBLIC = '9.9.9.9';
const CONFIG = `${LTE}hostname: box
dns:
  hosts: { nas: 192.168.50.20 }
  forward: { corp.example: ${SERVER} }
`;
const LINES = [
  'rm -f "$root/opt/plait/dnsmasq"',
  ...LAN,
  ...modem(1, '10.1.0.1/24', '10.1.0.2'),
  ...modem(2, '10.2.0.1/24', '10.2.0.2'),
  ...internet(1),
  ...internet(2),
  `echo ${PUBLIC} | tee $folder/address1 >$folder/address2`,
];
const ASK = `
const { Resolver } = require("node:dns").promises;
const resolver = new Resolver({ timeout: 1500, tries: 3 });
resolver.setServers(["192.168.50.1"]);
resolver.resolve4(process.argv[1]).then((found) => console.log(found.join()), (error) => console.log(error.code));
`.replaceAll('\n', ' ');

async function ask(board: Board, name: string): Promise<string> {
  return (await board.shell.run(`far 0 ${process.execPath} -e '${ASK}' ${name}`)).trim();
}

/** Asks until it is answered so: dnsmasq is told of a change a moment after the routes. */
async function answers(board: Board, name: string, wanted: string): Promise<void> {
  const end = Date.now() + 40_000;
  let said = '';
  while (Date.now() < end) {
    said = await ask(board, name);
    if (said === wanted) return;
  }
  throw new Error(`${name} is ${said}, not ${wanted}`);
}

const names = suite('names in the LAN');
names.before(() => needs('iproute2', 'util-linux', 'dnsmasq-base'));

names('follow the uplinks; rebinding, forwarded domains and names of the LAN', async () => {
  await scene(CONFIG, LINES, async (board) => {
    await board.lease('eth1', { ip: '10.1.0.2', mask: '24', router: '10.1.0.1', dns: SERVER });
    await board.lease('eth2', { ip: '10.2.0.2', mask: '24', router: '10.2.0.1', dns: SERVER });
    await board.states('up', 'up');
    await answers(board, 'host.example', PUBLIC);

    // Names of the LAN are answered here, and asked of nobody else.
    await answers(board, 'nas.lan', '192.168.50.20');
    await answers(board, 'box.lan', '192.168.50.1');
    await answers(board, 'nobody.lan', 'ENOTFOUND');
    await board.shell.run('! grep -q lan$ $folder/asked1 $folder/asked2');

    // A stranger's name may not lead into the LAN; a domain that was given away may.
    await board.shell.run('echo 192.168.50.7 >$folder/address1; echo 192.168.50.7 >$folder/address2');
    assert.is.not(await ask(board, 'evil.example'), '192.168.50.7');
    await answers(board, 'printer.corp.example', '192.168.50.7');
    await board.shell.run(`echo ${PUBLIC} | tee $folder/address1 >$folder/address2`);

    // One line dies, then the other: each time the rest answers, and the dead line is not asked.
    await board.shell.run(silence(1));
    await board.states('dead', 'up');
    await answers(board, 'first.example', PUBLIC);
    assert.match(await board.shell.run('grep ^server= "$root/run/plait/dnsmasq.conf"'), '@eth2');
    assert.not.match(await board.shell.run('grep ^server= "$root/run/plait/dnsmasq.conf"'), '@eth1');
    for (let count = 0; count < 5; count++) assert.is(await ask(board, `n${count}.example`), PUBLIC);
    await board.shell.run('far 1 ip addr add 10.1.0.1/24 dev far1; far 1 ip link set far1 arp on');
    await board.shell.run('far 1 ip route replace 10.1.0.2/32 dev far1');
    await board.states('up', 'up');
    await board.shell.run('far 2 ip link set far2 down');
    await board.states('up', 'no carrier');
    await answers(board, 'second.example', PUBLIC);
  });
});

names.run();
