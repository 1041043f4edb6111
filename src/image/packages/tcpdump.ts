// SPDX-License-Identifier: MIT
import { libpcap } from './libpcap.ts';
import type { Recipe } from './recipe.ts';

export const tcpdump: Recipe = {
  name: 'tcpdump',
  source: { name: 'tcpdump', range: '>=4.99', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'BSD-3-Clause', files: ['LICENSE'] },
  needs: [libpcap],
  async build(b) {
    await b.configure(
      ['--without-crypto', '--without-smi', '--without-cap-ng', '--disable-smb', '--disable-local-libpcap'],
      {
        PCAP_CONFIG: '/bin/false',
        LIBS: '-lpcap',
      },
    );
    await b.make(['tcpdump']);
    await b.install({ tcpdump: 'usr/sbin/tcpdump' });
  },
};
