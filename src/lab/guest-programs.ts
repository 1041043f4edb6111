// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../image/code-key.ts';
import type { Arch } from '../image/engine/toolchain/arch.ts';
import { hashTree, type Stage } from '../image/stage.ts';

const source = (name: string) => fileURLToPath(new URL(`guest/${name}.c`, import.meta.url));

/** Programs of the lab's own, for what no package of its guest does. */
const programs = ['connections', 'trace-line'] as const;

/** Output: `bin/`, the programs, which need no library. */
export async function guestProgramsStage(arch: Arch, toolchain: Stage): Promise<Stage> {
  return {
    id: 'lab-programs',
    inputs: { code: await codeOf(import.meta.url), sources: await hashTree([...programs.map(source)]) },
    deps: [toolchain],
    async run(ctx) {
      const cc = join(ctx.output(toolchain), 'bin', `${arch.target}-gcc`);
      await mkdir(join(ctx.out, 'bin'));
      for (const name of programs) {
        await ctx.exec([cc, '-O2', '-static', '-s', '-o', join(ctx.out, 'bin', name), source(name)]);
      }
    },
  };
}
