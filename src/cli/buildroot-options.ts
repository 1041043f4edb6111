// SPDX-License-Identifier: MIT
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type ToolchainKind, toolchainKinds } from '../image/engine/buildroot/defconfig.ts';
import type { BuildrootOptions } from '../image/engine/buildroot/engine.ts';
import { parseOverrides } from '../image/engine/buildroot/overrides.ts';
import type { EngineName } from '../image/engine/engines.ts';
import { UsageError } from '../image/errors.ts';
import { mustBeFolder, readInput } from './inputs.ts';

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

/**
 * Refuses what is wrong about these options before anything is asked of the network: files that are not there, and options
 * that the engine does not have. What stands in the environment is no option of this command line. @throws UsageError
 */
export async function checkBuildrootUse(
  verb: Command,
  engine: EngineName | 'auto' | undefined,
): Promise<void> {
  const { buildroot, overrides } = verb.opts<BuildrootChoice>();
  for (const { long, name } of offered())
    if (engine === 'debian' && verb.getOptionValueSource(name) === 'cli')
      throw new UsageError(
        `${long} is for engine buildroot, not for engine debian; say --engine buildroot too`,
      );
  if (engine === 'debian') return;
  if (buildroot) await mustBeFolder('--buildroot', buildroot);
  if (!overrides) return;
  const file = resolve(overrides);
  for (const { dir } of parseOverrides((await readInput('--overrides', file)).toString(), file))
    await mustBeFolder(`--overrides: ${file}`, dir);
}

function offered(): { long: string; name: string }[] {
  const { options } = withBuildrootOptions(new Command());
  return options.map((option) => ({ long: option.long ?? '', name: option.attributeName() }));
}

/** The choice as the engine takes it. An empty BUILDROOT_DIR or BUILDROOT_OVERRIDES names nothing. */
export function chosenBuildroot({
  buildroot,
  toolchain,
  overrides,
}: BuildrootChoice): Pick<BuildrootOptions, 'dir' | 'toolchain' | 'overrides'> {
  return { dir: buildroot || undefined, toolchain, overrides: overrides || undefined };
}
