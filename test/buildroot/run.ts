// SPDX-License-Identifier: MIT
/**
 * Runs what needs a tree of Buildroot (`npm run test:buildroot`): the checks of our BR2_EXTERNAL tree, and a whole
 * image. The tree is $BUILDROOT_DIR, else the one that an image was built with; $BUILDROOT_OVERRIDES names an override
 * file for sources that cannot be had. Words after `--` choose files by their paths.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { buildrootHome } from '../../src/image/engine/buildroot/engine.ts';
import { buildrootTree, release } from '../../src/image/engine/buildroot/release.ts';
import { type CheckResult, runCheck } from '../support/check.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const home = buildrootHome(cacheDir());
const dir = process.env.BUILDROOT_DIR || undefined;

/** A cold build of an image compiles a kernel; in minutes. */
const deadline = 120;

try {
  const { signal } = new AbortController();
  process.env.BUILDROOT_DIR = (
    await buildrootTree({ dir, home, mirror: undefined, offline: true }, { signal })
  ).dir;
} catch (error) {
  console.error(
    `There is no tree of Buildroot to test with: ${(error as Error).message}. ` +
      `Unpack Buildroot ${release.version} and run: BUILDROOT_DIR=<its folder> npm run test:buildroot`,
  );
  process.exit(2);
}

const words = process.argv.slice(2);
const files = (await readdir(join(root, 'test/buildroot')))
  .filter((name) => name.endsWith('.buildroot.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();
const results: CheckResult[] = [];
for (const name of files) {
  const argv = ['node', '--import', 'tsx', join('test/buildroot', name)];
  results.push(await runCheck(name, argv, root, deadline * 60_000, 'uvu'));
}
const sum = (key: 'passed' | 'failed') => results.reduce((total, result) => total + result[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
