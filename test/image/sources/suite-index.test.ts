// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { versionsIn } from '../../../src/image/sources/suite-index.ts';

const h = (two: string) => two.repeat(32);

const sources = Buffer.from(`Package: busybox
Binary: busybox,
 busybox-static
Format: 3.0 (quilt)
Version: 1:1.37.0-6
Checksums-Sha256:
 ${h('aa')} 2529 busybox_1.37.0-6.dsc
 ${h('bb')} 2565764 busybox_1.37.0.orig.tar.bz2
 ${h('cc')} 121 busybox_1.37.0.orig.tar.bz2.asc
 ${h('dd')} 66644 busybox_1.37.0-6.debian.tar.xz
Directory: pool/main/b/busybox

Package: native
Version: 3
Description: not
 Package: busybox
Checksums-Sha256:
 ${h('ee')} 10 native_3.tar.xz
Directory: pool/main/n/native

Package: parts
Version: 1.0-1
Checksums-Sha256:
 ${h('ff')} 1 parts_1.0.orig-extra.tar.gz
 ${h('00')} 2 parts_1.0.orig.tar.gz
Directory: pool/main/p/parts

Package: busybox
Version: 1:1.38.0-1
Checksums-Sha256:
 ${h('11')} 3 busybox_1.38.0.orig.tar.bz2
Directory: pool/main/b/busybox
`);

const packages = Buffer.from(`Package: linux-source
Source: linux (6.12~rc1-1)
Version: 1:6.12~rc1-1
Architecture: all
Filename: pool/main/l/linux/linux-source_6.12_all.deb
Size: 140
SHA256: ${h('99')}
`);

const reading = suite('versionsIn');

reading("finds every version of a source package, with upstream's tarballs and Debian's changes", () => {
  assert.equal(versionsIn(sources, 'source', 'busybox'), [
    {
      version: '1:1.37.0-6',
      format: '3.0 (quilt)',
      files: [
        {
          name: 'busybox_1.37.0.orig.tar.bz2',
          size: 2565764,
          sha256: h('bb'),
          path: 'pool/main/b/busybox/busybox_1.37.0.orig.tar.bz2',
        },
        {
          name: 'busybox_1.37.0-6.debian.tar.xz',
          size: 66644,
          sha256: h('dd'),
          path: 'pool/main/b/busybox/busybox_1.37.0-6.debian.tar.xz',
        },
      ],
    },
    {
      version: '1:1.38.0-1',
      format: '1.0',
      files: [
        {
          name: 'busybox_1.38.0.orig.tar.bz2',
          size: 3,
          sha256: h('11'),
          path: 'pool/main/b/busybox/busybox_1.38.0.orig.tar.bz2',
        },
      ],
    },
  ]);
});

reading('takes native packages and tarballs of several parts', () => {
  const names = (name: string) => versionsIn(sources, 'source', name)[0]?.files.map((file) => file.name);
  assert.equal(names('native'), ['native_3.tar.xz']);
  assert.equal(names('parts'), ['parts_1.0.orig-extra.tar.gz', 'parts_1.0.orig.tar.gz']);
});

reading('does not take a longer name for the one asked for', () => {
  assert.equal(versionsIn(sources, 'source', 'busy'), []);
  assert.equal(versionsIn(Buffer.alloc(0), 'source', 'busybox'), []);
});

reading('names a binary package as apt does when it downloads it', () => {
  assert.equal(versionsIn(packages, 'binary', 'linux-source'), [
    {
      version: '1:6.12~rc1-1',
      source: 'linux',
      files: [
        {
          name: 'linux-source_1%3a6.12~rc1-1_all.deb',
          size: 140,
          sha256: h('99'),
          path: 'pool/main/l/linux/linux-source_6.12_all.deb',
        },
      ],
    },
  ]);
});

const hostile = (directory: string, name: string, sha256 = h('ab')) =>
  versionsIn(
    Buffer.from(
      `Package: evil\nVersion: 1\nChecksums-Sha256:\n ${sha256} 1 ${name}\nDirectory: ${directory}\n`,
    ),
    'source',
    'evil',
  )[0]?.files.length;

reading('leaves out files that would be written elsewhere, or that nothing covers', () => {
  assert.is(hostile('pool/main/e/evil', 'evil_1.tar.gz'), 1);
  assert.is(hostile('pool/main/e/evil', '../../../outside'), 0);
  assert.is(hostile('pool/main/e/evil', 'a/b'), 0);
  assert.is(hostile('pool/main/e/evil', '..'), 0);
  assert.is(hostile('pool/../../..', 'evil_1.tar.gz'), 0);
  assert.is(hostile('/etc', 'passwd'), 0);
  assert.is(hostile('pool/main/e/evil', 'evil_1.tar.gz', 'ab'), 0);
});

reading.run();
