// SPDX-License-Identifier: MIT
import type { Recipe } from './recipe.ts';

/** The classic iptables for IPv4 and IPv6: one program, extensions inside. */
export const iptables: Recipe = {
  name: 'iptables',
  source: { name: 'iptables', range: '>=1.8.9 <2', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'GPL-2.0-or-later', files: ['COPYING'] },
  async build(b) {
    await b.configure(['--disable-nftables', '--disable-shared', '--enable-static', '--disable-connlabel']);
    await b.make(['V=0', 'SUBDIRS=libiptc libxtables extensions iptables']);
    await b.install({ 'iptables/xtables-legacy-multi': 'usr/sbin/xtables-legacy-multi' });
    const names = ['', '-save', '-restore'].flatMap((verb) => [`iptables${verb}`, `ip6tables${verb}`]);
    await b.link(Object.fromEntries(names.map((name) => [`usr/sbin/${name}`, 'xtables-legacy-multi'])));
  },
};
