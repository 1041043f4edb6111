// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard } from '../../../src/image/board.ts';
import { readLayout } from '../../../src/image/disk/layout.ts';
import { boardFacts } from '../../../src/image/rootfs/board-facts.ts';
import { addOverlay } from '../../../src/image/rootfs/overlay.ts';
import { gettySpeeds, overlayDir } from '../../../src/image/rootfs/rootfs-stage.ts';
import { Tree } from '../../../src/image/rootfs/tree.ts';
import { scratch } from '../scratch.ts';

const model = {
  board: { name: 'alix', title: 'PC Engines ALIX' },
  version: '0.1.0',
  build: '0123456789ab',
  console: { tty: 'ttyS0', speeds: gettySpeeds(38_400), screen: false },
  watchdog: 'geodewdt',
  partitions: [
    { number: 1, name: 'state' },
    { number: 2, name: 'slot-a' },
    { number: 3, name: 'slot-b' },
    { number: 4, name: 'data' },
  ],
};

const tree = new Tree();
await addOverlay(tree, overlayDir, model);
const root = join(scratch(), 'root');
mkdirSync(root);
await tree.write(root);
const text = (path: string) => readFileSync(join(root, path), 'utf8');

const overlay = suite('overlay');

overlay('has shell scripts that the shell can read and init can run', () => {
  const scripts = tree
    .paths()
    .filter((path) => tree.get(path)?.type === 'file' && text(path).startsWith('#!/bin/sh'));
  assert.ok(scripts.includes('etc/init.d/rcS') && scripts.length > 8);
  for (const path of scripts) {
    execFileSync('sh', ['-n', join(root, path)]);
    const node = tree.get(path);
    assert.ok(node?.type === 'file' && node.executable, `${path} is not executable`);
  }
});

overlay('runs every start script with a deadline', () => {
  assert.match(text('etc/init.d/rcS'), /timeout -k 5 "\$deadline" "\$script"/);
  const names = readdirSync(join(root, 'etc/init.d')).filter((name) => name.startsWith('S'));
  assert.equal(names, [...names].sort());
  for (const name of names) assert.match(name, /^S\d\d[a-z]+$/);
});

overlay('starts the watchdog before anything that could hang, and never stops it', () => {
  const [first, second] = readdirSync(join(root, 'etc/init.d')).filter((name) => name.startsWith('S'));
  // The first one mounts what its driver is loaded with.
  assert.equal([first, second], ['S01filesystems', 'S01watchdog']);
  assert.match(text('etc/init.d/S01watchdog'), /^modprobe geodewdt$/m);
  assert.match(text('etc/init.d/S01watchdog'), 'timeout -s KILL 2700 watchdog -F');
  for (const path of tree.paths().filter((one) => /^etc\/init\.d\//.test(one)))
    assert.not.match(text(path), /echo V|killall.* watchdog/, path);
});

overlay('bounds each step of the data partition, and does without it when one fails', () => {
  const data = text('etc/init.d/S10data');
  const steps = data.match(/^.*(e2fsck|grow-data) .*$/gm) ?? [];
  assert.ok(steps.length >= 3);
  const seconds = steps.map((step) => Number(/timeout -k 5 (\d+) /.exec(step)?.[1]));
  const deadline = Number(/S10data \] && deadline=(\d+)/.exec(text('etc/init.d/rcS'))?.[1]);
  assert.ok(seconds.reduce((sum, one) => sum + one, 0) + 60 < deadline, `${seconds} in ${deadline} s`);
  assert.match(text('etc/init.d/S11data'), 'mountpoint -q /data || without_data');
});

overlay('has a login prompt on the serial console at the board’s speed, and at others after a BREAK', () => {
  assert.match(text('etc/inittab'), /^ttyS0::respawn:\/sbin\/getty -L 38400,115200,9600 ttyS0 vt100$/m);
  assert.is(gettySpeeds(115200), '115200,38400,9600');
  assert.is(gettySpeeds(57600), '57600,115200,38400,9600');
});

overlay('has a login prompt on the screen where the board has one, and only there', async () => {
  assert.not.match(text('etc/inittab'), /tty1/);
  const pc = new Tree();
  await addOverlay(pc, overlayDir, { ...model, console: { ...model.console, screen: true } });
  const other = join(scratch(), 'root');
  mkdirSync(other);
  await pc.write(other);
  const inittab = readFileSync(join(other, 'etc/inittab'), 'utf8');
  assert.match(inittab, /^ttyS0::respawn:/m);
  assert.match(inittab, /^tty1::respawn:\/sbin\/getty 38400 tty1 linux$/m);
});

overlay('names every partition in the script that finds the disk', () => {
  for (const { number, name } of model.partitions)
    assert.match(text('etc/init.d/S04disk'), new RegExp(`^ +${number}\\) name=${name} ;;$`, 'm'));
});

overlay('leaves no template unrendered', () => {
  for (const path of tree.paths()) {
    assert.not.match(path, /\.hbs$/);
    if (tree.get(path)?.type === 'file') assert.not.match(text(path), /\{\{/, path);
  }
});

overlay('stops when a template asks for something the model lacks', async () => {
  const { console: _, ...less } = model;
  const error = await addOverlay(new Tree(), overlayDir, less as typeof model).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  assert.match(error?.message ?? 'nothing was thrown', /inittab\.hbs: "tty" not defined/);
});

overlay('gives no account a password, and only root a shell', () => {
  const shells = text('etc/passwd')
    .trim()
    .split('\n')
    .map((line) => line.split(':'));
  for (const [name, , , , , , shell] of shells) assert.is(shell === '/bin/sh', name === 'root', name);
  assert.not.match(text('etc/init.d/S03runtime'), /\$[156y]\$/);
});

overlay.run();

const facts = suite('board.json');

facts('tells the agent where the boot state and the slots are, for every board', async () => {
  for (const name of await listBoards()) {
    const board = await loadBoard(name);
    const layout = await readLayout(board);
    const read = JSON.parse(boardFacts(board, layout, [2087, 2089], '0.1.0'));
    assert.is(read.board, name);
    assert.equal(read.disklayout.bootStateBlocks, [2087, 2089]);
    assert.equal(
      read.disklayout.slots.map((slot: { name: string; partition: number }) => [slot.name, slot.partition]),
      [
        ['a', 2],
        ['b', 3],
      ],
    );
    assert.is(read.disklayout.data.partition, 4);
  }
});

facts.run();
