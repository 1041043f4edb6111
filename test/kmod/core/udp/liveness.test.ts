// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';

const INPUTS = 100_000;
const SEED = 20_261_130;

const liveness = suite('liveness of UDP legs');

liveness(`${INPUTS} sequences of answers, silence and lost carriers break none of its promises`, () =>
  inScratch(async (folder) => {
    const program = join(folder, 'liveness-fuzz');
    await compileCore(
      ['test/kmod/core/fuzz-main.c', 'test/kmod/core/udp/liveness-fuzz.c', 'src/kmod/core/udp/liveness.c'],
      program,
    );
    const result = await run([program, String(INPUTS), String(SEED)]);
    assert.is(result.output, `${INPUTS} inputs\n`);
    assert.is(result.code, 0);
  }),
);

liveness.run();
