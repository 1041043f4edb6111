// SPDX-License-Identifier: MIT
import { isAbsolute, join, resolve } from 'node:path';
import { homeDir } from '../home.ts';
import type { KeyChoice, SigningKey } from './key.ts';
import { readOrMakeKeyFile } from './key-file.ts';
import { tokenKey } from './key-token.ts';
import { fingerprint } from './public-key.ts';

/** Where keys lie: $PLAIT_KEYS, else $XDG_CONFIG_HOME/plait/keys, else ~/.config/plait/keys. */
export function keyDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PLAIT_KEYS) return resolve(env.PLAIT_KEYS);
  const given = env.XDG_CONFIG_HOME;
  // As the XDG specification says, a relative path does not count.
  return join(given && isAbsolute(given) ? given : join(homeDir(env), '.config'), 'plait/keys');
}

/** Where the public keys lie that images take besides the one they are signed with. */
export function trustedDir(dir: string): string {
  return join(dir, 'trusted');
}

/** The key that is chosen, or the one in the directory of keys. Throws a UsageError that says what is wrong with it. */
export function signingKey(dir: string, choice: KeyChoice = {}): Promise<SigningKey> {
  const { key } = choice;
  if (key?.startsWith('pkcs11:')) return tokenKey(key);
  if (key !== undefined) return readOrMakeKeyFile(resolve(key), { ...choice, mustExist: true });
  return readOrMakeKeyFile(join(dir, 'update.key'), choice);
}

/** For the end of a build: which key it was, and what a new one means. */
export function keyLines({ origin, publicPem, isNew }: SigningKey): string[] {
  const short = fingerprint(publicPem);
  if (!isNew) return [`signed with key ${short} (${origin})`];
  return [
    `NEW SIGNING KEY ${short}`,
    `  made by this build, in ${origin}; keep a copy of it in a safe place.`,
    '  Boards that run an earlier image do not know it and refuse this bundle. If you have shipped images before, build',
    '  again with the key that signed them: --key FILE (--require-key never makes a new one).',
  ];
}
