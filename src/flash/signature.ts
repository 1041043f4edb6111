// SPDX-License-Identifier: MIT
/**
 * Who vouches for an image: the signed provenance beside it, which names the SHA-256 of every published file. A manifest
 * tells what is damaged; only the signature tells what is another's.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprint, type PublicKey } from '../image/bundle/public-key.ts';
import { BuildError, UsageError } from '../image/errors.ts';
import { openEnvelope } from '../image/provenance/dsse.ts';
import { provenanceFile } from '../image/provenance/statement.ts';
import { signedFacts } from '../image/provenance/verify-image.ts';

/** What a signature that was checked says. */
export interface Vouched {
  readonly key: PublicKey;
  readonly board: string;
  /** SHA-256 by name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Checks the signature beside an image with keys of which any may have made it.
 * @throws UsageError when there is none, or nothing to check it with; BuildError when none of the keys has made it
 */
export function readSignature(path: string, keys: readonly PublicKey[]): Vouched {
  const file = join(dirname(path), provenanceFile);
  if (!existsSync(file))
    throw new UsageError(
      `${path}: there is no ${provenanceFile} beside it, which holds its signature; copy the whole folder that the build ` +
        'wrote, or say --unsigned',
    );
  if (keys.length === 0)
    throw new UsageError(
      `${path}: this user has no key to check its signature with. Name the public key of whoever made the image, which you ` +
        'have from them and not from the same place: --key FILE. Or say --unsigned',
    );
  try {
    const { statement, key } = openEnvelope(readFileSync(file, 'utf8'), keys);
    const { board, subjects } = signedFacts(statement);
    return { key, board, files: subjects };
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    const tried = keys.map(({ pem, origin }) => `${fingerprint(pem).slice(0, 16)} (${origin})`).join(', ');
    throw new BuildError(
      `${file}: ${error.message}. Tried: ${tried}. Another key is named by --key FILE; --unsigned does without`,
      { cause: error },
    );
  }
}

/** @throws BuildError when a file is not the one that was signed */
export function checkSigned(vouched: Vouched, name: string, sha256: string): void {
  const signed = vouched.files.get(name);
  if (signed === undefined)
    throw new BuildError(`${name} is not among the files that are signed in ${provenanceFile}`);
  if (signed !== sha256)
    throw new BuildError(
      `${name} is not the file that was signed: its SHA-256 is ${sha256}, signed is ${signed}`,
    );
}
