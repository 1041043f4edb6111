// SPDX-License-Identifier: MIT
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where outputs, sources and build state live: $PLAIT_CACHE, else $XDG_CACHE_HOME/plait, else ~/.cache/plait. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PLAIT_CACHE) return resolve(env.PLAIT_CACHE);
  return join(env.XDG_CACHE_HOME ? resolve(env.XDG_CACHE_HOME) : join(homedir(), '.cache'), 'plait');
}
