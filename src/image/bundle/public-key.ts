// SPDX-License-Identifier: MIT
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { bundleKeys, type KeyKind } from './key-kind.ts';

/** A public key that bundles are checked with. */
export interface PublicKey {
  /** Where it was read from. */
  readonly origin: string;
  readonly pem: string;
}

/** SHA-256 of a public key in hexadecimal, as `openssl pkey -pubin -outform DER | sha256sum` gives it. */
export function fingerprint(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}

/**
 * Public keys that an image takes besides the one it is signed with: every `*.pem` in a directory, sorted by name. Throws
 * a UsageError for what is no public key of this kind.
 */
export async function trustedKeys(dir: string, kind: KeyKind = bundleKeys): Promise<PublicKey[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const paths = names
    .filter((name) => name.endsWith('.pem'))
    .sort()
    .map((name) => join(dir, name));
  return Promise.all(paths.map((path) => readPublicKey(path, kind)));
}

/** Reads a file with one public key in PEM form. Throws a UsageError. */
export async function readPublicKey(origin: string, kind: KeyKind = bundleKeys): Promise<PublicKey> {
  const text = await readFile(origin, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT'
        ? `there is no public key ${origin}`
        : `${origin} cannot be read: ${error.message}`,
    );
  });
  return parsePublicKey(text, origin, kind);
}

/** The one public key of a text in PEM form; `origin` is where it came from. Throws a UsageError. */
export function parsePublicKey(text: string, origin: string, kind: KeyKind = bundleKeys): PublicKey {
  if (/PRIVATE KEY/.test(text))
    throw new UsageError(`${origin} is a private key; name the public one, ${kind.publicFile}`);
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw new UsageError(`${origin} is not a public key in PEM form`);
  }
  if (!kind.fits(key)) throw new UsageError(`${origin} must be ${kind.mustBe}`);
  return { origin, pem: key.export({ type: 'spki', format: 'pem' }).toString() };
}

/** Where an image keeps the keys that it takes bundles of, below the root: a file each, named by its fingerprint. */
export const keysFolder = 'etc/plait/update-keys';

/** The files of that folder: name → PEM. A key that is given twice is there once. */
export function keyFiles(pems: readonly string[]): Map<string, string> {
  return new Map(pems.map((pem) => [`${fingerprint(pem).slice(0, 16)}.pem`, pem] as const).sort());
}
