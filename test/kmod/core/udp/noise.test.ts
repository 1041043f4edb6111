// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { compileCoreWithCrypto, inScratch, run } from '../../toolchain.ts';

const noise = suite('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s, portable core');

noise('writes and reads each message of the published vector', () =>
  inScratch(async (folder) => {
    const program = join(folder, 'noise-driver');
    await compileCoreWithCrypto(['test/kmod/core/udp/noise-driver.c', 'src/kmod/core/udp/noise.c'], program);
    const { output, code } = await run([program]);
    assert.is(output, '6 messages\n');
    assert.is(code, 0);
  }),
);

noise.run();
