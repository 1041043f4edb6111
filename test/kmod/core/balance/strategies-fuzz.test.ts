// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';
import { balanceSources } from './sources.ts';

const INPUTS = 20_000;
const SEED = 20_261_121;

const fuzz = suite('fuzzer of the balancing strategies');

fuzz(`${INPUTS} inputs break none of the promises of a strategy`, () =>
  inScratch(async (folder) => {
    const program = join(folder, 'strategies-fuzz');
    await compileCore(await balanceSources('strategies-fuzz.c'), program);
    const result = await run([program, String(INPUTS), String(SEED)]);
    assert.is(result.output, `${INPUTS} inputs\n`);
    assert.is(result.code, 0);
  }),
);

fuzz.run();
