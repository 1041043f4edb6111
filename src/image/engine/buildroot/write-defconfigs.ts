// SPDX-License-Identifier: MIT
/**
 * Writes `buildroot/configs/plait_<board>_defconfig` of every board from the boards' and recipes' facts, as short as
 * Buildroot's own `savedefconfig` makes it:
 *
 *   npm run defconfigs -- <tree of Buildroot>
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listBoards, loadBoard } from '../../board.ts';
import { UsageError } from '../../errors.ts';
import { runProgram } from '../../exec.ts';
import { defconfig } from './defconfig.ts';
import { externalTree } from './engine.ts';
import { Buildroot, type Run } from './make.ts';
import { configure } from './output.ts';

/** Where the defconfig of a board stands. */
export function defconfigFile(board: string): string {
  return join(externalTree, 'configs', `plait_${board}_defconfig`);
}

/** A board's defconfig without what is Buildroot's default anyway, in Kconfig's order. */
export async function savedDefconfig(name: string, tree: string): Promise<string> {
  const output = await mkdtemp(join(tmpdir(), 'plait-defconfig-'));
  const base = process.env as Record<string, string>;
  const signal = AbortSignal.timeout(300_000);
  const run: Run = (argv, { env, capture }) =>
    runProgram(argv, { cwd: output, base, env, capture, signal, line: () => {} });
  try {
    const buildroot = new Buildroot({ tree, external: externalTree, output }, run);
    await configure(buildroot, defconfig(await loadBoard(name), 'external'), []);
    const saved = join(output, 'saved');
    await buildroot.make(['savedefconfig', `BR2_DEFCONFIG=${saved}`]);
    return await readFile(saved, 'utf8');
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

async function main([tree]: readonly string[]): Promise<void> {
  if (tree === undefined) throw new UsageError('npm run defconfigs -- <tree of Buildroot>');
  for (const name of await listBoards())
    await writeFile(defconfigFile(name), await savedDefconfig(name, tree));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
