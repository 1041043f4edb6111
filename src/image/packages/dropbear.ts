// SPDX-License-Identifier: MIT
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from './recipe.ts';

/** The SSH server with its key generator, and scp: one program with several names. */
export const dropbear: Recipe = {
  name: 'dropbear',
  source: { name: 'dropbear', range: '>=2022.83', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'MIT', files: ['LICENSE'] },
  files: ['dropbear.options.h'],
  buildroot: [
    '# BR2_PACKAGE_DROPBEAR_CLIENT is not set',
    'BR2_PACKAGE_DROPBEAR_LOCALOPTIONS_FILE="$(BR2_EXTERNAL_PLAIT_PATH)/../src/image/packages/dropbear.options.h"',
  ],
  async build(b) {
    await copyFile(b.file('dropbear.options.h'), join(b.src, 'localoptions.h'));
    // Its libraries are compiled with -O3, and gcc then puts SSE's prefetch into loops for a Geode LX.
    const cflags = [...b.target.cflags, '-fno-prefetch-loop-arrays'].join(' ');
    await b.configure(
      [
        ['--disable-zlib', '--disable-pam', '--disable-lastlog', '--disable-utmp', '--disable-utmpx'],
        [
          '--disable-wtmp',
          '--disable-wtmpx',
          '--disable-loginfunc',
          '--disable-pututline',
          '--disable-pututxline',
        ],
        // Its own hardening flags come from the toolchain already.
        '--disable-harden',
      ],
      { CFLAGS: cflags },
    );
    await b.make(['MULTI=1', 'PROGRAMS=dropbear dropbearkey scp']);
    await b.install({ dropbearmulti: 'usr/sbin/dropbear' });
    await b.link({ 'usr/bin/dropbearkey': '../sbin/dropbear', 'usr/bin/scp': '../sbin/dropbear' });
  },
};
