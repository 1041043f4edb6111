// SPDX-License-Identifier: MIT
/** The public keys that an image on this machine may be signed with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { program } from '../flash/this-machine.ts';
import { type PublicKey, readPublicKey, trustedKeys } from '../image/bundle/public-key.ts';
import { keyDir, signingKey, trustedDir } from '../image/bundle/signing-key.ts';
import { askPassphrase } from './key-options.ts';

/** Those that are named; else those of the user, who may have become root by sudo for the card's sake. */
export async function imageKeys(named: readonly string[], signal: AbortSignal): Promise<PublicKey[]> {
  if (named.length > 0) return Promise.all(named.map((file) => readPublicKey(file)));
  const home = await homeBeforeSudo(signal);
  const dirs = [keyDir(), ...(home === undefined ? [] : [keyDir({ HOME: home })])];
  const keys: PublicKey[] = [];
  for (const dir of new Set(dirs)) keys.push(...(await ownKey(dir)), ...(await trustedKeys(trustedDir(dir))));
  return keys;
}

/** The public half of the key that this user's images are signed with. */
async function ownKey(dir: string): Promise<PublicKey[]> {
  const chosen = process.env.PLAIT_KEY;
  if (!chosen && !existsSync(join(dir, 'update.key'))) return [];
  const choice = { ...(chosen ? { key: chosen } : {}), mustExist: true, passphrase: askPassphrase };
  const { publicPem, origin } = await signingKey(dir, choice);
  return [{ pem: publicPem, origin }];
}

async function homeBeforeSudo(signal: AbortSignal): Promise<string | undefined> {
  const user = process.env.SUDO_USER;
  if (!user || user === 'root') return undefined;
  try {
    return (await program(['getent', 'passwd', user], signal)).split(':')[5];
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
