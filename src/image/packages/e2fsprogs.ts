// SPDX-License-Identifier: MIT
import type { Recipe } from './recipe.ts';

/** Check, make and grow the data partition's file system. */
export const e2fsprogs: Recipe = {
  name: 'e2fsprogs',
  source: { name: 'e2fsprogs', range: '>=1.47', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'GPL-2.0-only AND LGPL-2.0-only AND MIT AND BSD-3-Clause', files: ['NOTICE'] },
  buildroot: ['BR2_PACKAGE_E2FSPROGS_RESIZE2FS=y'],
  async build(b) {
    await b.configure([
      ['--disable-nls', '--disable-rpath', '--disable-debugfs', '--disable-imager', '--disable-defrag'],
      ['--disable-fuse2fs', '--disable-uuidd', '--disable-tdb', '--disable-mmp', '--disable-bmap-stats'],
      ['--disable-testio-debug', '--disable-jbd-debug', '--without-pthread', '--without-libarchive'],
      ['--enable-libuuid', '--enable-libblkid', '--disable-e2initrd-helper', '--disable-tls'],
    ]);
    // In this order: lib/support includes the header that lib/blkid makes.
    const libraries = ['et', 'uuid', 'blkid', 'support', 'e2p', 'ext2fs'].map((name) => `lib/${name}`);
    await b.make([`LIB_SUBDIRS=${libraries.join(' ')}`, 'libs']);
    await b.make(['-C', 'e2fsck', 'e2fsck']);
    await b.make(['-C', 'resize', 'resize2fs']);
    await b.make(['-C', 'misc', 'mke2fs']);
    await b.install({
      'e2fsck/e2fsck': 'usr/sbin/e2fsck',
      'resize/resize2fs': 'usr/sbin/resize2fs',
      'misc/mke2fs': 'usr/sbin/mke2fs',
    });
    await b.link({ 'usr/sbin/mkfs.ext4': 'mke2fs', 'usr/sbin/fsck.ext4': 'e2fsck' });
  },
};
