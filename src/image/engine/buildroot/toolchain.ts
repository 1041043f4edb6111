// SPDX-License-Identifier: MIT
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeScript } from '../../archive-tools.ts';
import { BuildError } from '../../errors.ts';
import type { Arch } from '../toolchain/arch.ts';

/**
 * Writes into `dir` what Buildroot takes for a toolchain of its own: programs that call the pipeline's toolchain in
 * `toolchain`. Buildroot calls them through links, asks for some by other names, and refuses a compiler that says it
 * was configured for the root directory as Debian's was.
 */
export async function writeExternalToolchain(dir: string, toolchain: string, arch: Arch): Promise<void> {
  const bin = join(dir, 'bin');
  await rm(dir, { recursive: true, force: true });
  await mkdir(bin, { recursive: true });
  const program = (tool: string) => join(toolchain, 'bin', `${arch.target}-${tool}`);
  for (const name of await readdir(join(toolchain, 'bin')))
    await writeScript(join(bin, name), ['#!/bin/sh', `exec "${join(toolchain, 'bin', name)}" "$@"`]);
  for (const tool of ['ar', 'nm', 'ranlib'])
    await writeScript(join(bin, `${arch.target}-gcc-${tool}`), ['#!/bin/sh', `exec "${program(tool)}" "$@"`]);
  for (const tool of ['gcc', 'cc'])
    await writeScript(join(bin, `${arch.target}-${tool}`), [
      '#!/bin/sh',
      'case "$*" in',
      `-v) "${program(tool)}" -v 2>&1 | sed 's# --with-sysroot=/ # --with-sysroot=/sdk #' >&2 ;;`,
      `-dumpmachine) echo ${arch.target} ;;`,
      `*) exec "${program(tool)}" "$@" ;;`,
      'esac',
    ]);
}

/**
 * What the paths of a toolchain's programs begin with (CROSS_COMPILE), in an output directory whose toolchain is ready.
 * Buildroot names its own after itself, ours as it is called.
 */
export async function crossPrefix(output: string): Promise<string> {
  const bin = join(output, 'host/bin');
  const gcc = (await readdir(bin)).find((name) => /-musl-gcc$/.test(name));
  if (gcc === undefined) throw new BuildError(`${bin} holds no compiler of the form *-musl-gcc`);
  return join(bin, gcc.slice(0, -'gcc'.length));
}
