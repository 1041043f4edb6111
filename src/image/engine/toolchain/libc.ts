// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { codeOf } from '../../code-key.ts';
import type { Stage } from '../../stage.ts';
import type { Arch } from './arch.ts';

/** musl as it lands on the board: one file that is the C library and the loader of programs. Output: `root/`. */
export async function libcStage(arch: Arch, toolchain: Stage): Promise<Stage> {
  return {
    id: 'package:musl',
    inputs: { code: await codeOf(import.meta.url) },
    deps: [toolchain],
    async run(ctx) {
      const from = join(ctx.output(toolchain), 'sysroot/lib');
      const lib = join(ctx.out, 'root/lib');
      await ctx.exec(['mkdir', '-p', lib]);
      await ctx.exec(['cp', '-a', join(from, 'libc.so'), join(from, `ld-musl-${arch.musl}.so.1`), lib]);
      await ctx.exec([
        join(ctx.output(toolchain), 'bin', `${arch.target}-strip`),
        ['-s', '-R', '.comment', join(lib, 'libc.so')],
      ]);
    },
  };
}
