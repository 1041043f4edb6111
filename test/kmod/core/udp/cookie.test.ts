// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { compileCoreWithCrypto, run } from '../../toolchain.ts';

/** Checks of cookie-driver.c, and what each shows. */
const checks: Readonly<Record<string, string>> = {
  use: 'a cookie shows that its owner gets what is sent to the address, and to no other',
  response: 'one can be demanded for a RESPONSE, too',
  bits: 'a COOKIE of which one bit differs is refused, and changes nothing; the right one is taken after it',
  truncation: 'what is left of a COOKIE when its end is missing is refused',
  strangers: 'a COOKIE is taken once, from whom we asked, for our last message',
  life: 'it is taken for as long as it is used, whenever it was given, and for 240 s at most',
};

const cookies = suite<{ folder: string; driver: string }>('cookies of UDP legs, portable core');

cookies.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'cookie-driver');
  await compileCoreWithCrypto(
    [
      'test/kmod/core/udp/cookie-driver.c',
      ...['noise', 'handshake', 'cookie'].map((part) => `src/kmod/core/udp/${part}.c`),
    ],
    context.driver,
  );
});

cookies.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const [name, title] of Object.entries(checks)) {
  cookies(title, async ({ driver }) => {
    const result = await run([driver, name]);
    assert.is(result.output, `${name}\n`);
    assert.is(result.code, 0);
  });
}

cookies.run();
