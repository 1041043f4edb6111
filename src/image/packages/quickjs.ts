// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Recipe } from './recipe.ts';

/** The agent's JavaScript engine: a library for the board, and the compiler `bin/qjsc` for the build machine. */
export const quickjs: Recipe = {
  name: 'quickjs',
  source: { name: 'quickjs', range: '>=2025.04.26', releases: ['trixie'] },
  license: { spdx: 'MIT', files: ['LICENSE'] },
  library: true,
  async build(b) {
    const { cc, ar, cflags } = b.target;
    // The same sources twice; the objects have the same names.
    const host = join(b.src, 'host');
    await b.run(['mkdir', host]);
    await b.run(['sh', '-c', 'cp *.c *.h *.js Makefile VERSION host']);
    // It compiles one file: quick to build matters more than quick to run.
    await b.run(['make', '-C', host, `-j${b.jobs}`, 'CFLAGS_OPT=$(CFLAGS) -O0 -g0', 'qjsc']);
    await b.run(['install', '-D', join(host, 'qjsc'), join(b.staging, 'bin/qjsc')]);
    const flags = `CFLAGS_OPT=$(CFLAGS) -g0 ${cflags.join(' ')}`;
    await b.make([`CROSS_PREFIX=`, `CC=${cc}`, `AR=${ar}`, flags, 'libquickjs.a']);
    await b.run(['mkdir', '-p', join(b.staging, 'usr/include/quickjs')]);
    for (const name of ['quickjs.h', 'quickjs-libc.h']) {
      await b.run(['cp', name, join(b.staging, 'usr/include/quickjs', name)]);
    }
    await b.stage({ lib: ['libquickjs.a'] });
  },
};
