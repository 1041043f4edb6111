// SPDX-License-Identifier: MIT
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from './recipe.ts';

/** Only what checks an RSA signature over SHA-256, for SWUpdate. */
export const mbedtls: Recipe = {
  name: 'mbedtls',
  source: { name: 'mbedtls', range: '>=3.6 <4', releases: ['trixie'] },
  license: { spdx: 'Apache-2.0 OR GPL-2.0-or-later', files: ['LICENSE'] },
  library: true,
  files: ['mbedtls_config.h'],
  async build(b) {
    const { cc, ar, cflags } = b.target;
    // Where every user of its headers finds it, so that their structures agree with the library's.
    await copyFile(b.file('mbedtls_config.h'), join(b.src, 'include/mbedtls/mbedtls_config.h'));
    await b.run([
      'make',
      '-C',
      'library',
      `-j${b.jobs}`,
      `CC=${cc}`,
      `AR=${ar}`,
      `CFLAGS=${cflags.join(' ')}`,
      'libmbedcrypto.a',
    ]);
    await b.stage({ include: ['include/mbedtls', 'include/psa'], lib: ['library/libmbedcrypto.a'] });
  },
};
