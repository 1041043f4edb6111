// SPDX-License-Identifier: MIT
/** Buildroot's `.hash` files: which bytes a source has. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { exists } from '../../exists.ts';

/** Upstream publishes one of the two: gcc and binutils have SHA-512 only. */
export interface Hash {
  readonly algorithm: 'sha256' | 'sha512';
  /** Hexadecimal. */
  readonly digest: string;
}

/** By file name. */
export type Hashes = ReadonlyMap<string, Hash>;

/** Of all .hash files below the directories. */
export async function readHashes(dirs: readonly string[]): Promise<Hashes> {
  const hashes = new Map<string, Hash>();
  for (const dir of dirs) {
    if (!(await exists(dir))) continue;
    for (const entry of await readdir(dir, { recursive: true })) {
      if (!entry.endsWith('.hash')) continue;
      for (const [name, hash] of parseHashes(await readFile(join(dir, entry), 'utf8'))) {
        // Debian's indexes know files by SHA-256, so that one is taken where both are there.
        if (hash.algorithm === 'sha256' || !hashes.has(name)) hashes.set(name, hash);
      }
    }
  }
  return hashes;
}

/** The lines `sha256  <hexadecimal>  <file>` of a .hash file, and those with sha512. */
export function parseHashes(text: string): [string, Hash][] {
  const line = /^(sha256|sha512)[ \t]+([0-9a-f]+)[ \t]+(\S+)$/gm;
  return [...text.matchAll(line)].flatMap(([, word, digest = '', name = '']) => {
    const algorithm = word as Hash['algorithm'];
    return digest.length === digits[algorithm] ? [[name, { algorithm, digest }] as [string, Hash]] : [];
  });
}

const digits = { sha256: 64, sha512: 128 } as const;

/** Whether a file has these bytes; undefined when it is not there. */
export async function hasHash(path: string, { algorithm, digest }: Hash): Promise<boolean | undefined> {
  if (!(await exists(path))) return undefined;
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex') === digest;
}
