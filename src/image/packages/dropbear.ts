// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from './recipe.ts';

/** The SSH server with its key generator, and scp: one program with several names. */
export const dropbear: Recipe = {
  name: 'dropbear',
  source: { name: 'dropbear', range: '>=2022.83', suites: ['sid', 'trixie', 'bookworm'] },
  license: { spdx: 'MIT', files: ['LICENSE'] },
  async build(b) {
    await writeFile(join(b.src, 'localoptions.h'), `${options.join('\n')}\n`);
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

/** Host keys live on the data partition; no agent, no X11, no relaying of other people's connections to the LAN. */
const options = [
  '#define ED25519_PRIV_FILENAME "/data/dropbear/dropbear_ed25519_host_key"',
  '#define RSA_PRIV_FILENAME "/data/dropbear/dropbear_rsa_host_key"',
  '#define ECDSA_PRIV_FILENAME "/data/dropbear/dropbear_ecdsa_host_key"',
  '#define DROPBEAR_DSS 0',
  '#define DROPBEAR_X11FWD 0',
  '#define DROPBEAR_SVR_AGENTFWD 0',
  '#define DROPBEAR_SVR_REMOTETCPFWD 0',
  '#define INETD_MODE 0',
  '#define DO_MOTD 0',
  '#define DROPBEAR_SFTPSERVER 0',
];
