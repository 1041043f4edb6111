// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';
import { ORDER } from './order-sources.ts';

const SEED = 20_261_130;

const fuzz = suite('fuzzers of the resequencer');

async function holds(name: string, inputs: number, bytes: number): Promise<void> {
  await inScratch(async (folder) => {
    const program = join(folder, name);
    const sources = ['test/kmod/core/fuzz-main.c', `test/kmod/core/udp/${name}.c`, ...ORDER];
    await compileCore(sources, program);
    const result = await run([program, String(inputs), String(SEED), String(bytes)]);
    assert.is(result.output, `${inputs} inputs\n`);
    assert.is(result.code, 0);
  });
}

fuzz('100,000 worlds: what an oracle knows to be right, in order and in time', () =>
  holds('order-fuzz', 100_000, 1024),
);

fuzz('30,000 hostile far ends: bounded looks and memory, and each packet comes back in time', () =>
  holds('order-hostile-fuzz', 30_000, 1024),
);

fuzz.run();
