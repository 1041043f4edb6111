// SPDX-License-Identifier: MIT
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../../toolchain.ts';

/** The portable sources of all strategies, to be compiled with a test program of this folder. */
export async function balanceSources(program: string): Promise<string[]> {
  const folder = 'src/kmod/core/balance';
  const files = (await readdir(join(repository, folder))).filter((name) => name.endsWith('.c'));
  return [`test/kmod/core/balance/${program}`, ...files.map((file) => `${folder}/${file}`)];
}
