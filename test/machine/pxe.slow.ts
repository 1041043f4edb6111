// SPDX-License-Identifier: MIT
/**
 * A board with an empty disk, from the network to its own card: an emulated board on a tap device, in a network of its own with
 * `plait factory pxe` as it is typed. Needs root, as the service does.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { BoardAnswer } from '../../src/agent/factory/answer.ts';
import { repository } from '../../src/cli/project.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';
import { suite } from '../support/suite.ts';
import { BOOT_TIMEOUT, Guest } from './guest.ts';
import { type ShippedImage, shippedImage } from './images.ts';

await needs('dnsmasq-base', 'iproute2', 'ipxe-qemu');

const TAP = 'bench';
const CARD = 256 * 2 ** 20;
/** Seconds from power on until the agent of a board that is started over the network has done its work. */
const FROM_NETWORK = 60;

interface Context {
  image: ShippedImage;
  network: string;
  service: ChildProcess;
  said: string;
  board: Guest;
}

const ip = (...words: string[]) => execFileSync('ip', words);
const pxe = suite<Context>('a board without a written card');

pxe.before(async (context) => {
  context.image = await shippedImage('alix');
  const network = `plait-pxe-${process.pid}`;
  context.network = network;
  ip('netns', 'add', network);
  ip('-n', network, 'link', 'set', 'lo', 'up');
  ip('netns', 'exec', network, 'ip', 'tuntap', 'add', 'dev', TAP, 'mode', 'tap');
  ip('-n', network, 'address', 'add', '192.168.91.1/24', 'dev', TAP);
  ip('-n', network, 'link', 'set', TAP, 'up');
  const words = ['factory', 'pxe', '--interface', TAP, '--image', context.image.file];
  const argv = ['netns', 'exec', network, process.execPath, join(repository, 'bin/plait.mjs'), ...words];
  const service = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  context.service = service;
  context.said = '';
  for (const stream of [service.stdout, service.stderr])
    stream?.on('data', (bytes) => (context.said += bytes));
  const end = Date.now() + 60_000;
  while (!context.said.includes('no link yet')) {
    if (service.exitCode !== null || Date.now() > end) throw new Error(context.said);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
pxe.after(async ({ network, service, board }) => {
  await board?.stop();
  service?.kill('SIGINT');
  spawnSync('ip', ['netns', 'del', network]);
});

/** The emulator, in that network. */
function inNetwork({ network, image: { board } }: Context) {
  const file = join(scratch(), 'qemu');
  writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${network} ${board.qemu.binary} "$@"\n`);
  chmodSync(file, 0o755);
  return { ...board.qemu, binary: file };
}

async function answer(board: Guest, words: string, timeout = 300_000): Promise<BoardAnswer> {
  const { output } = await board.shell.run(`plaitctl factory ${words} --json`, { timeout });
  return JSON.parse(output) as BoardAnswer;
}

pxe('starts over the network, and its card is written and starts it', async (context) => {
  const card = join(scratch(), 'card.img');
  writeFileSync(card, '');
  truncateSync(card, CARD);
  const board = await Guest.start({
    ...{ name: 'pxe', image: context.image, file: card, inPlace: true, emulator: inNetwork(context) },
    plugs: [{ to: 'tap', device: TAP }],
  });
  context.board = board;
  await board.console.expect(/Plait: starting from the network, station 192\.168\.91\.1\./, {
    timeout: BOOT_TIMEOUT,
  });
  await board.up();
  // What the emulator computes and what the board waits: other work of this machine is not the board's.
  const waited = Number(await board.ask("cut -d' ' -f2 /proc/uptime"));
  const counted = Math.round(board.machine.cpuSeconds() + waited);
  console.log(`started over the network: ${counted} s; ${await board.ask('free -k | sed -n 2p')}`);
  assert.ok(counted <= FROM_NETWORK, `${counted} s`);

  const { macs, measurements } = await answer(board, 'board');
  assert.equal(measurements, { network: true });
  assert.is(macs.length, 3);
  assert.is((await answer(board, 'cpu seconds=1')).measurements.wrong, 0);
  assert.match(await board.ask('mount'), /\/dev\/root on \/ type squashfs|\/dev\/ram0 on \/ type squashfs/);
  assert.match(JSON.stringify(await answer(board, 'storage')), /started over the network/);

  const { wrong, parts, written } = (await answer(board, 'card', 600_000)).measurements;
  console.log(`card: ${written} MiB in ${parts} parts`);
  assert.is(wrong, 0);
  assert.ok(Number(parts) >= 4);
  assert.match(context.said, /: has vmlinuz\..*: has slot\.squashfs\..*writes its card\./s);

  await board.reboot();
  assert.equal((await answer(board, 'board')).measurements, {});
  assert.match(JSON.stringify(await answer(board, 'card')), /was started from its card/);
  assert.match(await board.ask('mount'), / on \/data type ext4/);
});

pxe.run();
