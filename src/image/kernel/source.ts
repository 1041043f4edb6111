// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { codeOf } from '../code-key.ts';
import { BuildError } from '../errors.ts';
import type { PackageStage, Sources } from '../sources/sources.ts';
import type { Stage } from '../stage.ts';

/** The kernel series of every board; Debian packs its source tree as a binary package. */
export const kernelSeries = '6.12';

export interface LinuxSource extends Stage {
  /** Where it came from. */
  readonly archive: PackageStage;
}

/**
 * The kernel's source tree as the stage's output, without what an x86 router never compiles: half the files, which
 * would only be written, hashed and kept.
 */
export async function linuxSourceStage(sources: Sources): Promise<LinuxSource> {
  const name = `linux-source-${kernelSeries}`;
  const archive = await sources.binary({
    name,
    range: `>=${kernelSeries} <${kernelSeries}.999`,
    releases: ['bookworm', 'trixie'],
  });
  return {
    id: 'linux-source',
    archive,
    inputs: { leftOut, code: await codeOf(import.meta.url) },
    deps: [archive],
    async run(ctx) {
      const tarball = join(ctx.output(archive), 'root/usr/src', `${name}.tar.xz`);
      const exclude = leftOut.map((pattern) => `--exclude=${name}/${pattern}`);
      await ctx.exec(['tar', '-xf', tarball, '-C', ctx.out, '--strip-components=1', '--wildcards', exclude]);
      const makefile = await ctx.read(['head', '-n', '5', join(ctx.out, 'Makefile')]);
      const found = /VERSION = (\d+)\nPATCHLEVEL = (\d+)/.exec(makefile)?.slice(1).join('.');
      if (found !== kernelSeries)
        throw new BuildError(
          `${tarball}: holds Linux ${found ?? 'of no known version'}, not ${kernelSeries}`,
        );
    },
  };
}

/**
 * Kconfig files stay: the configuration reads them all; and so does drm_panel_orientation_quirks.c, which UEFI's frame buffer
 * (FB_EFI) compiles without anything else of DRM.
 */
const leftOut = [
  ...['arch/[!x]*/*.[chS]', 'arch/xtensa/*.[chS]', '*.dts', '*.dtsi', 'Documentation/[!K]*'],
  ...['accel', 'infiniband', 'media', 'staging'].map((dir) => `drivers/${dir}/*.[ch]`),
  ...['[!d]*.[ch]', 'drm/*/*.[ch]', 'drm/drm_[!p]*.[ch]'].map((files) => `drivers/gpu/${files}`),
  ...['sound/*.[ch]', 'tools/perf', 'tools/testing'],
];
