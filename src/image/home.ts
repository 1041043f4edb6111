// SPDX-License-Identifier: MIT
import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { UsageError } from './errors.ts';

/**
 * The user's home directory: $HOME, else what /etc/passwd says. Throws a UsageError when neither is an absolute path:
 * what is meant for a home must not land in whatever directory the command was started in.
 */
export function homeDir(env: NodeJS.ProcessEnv = process.env, passwd: () => string = passwdHome): string {
  if (env.HOME && isAbsolute(env.HOME)) return env.HOME;
  if (env.HOME) throw new UsageError(`HOME is '${env.HOME}'; it must be an absolute path`);
  const home = passwd();
  if (isAbsolute(home)) return home;
  throw new UsageError(
    'HOME is not set, and this user has no home directory; set HOME, or PLAIT_CACHE and PLAIT_KEYS',
  );
}

function passwdHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // A user without an entry, as in containers.
    return '';
  }
}
