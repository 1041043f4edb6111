// SPDX-License-Identifier: MIT
/** The image for PCs starts from UEFI and from a BIOS, on the hardware that virtual machines have. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { makeCard } from '../../src/machine/card.ts';
import { emulatorPackages } from '../../src/machine/firmware.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { BOOT_TIMEOUT, Guest, SECONDS, using } from './guest.ts';
import { type ShippedImage, shippedImage, wipeSlotA } from './images.ts';

await needs(...emulatorPackages('efi'), 'qemu-utils');

const MIB = 1_048_576;

const uefi = suite<{ image: ShippedImage; folder: string; board: Guest }>(
  'The image for pc, from UEFI on an NVMe disk',
);

// Slot A holds no kernel, so that the one start shows the fallback too.
uefi.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-pc-'));
  scene.image = await shippedImage('pc');
  const file = join(scene.folder, 'broken-slot-a.img');
  await makeCard(scene.image.file, file);
  await wipeSlotA(scene.image, file);
  scene.board = await Guest.start({
    name: 'pc-uefi',
    image: scene.image,
    file,
    firmware: 'efi',
    cardBytes: 512 * MIB,
    plugs: [{ to: 'nothing' }, { to: 'user' }],
  });
  await scene.board.console.expect('Slot a holds no kernel that can be loaded.', { timeout: BOOT_TIMEOUT });
  await scene.board.boot();
});
uefi.after(async ({ board, folder }) => {
  await board?.stop();
  rmSync(folder, { recursive: true, force: true });
});

uefi('falls back to slot B and comes up to a plaitctl that answers', async ({ board }) => {
  assert.match(await board.ask('cat /proc/cmdline'), 'plait.slot=b');
  assert.match(await board.ask('plaitctl status'), /safe defaults/);
  assert.match(await board.ask('ls /sys/firmware/efi'), 'runtime');
  assert.match(await board.ask('readlink -f /run/plait/disk/disk'), '/dev/nvme0n1');
});

uefi('has its ports, whichever driver they need', async ({ board }) => {
  const drivers = await board.ask('for n in 0 1 2; do readlink /sys/class/net/eth$n/device/driver; done');
  assert.equal(
    drivers.split('\n').map((line) => line.trim().replace(/.*\//, '')),
    ['virtio_net', 'e1000e', 'e1000e'],
  );
});

uefi(
  'has grown its data to the end of the disk, with the copy of the partition table behind it',
  async ({ board }) => {
    const [, blocks] = /^\S+\s+(\d+)/m.exec(await board.ask('df -k /data | tail -1')) ?? [];
    assert.ok(Number(blocks) > 0.85 * (400 * 1024), `/data has ${blocks} KiB on a disk of 512 MiB`);
    const last = await board.ask('dd if=/dev/nvme0n1 bs=8 skip=67108800 count=1 2>/dev/null');
    assert.is(last.trim(), 'EFI PART');
  },
);

uefi('lets a person log in with keyboard and screen', async ({ board }) => {
  // The kernel draws its text into UEFI's frame buffer: bound, so no dummy console that nobody sees.
  assert.match(
    await board.ask('grep -l 1 /sys/class/vtconsole/*/bind | while read -r on; do cat ${on%bind}name; done'),
    'frame buffer device',
  );
  await board.machine.pressKeys([...'root', 'ret']);
  // A shell on terminal 4:1, which is tty1.
  const shell = (output: string) => /\(-?sh\) \S \d+ \d+ \d+ 1025 /.test(output);
  await board.until('cat /proc/[0-9]*/stat', shell, 60 * SECONDS);
  // Enter declines the setup that a new board offers.
  await board.machine.pressKeys(['ret']);
  await board.ask('sleep 3');
  await board.machine.pressKeys([...'touch', 'spc', 'slash', ...'tmp', 'slash', ...'typed', 'ret']);
  await board.until('ls /tmp', (output) => output.includes('typed'), 60 * SECONDS);
});

uefi.run();

const bios = suite('The image for pc, from a BIOS on a virtio disk');

bios('boots to a login prompt and a plaitctl that answers', async () => {
  const image = await shippedImage('pc');
  const emulator = { ...image.board.qemu, disk: 'virtio' } as const;
  await using({ name: 'pc-bios', image, firmware: 'bios', emulator }, async (board) => {
    await board.boot();
    assert.match(await board.ask('cat /proc/cmdline'), 'plait.slot=a');
    assert.match(await board.ask('plaitctl status'), /safe defaults/);
    assert.match(await board.ask('readlink -f /run/plait/disk/disk'), '/dev/vda');
    assert.not.match(await board.ask('ls /sys/firmware'), 'efi');
  });
});

bios('is the same disk as qcow2', async () => {
  const { file } = await shippedImage('pc');
  const qcow2 = file.replace(/\.img$/, '.qcow2');
  assert.match(
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', file, qcow2]).toString(),
    'identical',
  );
});

bios.run();
