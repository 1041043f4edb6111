// SPDX-License-Identifier: MIT
import type { Recipe } from './recipe.ts';

/** Packet capture for tcpdump. */
export const libpcap: Recipe = {
  name: 'libpcap',
  source: { name: 'libpcap', range: '>=1.10', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'BSD-3-Clause', files: ['LICENSE'] },
  library: true,
  async build(b) {
    await b.configure([
      ['--with-pcap=linux', '--without-libnl', '--disable-shared', '--disable-usb', '--disable-netmap'],
      [
        '--disable-bluetooth',
        '--disable-dbus',
        '--disable-rdma',
        '--disable-remote',
        '--without-dag',
        '--without-dpdk',
      ],
    ]);
    await b.make(['libpcap.a']);
    await b.stage({ include: ['pcap', 'pcap.h', 'pcap-bpf.h', 'pcap-namedb.h'], lib: ['libpcap.a'] });
  },
};
