// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import { overrideConfig, parseFragment, unmetWishes } from '../kernel/fragments.ts';
import { libconfig } from './libconfig.ts';
import { mbedtls } from './mbedtls.ts';
import type { Recipe } from './recipe.ts';

/** Checks update bundles; what writes them to the other slot is the agent. */
export const swupdate: Recipe = {
  name: 'swupdate',
  // From 2024 on it cannot be built without libubootenv, whose source not every mirror has whole.
  source: { name: 'swupdate', range: '>=2022.12 <2024', releases: ['bookworm'] },
  license: { spdx: 'GPL-2.0-only AND LGPL-2.1-or-later AND MIT AND BSD-3-Clause', files: licenses() },
  needs: [libconfig, mbedtls],
  files: ['swupdate.config', '../kernel/fragments.ts'],
  kconfig: 'swupdate.config',
  notAffected: {
    'CVE-2026-28525': {
      justification: 'code_not_present',
      detail:
        'it is in the web server, which is not compiled: CONFIG_WEBSERVER is not set in swupdate.config',
    },
  },
  buildroot: ['# BR2_PACKAGE_SWUPDATE_WEBSERVER is not set'],
  async build(b) {
    const { triplet, cflags, cppflags, ldflags } = b.target;
    const config = join(b.src, '.config');
    const wishes = parseFragment(await readFile(b.file('swupdate.config'), 'utf8'), 'swupdate.config');
    const flags = [
      { symbol: 'CONFIG_EXTRA_CFLAGS', value: [...cflags, ...cppflags, '-DMBEDTLS_ALLOW_PRIVATE_ACCESS'] },
      { symbol: 'CONFIG_EXTRA_LDFLAGS', value: ldflags },
    ].map(({ symbol, value }) => ({ symbol, value: `"${value.join(' ')}"`, where: 'the recipe' }));
    // A library found on the build machine says nothing about the board.
    const env = { HAVE_ZLIB: 'n' };
    await b.run(['make', 'allnoconfig'], env);
    await writeFile(config, overrideConfig(await readFile(config, 'utf8'), [...wishes, ...flags]));
    await b.run(['make', 'oldconfig'], env);
    const unmet = unmetWishes(await readFile(config, 'utf8'), wishes);
    if (unmet.length > 0)
      throw new BuildError(`SWUpdate is not configured as asked for:\n  ${unmet.join('\n  ')}`);
    // Closes a descriptor as if it were a stream: every check of a signature ended in a crash.
    await b.edit('corelib/swupdate_rsa_verify_mbedtls.c', 'fclose(fd)', 'close(fd)');
    // Of mbed TLS the crypto library is all that signatures need.
    await b.edit('Makefile.flags', 'LDLIBS += mbedcrypto mbedtls mbedx509', 'LDLIBS += mbedcrypto');
    const tools = [`CROSS_COMPILE=${triplet}-`, 'SKIP_STRIP=y'];
    await b.run(['make', `-j${b.jobs}`, tools, 'swupdate_unstripped'], env);
    await b.install({ swupdate_unstripped: 'usr/bin/swupdate' });
  },
};

function licenses(): string[] {
  return ['GPL-2.0-only', 'LGPL-2.1-or-later', 'MIT', 'BSD-3-Clause'].map((name) => `LICENSES/${name}.txt`);
}
