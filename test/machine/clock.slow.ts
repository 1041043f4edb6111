// SPDX-License-Identifier: MIT
/** The board's own ntpd with a server on this machine: right times, impossible ones, and right ones again. */
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { Guest, SECONDS, statusIn } from './guest.ts';
import { shippedImage } from './images.ts';
import { TIME_SERVER, TimeServer } from './time-server.ts';

/** Seconds. */
const DAY = 86_400;
/** ntpd waits half a minute after a question that nobody answered, and an emulated second may take several. */
const SYNC = 400 * SECONDS;

const CONFIG = `version: 1
lan: { ports: [eth0], address: 192.168.7.1/24 }
uplinks:
  wan: { port: eth1, address: dhcp }
ntp: { servers: [${TIME_SERVER}] }
`;

const clock = suite<{ board: Guest; server: TimeServer }>("A board's clock");

clock.before(async (scene) => {
  scene.server = await TimeServer.start();
  const image = await shippedImage('alix');
  scene.board = await Guest.start({ name: 'clock', image, plugs: [{ to: 'nothing' }, { to: 'user' }] });
  await scene.board.boot();
});
clock.after(async ({ board, server }) => {
  await board?.stop();
  server?.stop();
});

clock('follows its server', async ({ board, server }) => {
  server.ahead = 400 * DAY;
  await board.shell.writeFile('/data/plait.yaml', CONFIG);
  await board.ask('plaitctl apply');
  await board.ask('plaitctl confirm');
  await board.until('plaitctl status --json', is('ntp'), SYNC);
  await isAsOf(board, server);
});

clock(
  'is called implausible at once when the server goes back before the firmware was built',
  async ({ board, server }) => {
    server.ahead = -9000 * DAY;
    await board.ask('killall ntpd');
    await board.until('plaitctl status --json', is('implausible'), SYNC);
    await isAsOf(board, server);
  },
);

clock('is right again with its server, and is not lost in a restart', async ({ board, server }) => {
  server.ahead = 400 * DAY;
  await board.ask('killall ntpd');
  await board.until('plaitctl status --json', is('ntp'), SYNC);
  await isAsOf(board, server);
  // Nobody answers after it.
  server.stop();
  await board.reboot();
  const { time, state } = (await board.status()).clock;
  assert.ok(state === 'saved' || state === 'hardware-clock', state);
  const off = Date.parse(time) / 1000 - server.now;
  assert.ok(Math.abs(off) < 600, `after the restart the clock is ${off} s off`);
});

clock.run();

function is(wanted: string): (output: string) => boolean {
  return (output) => statusIn(output)?.clock.state === wanted;
}

/** The clock is as the server's, give or take what the console takes. */
async function isAsOf(board: Guest, server: TimeServer): Promise<void> {
  const off = Number(await board.ask('date +%s')) - server.now;
  assert.ok(Math.abs(off) < 30, `the board's clock is ${off} s off`);
}
