// SPDX-License-Identifier: MIT
import type { Recipe } from './recipe.ts';

/** Reads sw-description for SWUpdate. */
export const libconfig: Recipe = {
  name: 'libconfig',
  source: { name: 'libconfig', range: '>=1.5', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'LGPL-2.1-or-later', files: ['COPYING.LIB'] },
  library: true,
  async build(b) {
    await b.configure(['--disable-shared', '--disable-cxx', '--disable-examples']);
    await b.make(['-C', 'lib', 'libconfig.la']);
    await b.stage({ include: ['lib/libconfig.h'], lib: ['lib/.libs/libconfig.a'] });
  },
};
