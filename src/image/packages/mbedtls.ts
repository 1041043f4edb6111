// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from './recipe.ts';

/** Only what checks an RSA signature over SHA-256, for SWUpdate. */
export const mbedtls: Recipe = {
  name: 'mbedtls',
  source: { name: 'mbedtls', range: '>=3.6 <4', suites: ['trixie', 'sid'] },
  license: { spdx: 'Apache-2.0 OR GPL-2.0-or-later', files: ['LICENSE'] },
  library: true,
  async build(b) {
    const { cc, ar, cflags } = b.target;
    const defines = parts.map((part) => `#define MBEDTLS_${part}`);
    // Where every user of its headers finds it, so that their structures agree with the library's.
    await writeFile(join(b.src, 'include/mbedtls/mbedtls_config.h'), `${defines.join('\n')}\n`);
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

const parts = [
  ...[
    'ASN1_PARSE_C',
    'ASN1_WRITE_C',
    'BASE64_C',
    'BIGNUM_C',
    'FS_IO',
    'MD_C',
    'OID_C',
    'PEM_PARSE_C',
    'PKCS1_V15',
  ],
  ...['PK_C', 'PK_PARSE_C', 'PLATFORM_C', 'RSA_C', 'SHA224_C', 'SHA256_C', 'HAVE_ASM'],
];
