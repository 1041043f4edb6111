// SPDX-License-Identifier: MIT
import { isAbsolute, join, resolve } from 'node:path';
import { UsageError } from './errors.ts';
import { homeDir } from './home.ts';

/**
 * Where outputs, sources and build state live: $PLAIT_CACHE, else $XDG_CACHE_HOME/plait, else ~/.cache/plait. Throws a
 * UsageError for a path that makefiles cannot take.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const [dir, source] = chosen(env);
  // The kernel's makefile refuses blanks and colons; shells, make and Kconfig read others as their own.
  const bad = /[^\p{L}\p{M}\p{N}._+@/~-]/u.exec(dir)?.[0];
  if (bad === undefined) return dir;
  throw new UsageError(
    `the cache ${dir} (from ${source}) has ${describe(bad)} in its path, which makefiles of the kernel and of packages ` +
      'cannot take; name another place by PLAIT_CACHE, of letters, digits and . _ + - @ ~ only',
  );
}

function chosen(env: NodeJS.ProcessEnv): [dir: string, source: string] {
  if (env.PLAIT_CACHE) return [resolve(env.PLAIT_CACHE), 'PLAIT_CACHE'];
  // As the XDG specification says, a relative path does not count.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME))
    return [join(env.XDG_CACHE_HOME, 'plait'), 'XDG_CACHE_HOME'];
  return [join(homeDir(env), '.cache/plait'), 'HOME'];
}

function describe(character: string): string {
  return character === ' ' ? 'a blank' : `the character '${character}'`;
}
