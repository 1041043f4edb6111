// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCoreWithCrypto, inScratch, run } from '../toolchain.ts';

const primitives = suite('cryptographic primitives of tests, port/plait_crypto.c');

primitives('are called so that they give what was published', () =>
  inScratch(async (folder) => {
    const program = join(folder, 'plait_crypto-driver');
    await compileCoreWithCrypto(['test/kmod/port/plait_crypto-driver.c'], program);
    const { output, code } = await run([program]);
    assert.is(output, '18 X25519, 2 public keys, 4 ChaCha20-Poly1305, 3 XChaCha20-Poly1305, 7 BLAKE2s\n');
    assert.is(code, 0);
  }),
);

primitives.run();
