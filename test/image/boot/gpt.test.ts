// SPDX-License-Identifier: MIT
/** As boot.test.ts, from a disk with a GPT and GRUB for both kinds of firmware, which shows itself on screen and serial port. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../needs.ts';
import { block, StubDisks, slotOf, start } from './stub-disks.ts';

await needs('binutils', 'ovmf', 'qemu-system-x86');

const disks = await StubDisks.make({
  table: 'gpt',
  signature: '504c4133',
  firmware: ['bios', 'efi'],
  screen: true,
});

for (const firmware of ['bios', 'efi'] as const) {
  const test = suite(`GRUB on a GPT disk, ${firmware}`);

  test('a fresh disk starts slot a, named by its GUID, and takes a try from it', async () => {
    const disk = await disks.newDisk();
    const said = await start(disk, firmware);
    assert.match(
      said,
      /kernel started with: <BOOT_IMAGE=\(hd0,gpt2\)\/boot\/vmlinuz root=PARTUUID=504c4133-0000-4000-8000-706c61697402 ro /,
    );
    assert.is(slotOf(said), 'a');
    assert.is(await disks.state(disk), 'seq 2 a 2/3');
  });

  test('a slot without tries gives way to the other one', async () => {
    const disk = await disks.newDisk();
    await disks.writeOlder(disk, block({ seq: 2, a: 0 }));
    const said = await start(disk, firmware);
    assert.match(said, /slot a is out of tries, falling back to slot b/);
    assert.match(said, /root=PARTUUID=504c4133-0000-4000-8000-706c61697403 /);
    assert.is(slotOf(said), 'b');
    assert.is(await disks.state(disk), 'seq 0 b 0/2');
  });

  test('a slot whose kernel cannot be loaded gives way at once', async () => {
    const disk = await disks.newDisk();
    await disks.destroy(disk, 'slot-a');
    const said = await start(disk, firmware);
    assert.match(said, /Slot a holds no kernel that can be loaded/);
    assert.is(slotOf(said), 'b');
    assert.is(await disks.state(disk), 'seq 0 b 0/2');
  });

  test.run();
}
