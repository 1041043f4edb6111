// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../image/code-key.ts';
import type { Arch } from '../image/engine/toolchain/arch.ts';
import { iproute2 } from '../image/packages/iproute2.ts';
import type { PackageStage, Sources } from '../image/sources/sources.ts';
import { unpackSource } from '../image/sources/unpack.ts';
import { hashTree, type Stage, type StageContext } from '../image/stage.ts';

const source = (name: string) => fileURLToPath(new URL(`guest/${name}.c`, import.meta.url));

/** Programs of the lab's own, for what no package of its guest does. */
const programs = ['connections', 'trace-line', 'udp-legs', 'udp-attack'] as const;

/** What the guest's `ip` loads to know plait devices. */
const plugin = fileURLToPath(new URL('../iproute2/iplink_plait.c', import.meta.url));

/** Headers that these and the plugin read. */
const uapi = fileURLToPath(new URL('../kmod/uapi', import.meta.url));

/** Output: `bin/`, the programs, which need no library, and `link_plait.so` and `link_plait_slave.so`. */
export async function guestProgramsStage(arch: Arch, toolchain: Stage, sources: Sources): Promise<Stage> {
  const ip = await sources.source(iproute2.source);
  const files = [plugin, uapi, ...programs.map(source)];
  return {
    id: 'lab-programs',
    inputs: { code: await codeOf(import.meta.url), sources: await hashTree(files) },
    deps: [toolchain, ip],
    async run(ctx) {
      const cc = join(ctx.output(toolchain), 'bin', `${arch.target}-gcc`);
      await mkdir(join(ctx.out, 'bin'));
      for (const name of programs) {
        await ctx.exec([
          cc,
          '-O2',
          '-static',
          '-s',
          '-I',
          uapi,
          '-o',
          join(ctx.out, 'bin', name),
          source(name),
        ]);
      }
      await buildPlugin(ctx, ip);
    },
  };
}

/** With the machine's own compiler: the guest's programs are Debian's, and not of the board's C library. */
async function buildPlugin(ctx: StageContext, ip: PackageStage): Promise<void> {
  const src = await unpackSource(ctx, ip);
  const headers = ['include', 'include/uapi', 'ip'].map((dir) => `-I${join(src, dir)}`);
  const to = join(ctx.out, 'bin', 'link_plait.so');
  await ctx.exec([
    'gcc',
    '-O2',
    '-Wall',
    '-shared',
    '-fPIC',
    '-s',
    '-D_GNU_SOURCE',
    headers,
    '-o',
    to,
    plugin,
  ]);
  await ctx.exec(['ln', '-s', 'link_plait.so', join(ctx.out, 'bin', 'link_plait_slave.so')]);
}
