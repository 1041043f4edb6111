// SPDX-License-Identifier: MIT
import { type Command, Option } from 'commander';
import { type ToolchainKind, toolchainKinds } from '../image/engine/buildroot/defconfig.ts';
import type { BuildrootOptions } from '../image/engine/buildroot/engine.ts';

/** What the command line says of engine buildroot. */
export interface BuildrootChoice {
  readonly buildroot?: string;
  readonly toolchain: ToolchainKind;
  readonly overrides?: string;
}

/** Gives a verb the options of engine buildroot. */
export function withBuildrootOptions(command: Command): Command {
  return command
    .addOption(new Option('--buildroot <dir>', 'a tree of Buildroot').env('BUILDROOT_DIR'))
    .addOption(
      new Option('--toolchain <kind>', "engine buildroot's compiler: the pipeline's own, or one it builds")
        .choices(toolchainKinds)
        .default('external' satisfies ToolchainKind),
    )
    .addOption(
      new Option(
        '--overrides <file>',
        "Buildroot's override file (local.mk), for sources that cannot be had",
      ).env('BUILDROOT_OVERRIDES'),
    );
}

/** The choice as the engine takes it. An empty BUILDROOT_DIR or BUILDROOT_OVERRIDES names nothing. */
export function chosenBuildroot({
  buildroot,
  toolchain,
  overrides,
}: BuildrootChoice): Pick<BuildrootOptions, 'dir' | 'toolchain' | 'overrides'> {
  return { dir: buildroot || undefined, toolchain, overrides: overrides || undefined };
}
