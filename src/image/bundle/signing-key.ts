// SPDX-License-Identifier: MIT
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../errors.ts';
import { homeDir } from '../home.ts';

/** The key pair that update bundles are signed with. */
export interface SigningKey {
  /** Where the private key lies; only its owner may read it. */
  readonly path: string;
  readonly privateKey: KeyObject;
  /** PEM; goes into the image and beside the bundle. */
  readonly publicPem: string;
}

/** SWUpdate with Mbed TLS reads signatures of this length and no other. */
const bits = 2048;

/** Where the signing key lies: $PLAIT_KEYS, else $XDG_CONFIG_HOME/plait/keys, else ~/.config/plait/keys. */
export function keyDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PLAIT_KEYS) return resolve(env.PLAIT_KEYS);
  const given = env.XDG_CONFIG_HOME;
  // As the XDG specification says, a relative path does not count.
  return join(given && isAbsolute(given) ? given : join(homeDir(env), '.config'), 'plait/keys');
}

/**
 * The signing key of this user; made on first use, with mode 0600, in a directory with mode 0700. Throws a UsageError
 * for a key that others may read, or of another kind than SWUpdate checks.
 */
export async function signingKey(dir: string): Promise<SigningKey> {
  const path = join(dir, 'update.key');
  const pem = (await readKey(path)) ?? (await makeKey(dir, path));
  const privateKey = parseKey(pem, path);
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { path, privateKey, publicPem };
}

async function readKey(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  if ((found.mode & 0o077) !== 0)
    throw new UsageError(
      `${path}: others may read the signing key (mode ${(found.mode & 0o777).toString(8)}); run: chmod 600 ${path}`,
    );
  return readFile(path, 'utf8');
}

async function makeKey(dir: string, path: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const fresh = `${path}.${randomUUID()}`;
  await writeFile(fresh, pem, { mode: 0o600, flag: 'wx' });
  try {
    // Two builds may make the first key at once: the one that is there first counts.
    await link(fresh, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await unlink(fresh);
  }
  return readFile(path, 'utf8');
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === bits) return key;
  } catch (error) {
    throw new UsageError(`${path}: not a private key in PEM form: ${(error as Error).message}`);
  }
  throw new UsageError(
    `${path}: the signing key must be an RSA key of ${bits} bits; SWUpdate on the board checks no other`,
  );
}
