// SPDX-License-Identifier: MIT
import type { Recipe } from './recipe.ts';

/** DHCP server and DNS forwarder of the LAN. */
export const dnsmasq: Recipe = {
  name: 'dnsmasq',
  source: { name: 'dnsmasq', range: '>=2.90 <3', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'GPL-2.0-only OR GPL-3.0-only', files: ['COPYING', 'COPYING-v3'] },
  buildroot: ['# BR2_PACKAGE_DNSMASQ_TFTP is not set'],
  async build(b) {
    const { cc, cflags, ldflags } = b.target;
    const without = ['TFTP', 'DUMPFILE', 'AUTH', 'LOOP', 'SCRIPT'].map((part) => `-DNO_${part}`);
    await b.make([
      [`CC=${cc}`, `CFLAGS=${cflags.join(' ')}`, `LDFLAGS=${ldflags.join(' ')}`],
      [`COPTS=${without.join(' ')}`, 'PKG_CONFIG=true'],
    ]);
    await b.install({ 'src/dnsmasq': 'usr/sbin/dnsmasq' });
  },
};
