// SPDX-License-Identifier: MIT
import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import type { KeyChoice, SigningKey } from './key.ts';
import { bundleKeys, type KeyKind } from './key-kind.ts';

/**
 * A private key in a PEM file that only its owner may read. When it is not there it is made, in a directory with mode
 * 0700, unless it must exist.
 */
export async function readOrMakeKeyFile(
  path: string,
  choice: KeyChoice,
  kind: KeyKind = bundleKeys,
): Promise<SigningKey> {
  let pem = await readKey(path);
  const isNew = pem === undefined;
  if (pem === undefined && choice.mustExist)
    throw new UsageError(
      `there is no signing key ${path}, and none may be made; name the one that signed the images in the field by ` +
        '--key FILE, or leave out --require-key to make a new one',
    );
  pem ??= await makeKey(path, kind);
  const privateKey = await parseKey(pem, path, choice, kind);
  return {
    origin: path,
    publicPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    isNew,
    sign: async (data) => sign(kind.digest, data, privateKey),
  };
}

async function readKey(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  await checkFolder(dirname(path));
  if (found === undefined) return undefined;
  if (!found.isFile()) throw new UsageError(`${path}: the signing key is not a file`);
  if ((found.mode & 0o077) !== 0)
    throw new UsageError(
      `${path}: others may read the signing key (mode ${octal(found.mode)}); run: chmod 600 ${path}`,
    );
  return readFile(path, 'utf8');
}

/** Who may write to the folder may put another key in the place of ours. */
async function checkFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (found === undefined || (found.mode & 0o022) === 0) return;
  throw new UsageError(
    `${dir}: others may write to the folder of the signing key (mode ${octal(found.mode)}); run: chmod go-w ${dir}`,
  );
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8);
}

async function makeKey(path: string, kind: KeyKind): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const pem = (await kind.generate()).export({ type: 'pkcs8', format: 'pem' }).toString();
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

async function parseKey(
  pem: string,
  path: string,
  { passphrase }: KeyChoice,
  kind: KeyKind,
): Promise<KeyObject> {
  const encrypted = /ENCRYPTED/.test(pem);
  const secret = encrypted ? await passphrase?.(path) : undefined;
  if (encrypted && secret === undefined)
    throw new UsageError(
      `${path}: the signing key is encrypted; give its passphrase by PLAIT_KEY_PASSPHRASE, or start the build on a terminal`,
    );
  let key: KeyObject;
  try {
    key = createPrivateKey(secret === undefined ? pem : { key: pem, passphrase: secret });
  } catch (error) {
    if (encrypted) throw new UsageError(`${path}: the passphrase does not open the signing key`);
    throw new UsageError(`${path}: not a private key in PEM form: ${(error as Error).message}`);
  }
  if (kind.fits(key)) return key;
  throw new UsageError(`${path}: the signing key must be ${kind.mustBe}`);
}
