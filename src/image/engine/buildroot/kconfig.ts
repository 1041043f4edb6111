// SPDX-License-Identifier: MIT
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../../errors.ts';
import { formatConfig, overrideConfig, unmetWishes, type Wish } from '../../kernel/fragments.ts';
import { type Argv, type ExecOptions, hashValue } from '../../stage.ts';

/** A package that is configured like the kernel, with what is wished of it over `allnoconfig`. */
export interface KconfigPackage {
  /** As Buildroot calls it: `busybox`, `linux`. */
  readonly name: string;
  readonly wishes: readonly Wish[];
  /**
   * Whether its allnoconfig knows KCONFIG_ALLCONFIG, and sets in one go what only becomes visible by other wishes, as
   * Linux does. The others take the wishes that allnoconfig shows.
   */
  readonly allconfig: boolean;
}

/** Runs a package's own makefile. */
export type PackageMake = (argv: Argv, options?: Pick<ExecOptions, 'env' | 'input'>) => Promise<void>;

/** Whether `file` is what `writeKconfig` made of the same wishes; an output directory is for one source and compiler. */
export async function isWritten({ wishes }: KconfigPackage, file: string): Promise<boolean> {
  const text = (path: string) => readFile(path, 'utf8').catch(() => '');
  return (await text(markOf(file))) === hashValue(formatConfig(wishes)) && (await text(file)) !== '';
}

/**
 * Writes `file`, the complete configuration for Buildroot, which would fill up with Kconfig's defaults what is not in
 * it. Made with the package's own, unpacked source. The file is only touched when it changes: Buildroot builds the
 * package again when it is newer.
 */
export async function writeKconfig(
  pkg: KconfigPackage,
  { source, file, make }: { readonly source: string; readonly file: string; readonly make: PackageMake },
): Promise<void> {
  const complete = await completeConfig(pkg, source, make, `${file}.wishes`);
  if ((await readFile(file, 'utf8').catch(() => '')) !== complete) await writeFile(file, complete);
  await writeFile(markOf(file), hashValue(formatConfig(pkg.wishes)));
}

function markOf(file: string): string {
  return `${file}.of`;
}

async function completeConfig(
  { wishes, allconfig }: KconfigPackage,
  source: string,
  make: PackageMake,
  scratch: string,
): Promise<string> {
  const config = join(source, '.config');
  // What a package that is built already was configured with goes on counting until Buildroot configures it anew.
  const before = await readFile(config).catch(() => undefined);
  if (allconfig) {
    await writeFile(scratch, formatConfig(wishes));
    await make(['allnoconfig'], { env: { KCONFIG_ALLCONFIG: scratch } });
  } else {
    await make(['allnoconfig']);
    await writeFile(config, overrideConfig(await readFile(config, 'utf8'), wishes));
    // An empty line takes the default; some ask for a line each, some take the end of the file for one.
    await make(['oldconfig'], { input: '\n'.repeat(10_000) });
  }
  const complete = await readFile(config, 'utf8');
  if (before) await writeFile(config, before);
  else await rm(config);
  return complete;
}

/** Refuses a package whose built configuration is not what was wished. */
export async function checkBuiltConfig({ name, wishes }: KconfigPackage, config: string): Promise<void> {
  const unmet = unmetWishes(await readFile(config, 'utf8'), wishes);
  if (unmet.length > 0)
    throw new BuildError(`${name} is not configured as asked for:\n  ${unmet.join('\n  ')}`);
}
