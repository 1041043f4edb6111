// SPDX-License-Identifier: MIT
import type { Recipe } from './recipe.ts';

/** Counters and settings of network devices. */
export const ethtool: Recipe = {
  name: 'ethtool',
  source: { name: 'ethtool', range: '>=6.1', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'GPL-2.0-only', files: ['COPYING', 'LICENSE'] },
  buildroot: ['# BR2_PACKAGE_ETHTOOL_PRETTY_PRINT is not set'],
  async build(b) {
    // Its netlink half needs libmnl; the ioctl interface has all that the board's drivers offer.
    await b.configure(['--disable-netlink', '--disable-pretty-dump', '--without-bash-completion-dir']);
    await b.make(['ethtool']);
    await b.install({ ethtool: 'usr/sbin/ethtool' });
  },
};
