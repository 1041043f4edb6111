// SPDX-License-Identifier: MIT
/** Bundles on USB sticks of a board in memory: which one is meant, and that every stick is let go. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECTOR } from '../../../src/agent/boot-state.ts';
import type { UpgradeJob } from '../../../src/agent/upgrade/job-states.ts';
import { Upgrader } from '../../../src/agent/upgrade/upgrader.ts';
import { makeBundle } from '../../../src/image/bundle/bundle.ts';
import { signingKey } from '../../../src/image/bundle/signing-key.ts';
import { scratch } from '../../image/scratch.ts';
import { BLOCKS, SlotBoard } from '../support/slot-board.ts';

const slot = Buffer.from(`hsqs${'x'.repeat(5000)}`);
const contents = { board: { name: 'alix', title: 'ALIX' }, version: '2.0.0', slot, epoch: 1_700_000_000 };
const GOOD = await makeBundle(contents, await signingKey(scratch()));
const OTHER = Buffer.alloc(3000, 7);

function board(): SlotBoard {
  const one = new SlotBoard(Buffer.from('hsqs old'), Buffer.from('hsqs older'));
  one.signed.push(GOOD);
  one.files.put('/proc/filesystems', 'nodev\tproc\n\text4\n\tvfat\n');
  return one;
}

async function upgrade(on: SlotBoard, path = 'usb'): Promise<UpgradeJob> {
  const { files, clock, disks, processes } = on;
  const upgrader = new Upgrader({
    ports: { files, clock, disks, processes, sockets: {} as never, log: () => undefined },
    kernel: { putTable: () => undefined, deleteTable: () => undefined },
    lan: () => undefined,
    board: {
      name: 'alix',
      disk: '/run/plait/disk/disk',
      bootStateBlocks: BLOCKS,
      slot: 'a',
      slotLimit: 60 * SECTOR,
    },
    version: '1.0.0',
    slots: { needsOther: false, erased: () => undefined, installed: () => undefined },
    pending: () => false,
  });
  upgrader.begin({ path, name: path, reboot: 'later', allowOlder: false });
  await clock.advance(1000);
  const { job } = upgrader;
  if (job === undefined) throw new Error('there is no job');
  assert.equal(on.sticks.mounted, [], 'a stick is still mounted');
  return job;
}

const sticks = suite('a USB stick');

sticks('with one bundle is all that must be said; it is read as what may do harm', async () => {
  const one = board();
  one.sticks.plug('sdb', { sdb1: { type: 'vfat', files: { 'new.swu': GOOD, 'notes.txt': OTHER } } });
  const { state, from } = await upgrade(one);
  assert.equal([state, from], ['installed', 'new.swu on sdb1']);
  const mounted = one.ran.filter((line) => /^mount .*sdb1/.test(line));
  assert.equal(mounted, [
    'mount -t vfat -o ro,nosuid,nodev,noexec,errors=continue /dev/sdb1 /run/plait/usb/sdb1',
  ]);
});

sticks('may have no partitions, another file system, or a partition that nobody reads', async () => {
  const whole = board();
  whole.sticks.plug('sdb', { sdb: { type: 'ext4', files: { 'new.swu': GOOD } } });
  assert.is((await upgrade(whole)).state, 'installed');
  assert.ok(
    whole.ran.includes(
      'mount -t ext4 -o ro,nosuid,nodev,noexec,noload,errors=continue /dev/sdb /run/plait/usb/sdb',
    ),
  );
  const second = board();
  second.sticks.plug('sdb', { sdb1: { files: {} }, sdb2: { type: 'vfat', files: { 'new.swu': GOOD } } });
  assert.is((await upgrade(second)).state, 'installed');
});

sticks('with bundles of several boards gives the one that is called after this one', async () => {
  const one = board();
  one.sticks.plug('sdb', {
    sdb1: {
      type: 'vfat',
      files: { 'plait-apu.swu': OTHER, 'plait-alix-2.0.0.swu': GOOD, 'plait-alixx.swu': OTHER },
    },
  });
  assert.is((await upgrade(one)).state, 'installed');
});

const two = { sdb1: { type: 'vfat', files: { 'plait-alix-1.swu': OTHER, 'plait-alix-2.swu': GOOD } } };

sticks('with several that could be meant asks for a name, and takes that one', async () => {
  const one = board();
  one.sticks.plug('sdb', two);
  const { failure } = await upgrade(one);
  assert.equal(failure, {
    in: 'receiving',
    code: 'not-received',
    message:
      'several bundles are there: plait-alix-1.swu (sdb1), plait-alix-2.swu (sdb1); say which, as in "plaitctl upgrade usb:plait-alix-1.swu"',
  });
  assert.is((await upgrade(one, 'usb:plait-alix-2.swu')).state, 'installed');
});

sticks('beside another one with a bundle of that name is named, too', async () => {
  const one = board();
  one.sticks.plug('sdb', { sdb1: { type: 'vfat', files: { 'new.swu': OTHER } } });
  one.sticks.plug('sdc', { sdc1: { type: 'vfat', files: { 'new.swu': GOOD } } });
  const { failure } = await upgrade(one, 'usb:new.swu');
  assert.match(
    failure?.message ?? '',
    /^new\.swu \(sdb1\), new\.swu \(sdc1\): say which, as in ".* usb:sdb1\/new\.swu"$/,
  );
  assert.is((await upgrade(one, 'usb:sdc1/new.swu')).state, 'installed');
});

for (const [what, prepare, path, reason] of [
  ['that is not there', () => undefined, 'usb', /^there is no USB stick/],
  [
    'that is the disk of the board, or no stick',
    (one: SlotBoard) => {
      one.sticks.plug('sda', { sda1: { type: 'vfat', files: { 'new.swu': GOOD } } });
      one.sticks.plug('sdb', { sdb1: { type: 'vfat', files: { 'new.swu': GOOD } } }, 'ata1/host0');
    },
    'usb',
    /^there is no USB stick/,
  ],
  [
    'that nobody reads',
    (one: SlotBoard) => one.sticks.plug('sdb', { sdb1: { type: 'ntfs', files: { 'new.swu': GOOD } } }),
    'usb',
    /^sdb1: no file system that this board reads \(vfat, ext4\)$/,
  ],
  [
    'without a bundle, or with names that nobody can type',
    (one: SlotBoard) =>
      one.sticks.plug('sdb', {
        sdb1: { type: 'vfat', files: { 'a.txt': GOOD, '\u001b[2J.swu': GOOD, 'a b.swu': GOOD } },
      }),
    'usb',
    /^no bundle \(\*\.swu\) is in the top folder of sdb1$/,
  ],
  [
    'without the bundle that is named',
    (one: SlotBoard) => one.sticks.plug('sdb', two),
    'usb:../sdb1/plait-alix-1.swu',
    /^no "\.\.\/sdb1\/plait-alix-1\.swu" is there; there are plait-alix-1\.swu \(sdb1\), /,
  ],
  [
    'that is pulled out while it is read',
    (one: SlotBoard) => {
      one.sticks.plug('sdb', { sdb1: { type: 'vfat', files: { 'new.swu': GOOD } } });
      one.sticks.pulled = true;
    },
    'usb',
    /^the stick sdb1 was pulled out while new\.swu was read \(.*Input\/output error\)$/,
  ],
] as const) {
  sticks(`${what}: is an error that says so, and nothing is written`, async () => {
    const one = board();
    prepare(one);
    const before = one.fingerprint;
    const { state, failure } = await upgrade(one, path);
    assert.equal([state, failure?.in], ['failed', 'receiving']);
    assert.match(failure?.message ?? '', reason);
    assert.is(one.fingerprint, before);
  });
}

sticks.run();
