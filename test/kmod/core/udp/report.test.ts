// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';

const INPUTS = 3_000;
const SEED = 20_261_130;

const fuzz = suite('reports of a leg');

fuzz(
  `${INPUTS} lossy lines: losses exact, round trip within 5 %, legs within 1 ms of each other; lies change nothing`,
  () =>
    inScratch(async (folder) => {
      const program = join(folder, 'report-fuzz');
      await compileCore(
        ['test/kmod/core/fuzz-main.c', 'test/kmod/core/udp/report-fuzz.c', 'src/kmod/core/udp/report.c'],
        program,
      );
      const result = await run([program, String(INPUTS), String(SEED), '1024']);
      assert.is(result.output, `${INPUTS} inputs\n`);
      assert.is(result.code, 0);
    }),
);

fuzz(
  `${INPUTS} lines with CONTROL messages and losses: what reports say of packets is so, and each hole is named once`,
  () =>
    inScratch(async (folder) => {
      const program = join(folder, 'arrivals-fuzz');
      const parts = ['report', 'serial', 'missing', 'arrivals', 'replay'];
      await compileCore(
        [
          'test/kmod/core/fuzz-main.c',
          'test/kmod/core/udp/arrivals-fuzz.c',
          ...parts.map((part) => `src/kmod/core/udp/${part}.c`),
        ],
        program,
      );
      const result = await run([program, String(INPUTS), String(SEED), '1024']);
      assert.is(result.output, `${INPUTS} inputs\n`);
      assert.is(result.code, 0);
    }),
);

fuzz.run();
