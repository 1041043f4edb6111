// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import { overrideConfig, parseFragment, unmetWishes } from '../kernel/fragments.ts';
import type { Recipe } from './recipe.ts';

/** Seconds that getty waits for a name at another speed than that of the boot; also in buildroot/external.mk. */
const GETTY_AWAY_S = 30;

/** init, shell and the usual commands, as one program with many names. */
export const busybox: Recipe = {
  name: 'busybox',
  source: { name: 'busybox', range: '>=1.36 <2', releases: ['trixie'] },
  license: { spdx: 'GPL-2.0-only', files: ['LICENSE'] },
  files: ['busybox.config', '../kernel/fragments.ts'],
  kconfig: 'busybox.config',
  // Buildroot sets CONFIG_FEATURE_DEFAULT_PASSWD_ALGO by this.
  buildroot: ['BR2_TARGET_GENERIC_PASSWD_SHA512=y'],
  async build(b) {
    // getty tries its next speed at a BREAK, and would stay there for ever: after half a minute without a name it ends, and init
    // starts it anew at the first one. Noise, a cable that is plugged in, and terminal servers send BREAKs, too.
    await b.edit(
      'loginutils/getty.c',
      'set_tty_attrs();\n\t\t}\n\t}\n\n\t/* Disable timer */',
      `set_tty_attrs();\n\t\t\talarm(baud_index != 0 ? ${GETTY_AWAY_S} : G.timeout);\n\t\t}\n\t}\n\n\t/* Disable timer */`,
    );
    const { triplet, cflags } = b.target;
    const config = join(b.src, '.config');
    const wishes = parseFragment(await readFile(b.file('busybox.config'), 'utf8'), 'busybox.config');
    await b.run(['make', 'allnoconfig']);
    await writeFile(config, overrideConfig(await readFile(config, 'utf8'), wishes));
    await b.run(['make', 'oldconfig']);
    const unmet = unmetWishes(await readFile(config, 'utf8'), wishes);
    if (unmet.length > 0)
      throw new BuildError(`BusyBox is not configured as asked for:\n  ${unmet.join('\n  ')}`);
    const flags = [`CROSS_COMPILE=${triplet}-`, `EXTRA_CFLAGS=${cflags.join(' ')}`, 'SKIP_STRIP=y'];
    await b.make([flags, `CONFIG_PREFIX=${b.root}`, 'busybox', 'install']);
  },
};
