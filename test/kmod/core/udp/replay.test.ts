// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';

const INPUTS = 100_000;
const SEED = 20_261_130;

const fuzz = suite('replay window of a leg');

fuzz(`${INPUTS} inputs: a counter is taken once, and refused only when it was or is too old`, () =>
  inScratch(async (folder) => {
    const program = join(folder, 'replay-fuzz');
    await compileCore(
      ['test/kmod/core/fuzz-main.c', 'test/kmod/core/udp/replay-fuzz.c', 'src/kmod/core/udp/replay.c'],
      program,
    );
    const result = await run([program, String(INPUTS), String(SEED), '1024']);
    assert.is(result.output, `${INPUTS} inputs\n`);
    assert.is(result.code, 0);
  }),
);

fuzz.run();
