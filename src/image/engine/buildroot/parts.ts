// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { exists } from '../../exists.ts';
import type { Stage } from '../../stage.ts';
import type { EngineParts } from '../engine.ts';
import type { ToolchainKind } from './defconfig.ts';

/** The package that installs the C library when the toolchain comes from outside; else musl does itself. */
const externalLibc = 'toolchain-external-custom';

/** The parts of an image as stages of their own, taken out of the output of `build`. */
export function partStages(
  build: Stage,
  names: readonly string[],
  toolchain: ToolchainKind,
): Pick<EngineParts, 'packages' | 'kernel' | 'modules' | 'agent' | 'reports'> {
  const taken = (id: string, from: string, to = '.'): Stage => ({
    id,
    inputs: { from, to },
    deps: [build],
    async run(ctx) {
      const source = join(ctx.output(build), from);
      const target = join(ctx.out, to);
      await ctx.exec(['mkdir', '-p', target]);
      if (await exists(source)) await ctx.exec(['cp', '-a', `${source}/.`, target]);
    },
  });
  return {
    packages: [
      ...(toolchain === 'external' ? [taken('package:musl', `packages/${externalLibc}`, 'root')] : []),
      ...names.map((name) => taken(`package:${name}`, `packages/${name}`, 'root')),
    ],
    kernel: taken('kernel', 'kernel'),
    modules: taken('modules', 'modules'),
    agent: taken('agent', 'agent'),
    reports: [taken('buildroot-reports', 'reports')],
  };
}
