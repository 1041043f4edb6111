// SPDX-License-Identifier: MIT
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AGENT_NATIVE, agentCompileCommands, bundleAgent } from '../../../agent/build.ts';
import { codeOf } from '../../code-key.ts';
import { hashTree, hashValue, type Stage } from '../../stage.ts';
import type { Arch } from '../toolchain/arch.ts';

export interface AgentParts {
  readonly board: string;
  /** Plait's own version. */
  readonly version: string;
  readonly arch: Arch;
  readonly toolchain: Stage;
  /** The recipe's stage: `staging/` with libquickjs.a, its headers, and `bin/qjsc` for the build machine. */
  readonly quickjs: Stage;
}

/** The agent as one static executable. Output: `usr/bin/plaitctl`. */
export async function agentStage({ board, version, arch, toolchain, quickjs }: AgentParts): Promise<Stage> {
  const text = await bundleAgent({ version, board });
  return {
    id: 'agent',
    inputs: {
      // What esbuild made of the agent and of packages from npm, and what is compiled beside it.
      bundle: hashValue(text),
      native: await hashTree([AGENT_NATIVE]),
      code: await codeOf(import.meta.url),
    },
    deps: [toolchain, quickjs],
    async run(ctx) {
      // Its name stands in every backtrace: without the path of the build machine.
      const bundle = 'agent.js';
      await writeFile(join(ctx.work, bundle), text);
      await mkdir(join(ctx.out, 'usr/bin'), { recursive: true });
      const staging = join(ctx.output(quickjs), 'staging');
      const commands = agentCompileCommands({
        qjsc: join(staging, 'bin/qjsc'),
        cc: [join(ctx.output(toolchain), 'bin', `${arch.target}-gcc`)],
        include: join(staging, 'usr/include/quickjs'),
        lib: join(staging, 'usr/lib/libquickjs.a'),
        cflags: [],
        bundle,
        work: ctx.work,
        out: join(ctx.out, 'usr/bin/plaitctl'),
      });
      for (const command of commands) await ctx.exec(command, { env: { PLAIT_WORK: ctx.work } });
    },
  };
}
