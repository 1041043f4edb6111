// SPDX-License-Identifier: MIT
/** A board that runs well in slot A and is given updates that do not; it has a watchdog, as the real ones have. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Status } from '../../src/agent/status.ts';
import { needs } from '../image/needs.ts';
import { BOOT_TIMEOUT, Guest } from './guest.ts';
import { type ShippedImage, shippedImage } from './images.ts';
import { install, type Update, updateDisk } from './updates.ts';

/** `wan` has a lease; the cable of `lte` is out. The far end of the tunnel does not answer. */
const CONFIG = `version: 1
hostname: shop
lan: { ports: [eth0], address: 192.168.7.1/24 }
uplinks:
  wan: { port: eth1, address: dhcp }
  lte: { port: eth2, address: dhcp, backup: true }
tunnels:
  hq: { mode: ipip, remote: { wan: 10.0.2.9 }, address: 10.255.0.2/30, routes: [10.7.0.0/16] }
`;

export interface SlotScene {
  image: ShippedImage;
  folder: string;
  board: Guest;
}

/** Switches the board on, with its configuration in force and the uplink up. */
export async function startBoard(scene: SlotScene, name: string, updates: readonly Update[]): Promise<void> {
  await needs('qemu-system-x86');
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-slots-'));
  scene.image = await shippedImage('alix');
  const { board } = scene.image;
  scene.board = await Guest.start({
    name,
    image: scene.image,
    disk: await updateDisk(scene.image, scene.folder, updates),
    emulator: { ...board.qemu, devices: [...board.qemu.devices, 'i6300esb'] },
    plugs: [{ to: 'nothing' }, { to: 'user' }, { to: 'nothing' }],
  });
  await scene.board.boot();
  await scene.board.configure(CONFIG);
  await scene.board.untilStatus('the uplink is up', ({ uplinks }) => uplinks[0]?.state === 'up', 60_000);
}

export async function endBoard({ board, folder }: SlotScene): Promise<void> {
  await board?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** Restarts the board with an update, which GRUB starts so often; then it must be back in slot A by itself. */
export async function comesBack(board: Guest, update: number, starts: number): Promise<Status> {
  await install(board, update);
  await board.console.sendLine('reboot');
  for (let start = 1; start <= starts; start++)
    assert.is(await startedSlot(board), 'b', `start ${start} after the update`);
  assert.is(await startedSlot(board), 'a', `the slot after ${starts} starts of the update`);
  await board.up();
  assert.match(await board.ask('cat /proc/cmdline'), 'plait.slot=a');
  return board.untilStatus('the uplink is up again', ({ uplinks }) => uplinks[0]?.state === 'up', 90_000);
}

async function startedSlot(board: Guest): Promise<string | undefined> {
  const { groups } = await board.console.expect(/starting slot ([ab])/, { timeout: 2 * BOOT_TIMEOUT });
  return groups[0];
}
