// SPDX-License-Identifier: MIT
/** GRUB itself, in an emulator, with a kernel that only prints its command line: which slot is started, and what
 * stands in the boot state afterwards. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type BootState, confirmed, formatBlock, newest } from '../../../src/agent/boot-state.ts';
import { needs } from '../needs.ts';
import { block, StubDisks, slotOf, start } from './stub-disks.ts';

await needs('binutils', 'qemu-system-x86');

const disks = await StubDisks.make({
  table: 'msdos',
  signature: '504c4131',
  firmware: ['bios'],
  screen: false,
});

const test = suite('GRUB and the boot state');

test('a fresh disk starts slot a and takes a try from it', async () => {
  const disk = await disks.newDisk();
  const said = await start(disk);
  assert.match(
    said,
    /kernel started with: <BOOT_IMAGE=\(hd0,msdos2\)\/boot\/vmlinuz root=PARTUUID=504c4131-02 ro /,
  );
  assert.match(said, / plait\.slot=a>/);
  assert.is(await disks.state(disk), 'seq 2 a 2/3');
});

test('after three starts without confirmation the other slot is started, after three more it begins anew', async () => {
  const disk = await disks.newDisk();
  const slots: string[] = [];
  for (let i = 0; i < 8; i++) slots.push(slotOf(await start(disk)));
  assert.equal(slots.join(''), 'aaabbbbb');
  assert.is(await disks.state(disk), 'seq 0 b 3/1');
});

test('a confirmed slot keeps being started', async () => {
  const disk = await disks.newDisk();
  for (let i = 0; i < 5; i++) {
    assert.is(slotOf(await start(disk)), 'a');
    const { state: now } = newest(await disks.readBlocks(disk));
    const next = confirmed(now, 'a');
    assert.ok(next, 'a try was taken, so there is something to confirm');
    await disks.writeOlder(disk, formatBlock(next as BootState));
  }
});

test('the state written last decides, in whichever block it stands', async () => {
  for (const at of [0, 1]) {
    for (const seq of [0, 1, 2]) {
      const disk = await disks.newDisk();
      await disks.writeBlock(disk, at, block({ seq: (seq + 1) % 3, active: 'b' }));
      await disks.writeBlock(disk, 1 - at, block({ seq }));
      assert.is(slotOf(await start(disk)), 'b', `newer block ${at}, seq ${(seq + 1) % 3}`);
      assert.is(await disks.state(disk), `seq ${(seq + 2) % 3} b 3/2`);
    }
  }
});

test('a block that was being written when the power went does not count', async () => {
  const torn = [
    block({ seq: 2, active: 'b' }).replace('lock=2', 'lock=1'),
    block({ seq: 2, active: 'b' }).replace('tries_a=3', 'tries_a=9'),
    block({ seq: 2, active: 'b' }).replace('active=b', 'active=c'),
    block({ seq: 2, active: 'b' }).replace(/tries_b=3\nlock=2\n/, '#'.repeat(17)),
    `${block({ seq: 2, active: 'b' }).slice(0, 20)}${'\xff'.repeat(1004)}`,
    '\0'.repeat(1024),
  ];
  for (const text of torn) {
    const disk = await disks.newDisk();
    await disks.writeBlock(disk, 0, text);
    assert.is(slotOf(await start(disk)), 'a', JSON.stringify(text.slice(0, 80)));
    assert.match(await disks.state(disk), /^seq \d a 2\/3$/);
  }
});

test('with one block unreadable for good, tries are still counted', async () => {
  const disk = await disks.newDisk();
  await disks.writeBlock(disk, 0, '\xff'.repeat(1024));
  const slots: string[] = [];
  for (let i = 0; i < 4; i++) slots.push(slotOf(await start(disk)));
  assert.equal(slots.join(''), 'aaab');
});

test('with both blocks unreadable slot a is started', async () => {
  const disk = await disks.newDisk();
  for (const at of [0, 1]) await disks.writeBlock(disk, at, '\xff'.repeat(1024));
  const said = await start(disk);
  assert.match(said, /neither block is whole/);
  assert.is(slotOf(said), 'a');
});

test('with both blocks inconsistent slot a is started and the state is written anew', async () => {
  const disk = await disks.newDisk();
  for (const at of [0, 1]) await disks.writeBlock(disk, at, block({ seq: at }).replace('lock=', 'lock=7'));
  assert.is(slotOf(await start(disk)), 'a');
  assert.is(await disks.state(disk), 'seq 1 a 2/3');
});

test('a slot whose kernel cannot be loaded gives way to the other one at once', async () => {
  const disk = await disks.newDisk();
  await disks.destroy(disk, 'slot-a');
  const said = await start(disk);
  assert.match(said, /Slot a holds no kernel that can be loaded/);
  assert.is(slotOf(said), 'b');
  assert.is(await disks.state(disk), 'seq 0 b 0/2');
});

test('a slot that cannot be loaded gives way even to one that is out of tries', async () => {
  const disk = await disks.newDisk();
  await disks.destroy(disk, 'slot-b');
  await disks.writeOlder(disk, block({ seq: 2, active: 'b', a: 0 }));
  assert.is(slotOf(await start(disk)), 'a');
});

test('with both slots destroyed it says so and tries again', async () => {
  const disk = await disks.newDisk();
  await disks.destroy(disk, 'slot-a');
  await disks.destroy(disk, 'slot-b');
  assert.match(await start(disk), /Neither slot can be booted; trying again in 10 s/);
});

test.run();
