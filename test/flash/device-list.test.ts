// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Disk,
  type DiskFacts,
  type LsblkNode,
  listDisks,
  type Verdict,
} from '../../src/flash/device-list.ts';

type Part = Partial<LsblkNode> & { name: string };

let number = 0;
const node = (part: Part): LsblkNode => ({
  ...{ path: `/dev/${part.name}`, type: 'disk', size: 4e9, rm: false, hotplug: false, ro: false, tran: null },
  ...{ model: 'Model', serial: 'S1', mountpoints: [null], 'maj:min': `8:${number++}`, 'log-sec': 512 },
  ...part,
});
const part = (name: string, mount: string | null = null, more: Partial<LsblkNode> = {}): LsblkNode =>
  node({ name, type: 'part', mountpoints: [mount], ...more });

const facts = (tree: LsblkNode[], more: Partial<DiskFacts> = {}): DiskFacts => ({
  ...{ tree, mounts: [], mmcTypes: {} },
  ...more,
});
const usb = { rm: true, hotplug: true, tran: 'usb' };

/** What machines of people look like, what must come of each disk, and a word of the reason. */
const machines: readonly (readonly [string, DiskFacts, Record<string, Verdict>, RegExp?])[] = [
  ['a stick', facts([node({ name: 'sdb', ...usb })]), { '/dev/sdb': 'removable' }],
  ['a reader whose slot is empty', facts([node({ name: 'sdb', ...usb, size: 0 })]), {}],
  [
    'a ten-slot reader with one card',
    facts([node({ name: 'sdb', ...usb, size: 0 }), node({ name: 'sdc', ...usb })]),
    { '/dev/sdc': 'removable' },
  ],
  [
    'a CF card in an IDE adapter',
    facts([node({ name: 'sdb', tran: 'ata' })]),
    { '/dev/sdb': 'fixed' },
    /not removable/,
  ],
  [
    'a USB disk that says it is not removable',
    facts([node({ name: 'sdb', tran: 'usb' })]),
    { '/dev/sdb': 'removable' },
  ],
  [
    'an eSATA disk with hotplug',
    facts([node({ name: 'sdb', hotplug: true, tran: 'sata' })]),
    { '/dev/sdb': 'removable' },
  ],
  [
    'a laptop with NVMe',
    facts([
      node({
        name: 'nvme0n1',
        tran: 'nvme',
        children: [part('nvme0n1p1', '/boot/efi'), part('nvme0n1p2', '/')],
      }),
    ]),
    { '/dev/nvme0n1': 'refused' },
    /running system \(\/boot\/efi\)/,
  ],
  [
    'a second NVMe disk',
    facts([node({ name: 'nvme1n1', tran: 'nvme', children: [part('nvme1n1p1')] })]),
    { '/dev/nvme1n1': 'fixed' },
  ],
  [
    'root on LUKS on LVM',
    facts([
      node({
        name: 'sda',
        children: [
          part('sda1', '/boot'),
          part('sda2', null, {
            children: [
              node({
                name: 'crypt',
                type: 'crypt',
                children: [node({ name: 'vg-root', type: 'lvm', mountpoints: ['/'] })],
              }),
            ],
          }),
        ],
      }),
    ]),
    { '/dev/sda': 'refused' },
    /running system/,
  ],
  [
    'an open LUKS volume on a stick',
    facts([
      node({
        name: 'sdb',
        ...usb,
        children: [part('sdb1', null, { children: [node({ name: 'luks', type: 'crypt' })] })],
      }),
    ]),
    { '/dev/sdb': 'refused' },
    /encrypted volume/,
  ],
  [
    'an active volume group on a USB disk',
    facts([
      node({
        name: 'sdb',
        ...usb,
        children: [part('sdb1', null, { children: [node({ name: 'vg-x', type: 'lvm' })] })],
      }),
    ]),
    { '/dev/sdb': 'refused' },
    /logical volume/,
  ],
  [
    'half of a RAID 1',
    facts([
      node({
        name: 'sdb',
        children: [part('sdb1', null, { children: [node({ name: 'md0', type: 'raid1' })] })],
      }),
    ]),
    { '/dev/sdb': 'refused' },
    /RAID/,
  ],
  [
    'a disk of multipath',
    facts([node({ name: 'sdb', children: [node({ name: 'mpatha', type: 'mpath' })] })]),
    { '/dev/sdb': 'refused' },
    /multipath/,
  ],
  [
    'btrfs with root and home as subvolumes',
    facts([node({ name: 'sda', children: [part('sda1', null, { mountpoints: ['/home', '/'] })] })]),
    { '/dev/sda': 'refused' },
    /running system/,
  ],
  [
    'a swap partition',
    facts([node({ name: 'sdb', ...usb, children: [part('sdb1', '[SWAP]')] })]),
    { '/dev/sdb': 'refused' },
    /\[SWAP\]/,
  ],
  ['zram', facts([node({ name: 'zram0', mountpoints: ['[SWAP]'] })]), { '/dev/zram0': 'refused' }],
  ['zram that is unused', facts([node({ name: 'zram1' })]), { '/dev/zram1': 'refused' }, /no card/],
  [
    'a live system on a stick',
    facts([node({ name: 'sdb', ...usb, children: [part('sdb1', '/run/live/medium')] })]),
    { '/dev/sdb': 'refused' },
    /running system/,
  ],
  [
    'an installer on a stick',
    facts([node({ name: 'sdb', ...usb, children: [part('sdb1', '/cdrom')] })]),
    { '/dev/sdb': 'refused' },
    /running system/,
  ],
  [
    'a Raspberry Pi that runs from its card',
    facts([node({ name: 'mmcblk0', children: [part('mmcblk0p1', '/boot'), part('mmcblk0p2', '/')] })], {
      mmcTypes: { mmcblk0: 'SD' },
    }),
    { '/dev/mmcblk0': 'refused' },
    /running system/,
  ],
  [
    'a built-in reader that says its card is not removable',
    facts([node({ name: 'mmcblk0' })], { mmcTypes: { mmcblk0: 'SD' } }),
    { '/dev/mmcblk0': 'removable' },
  ],
  [
    'an eMMC that is soldered in',
    facts([node({ name: 'mmcblk1' })], { mmcTypes: { mmcblk1: 'MMC' } }),
    { '/dev/mmcblk1': 'fixed' },
    /soldered/,
  ],
  [
    'the boot area of an eMMC',
    facts([node({ name: 'mmcblk1boot0' })]),
    { '/dev/mmcblk1boot0': 'refused' },
    /hardware area/,
  ],
  [
    'a card whose switch says read-only',
    facts([node({ name: 'sdb', ...usb, ro: true })]),
    { '/dev/sdb': 'refused' },
    /read-only/,
  ],
  [
    'a card that the desktop has mounted',
    facts([node({ name: 'sdb', ...usb, children: [part('sdb1', '/media/anna/CF')] })]),
    { '/dev/sdb': 'removable' },
  ],
  [
    'a disk with /var on it',
    facts([node({ name: 'sdb', children: [part('sdb1', '/var')] })]),
    { '/dev/sdb': 'refused' },
    /running system/,
  ],
  [
    'a system that lsblk shows no mount of, seen in mountinfo',
    facts([node({ name: 'sda', 'maj:min': '8:0', children: [part('sda1', null, { 'maj:min': '8:1' })] })], {
      mounts: [{ device: '8:1', point: '/' }],
    }),
    { '/dev/sda': 'refused' },
    /running system/,
  ],
  ['a backup disk of 3 TB', facts([node({ name: 'sdb', ...usb, size: 3e12 })]), { '/dev/sdb': 'removable' }],
  ['a DVD drive', facts([node({ name: 'sr0', type: 'rom' })]), {}],
];

const listing = suite('listDisks');

for (const [what, given, verdicts, reason] of machines) {
  listing(`judges ${what}`, () => {
    const disks = listDisks(given);
    assert.equal(Object.fromEntries(disks.map(({ path, verdict }) => [path, verdict])), verdicts);
    if (reason) assert.match(disks[0]?.reason ?? '', reason);
  });
}

listing('has cards first, then what is fixed, then what is refused', () => {
  const disks = listDisks(
    facts([node({ name: 'sda', mountpoints: ['/'] }), node({ name: 'sdb' }), node({ name: 'sdz', ...usb })]),
  );
  assert.equal(
    disks.map(({ path }: Disk) => path),
    ['/dev/sdz', '/dev/sdb', '/dev/sda'],
  );
});

listing('knows every place where a disk is mounted', () => {
  const tree = [node({ name: 'sdb', ...usb, children: [part('sdb1', '/media/a', { 'maj:min': '8:17' })] })];
  const [disk] = listDisks(
    facts(tree, {
      mounts: [
        { device: '8:17', point: '/media/a' },
        { device: '8:17', point: '/mnt/b' },
      ],
    }),
  );
  assert.equal(disk?.mounted, ['/media/a', '/mnt/b']);
});

listing.run();
