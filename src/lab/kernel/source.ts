// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../../image/code-key.ts';
import { type LinuxSource, linuxSourceStage } from '../../image/kernel/source.ts';
import type { Sources } from '../../image/sources/sources.ts';
import { hashTree } from '../../image/stage.ts';

const patch = fileURLToPath(new URL('seed.patch', import.meta.url));

/** The boards' kernel source, with the files of User Mode Linux that no board compiles, and the lab's patch. */
export async function labSourceStage(sources: Sources): Promise<LinuxSource> {
  const { archive } = await linuxSourceStage(sources);
  return {
    id: 'lab-linux-source',
    archive,
    inputs: { leftOut, code: await codeOf(import.meta.url), sources: await hashTree([patch]) },
    deps: [archive],
    async run(ctx) {
      const name = archive.info.package;
      const tarball = join(ctx.output(archive), 'root/usr/src', `${name}.tar.xz`);
      const exclude = leftOut.map((pattern) => `--exclude=${name}/${pattern}`);
      await ctx.exec(['tar', '-xf', tarball, '-C', ctx.out, '--strip-components=1', '--wildcards', exclude]);
      await ctx.exec(['patch', '-p1', '-d', ctx.out, '-i', patch]);
    },
  };
}

/** Kconfig files stay: the configuration reads them all. */
const leftOut = [
  ...['arch/[!ux]*/*.[chS]', 'arch/xtensa/*.[chS]', '*.dts', '*.dtsi', 'Documentation/[!K]*'],
  ...['accel', 'gpu', 'infiniband', 'media', 'staging', 'scsi', 'usb'].map((dir) => `drivers/${dir}/*.[ch]`),
  ...['sound/*.[ch]', 'tools/perf', 'tools/testing'],
];
