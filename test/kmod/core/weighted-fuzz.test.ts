// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../toolchain.ts';

const INPUTS = 100_000;
const SEED = 20_261_120;

const fuzz = suite('fuzzer of the weighted scheduler');

fuzz(`${INPUTS} inputs break none of the promises of the scheduler`, () =>
  inScratch(async (folder) => {
    const program = join(folder, 'weighted-fuzz');
    await compileCore(
      ['test/kmod/core/fuzz-main.c', 'test/kmod/core/weighted-fuzz.c', 'src/kmod/core/sched/weighted.c'],
      program,
    );
    const result = await run([program, String(INPUTS), String(SEED)]);
    assert.is(result.output, `${INPUTS} inputs\n`);
    assert.is(result.code, 0);
  }),
);

fuzz.run();
