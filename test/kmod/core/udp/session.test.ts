// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';

const SEQUENCES = 100_000;
const SEED = 20_261_130;
/** Bytes of a sequence, 3 for each event. */
const BYTES = 512;

const session = suite('session of UDP legs, portable core');

session(`${SEQUENCES} sequences of events leave it as the model says`, () =>
  inScratch(async (folder) => {
    const program = join(folder, 'session-fuzz');
    await compileCore(
      ['test/kmod/core/fuzz-main.c', 'test/kmod/core/udp/session-fuzz.c', 'src/kmod/core/udp/session.c'],
      program,
    );
    const result = await run([program, String(SEQUENCES), String(SEED), String(BYTES)]);
    assert.is(result.output, `${SEQUENCES} inputs\n`);
    assert.is(result.code, 0);
  }),
);

session.run();
