// SPDX-License-Identifier: MIT
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleFacts, verifyBundle } from '../bundle/bundle.ts';
import type { PublicKey } from '../bundle/public-key.ts';
import { hashFile } from '../cache.ts';
import { BuildError, UsageError } from '../errors.ts';
import { openEnvelope } from './dsse.ts';
import { buildType, provenanceFile } from './statement.ts';

/** What a directory with an image was found to be. */
export interface VerifiedImage {
  readonly board: string;
  readonly version: string;
  /** Commit of the checkout, where nothing in it was changed. */
  readonly revision?: string;
  /** The key that has signed. */
  readonly key: PublicKey;
  readonly files: readonly VerifiedFile[];
  readonly bundle?: BundleFacts;
  readonly ok: boolean;
}

/**
 * `right`: its bytes are those that were signed. `altered`: they are not. `absent`: signed, and not in the directory.
 * `unsigned`: in the directory, and the signature says nothing of it.
 */
export interface VerifiedFile {
  readonly name: string;
  readonly state: 'right' | 'altered' | 'absent' | 'unsigned';
}

/**
 * Checks a published directory, or what somebody downloaded of one: the signature of the provenance, the hash of each file
 * that it names, and the update bundle. Throws a BuildError when the provenance or the bundle is not what a trusted key
 * signed, a UsageError when there is none.
 */
export async function verifyImage(dir: string, trusted: readonly PublicKey[]): Promise<VerifiedImage> {
  const text = await readFile(join(dir, provenanceFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      throw new UsageError(`${dir} holds no ${provenanceFile}: it is no directory of an image`);
    throw error;
  });
  const { statement, key } = openEnvelope(text, trusted);
  const facts = signedFacts(statement);
  const files = await compare(dir, facts.subjects);
  const bundle = await bundleOf(dir, files, key);
  const { board, version, revision } = facts;
  const right = files.filter(({ state }) => state === 'right');
  return {
    ...{ board, version, key, files },
    ...(revision === undefined ? {} : { revision }),
    ...(bundle === undefined ? {} : { bundle }),
    ok: right.length > 0 && files.every(({ state }) => state !== 'altered'),
  };
}

async function compare(dir: string, subjects: ReadonlyMap<string, string>): Promise<VerifiedFile[]> {
  const files: VerifiedFile[] = [];
  for (const [name, sha256] of subjects) {
    const path = join(dir, name);
    const stat = await lstat(path).catch(() => undefined);
    // What a link leads to may be another thing when it is used.
    const same = stat?.isFile() && (await hashFile(path)) === sha256;
    files.push({ name, state: stat === undefined ? 'absent' : same ? 'right' : 'altered' });
  }
  const others = (await readdir(dir, { withFileTypes: true }))
    .filter(({ name }) => !subjects.has(name) && name !== provenanceFile)
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  return [...files, ...others.sort().map((name) => ({ name, state: 'unsigned' }) as const)];
}

/** Boards look at the signature inside of the bundle, so it must be good too, and of the same key. */
async function bundleOf(
  dir: string,
  files: readonly VerifiedFile[],
  key: PublicKey,
): Promise<BundleFacts | undefined> {
  const file = files.find(({ name, state }) => name.endsWith('.swu') && state === 'right');
  if (!file) return undefined;
  try {
    return verifyBundle(await readFile(join(dir, file.name)), key.pem);
  } catch (error) {
    if (error instanceof BuildError) throw new BuildError(`${file.name}: ${error.message}`, { cause: error });
    throw error;
  }
}

interface StatementFacts {
  readonly board: string;
  readonly version: string;
  readonly revision?: string;
  /** Name → SHA-256. */
  readonly subjects: ReadonlyMap<string, string>;
}

/** The parts of a signed statement that checks of an image need. @throws BuildError */
export function signedFacts(statement: unknown): StatementFacts {
  const { subject, predicate } = (statement ?? {}) as {
    subject?: { name?: unknown; digest?: { sha256?: unknown } }[];
    predicate?: {
      buildDefinition?: {
        buildType?: unknown;
        externalParameters?: { board?: unknown };
        resolvedDependencies?: { name?: unknown; digest?: { gitCommit?: unknown } }[];
      };
      runDetails?: { builder?: { version?: { plait?: unknown } } };
    };
  };
  const definition = predicate?.buildDefinition;
  if (definition?.buildType !== buildType || !Array.isArray(subject))
    throw new BuildError(`${provenanceFile} is signed, and says nothing of an image of Plait`);
  const subjects = new Map<string, string>();
  for (const { name, digest } of subject) {
    // A name that leads out of the directory would be looked at there.
    if (typeof name !== 'string' || !/^[\w][\w.+-]*$/.test(name) || typeof digest?.sha256 !== 'string')
      throw new BuildError(`${provenanceFile} names a file that cannot be one: ${JSON.stringify(name)}`);
    subjects.set(name, digest.sha256);
  }
  const revision = definition.resolvedDependencies?.find(({ name }) => name === 'plait')?.digest?.gitCommit;
  return {
    board: String(definition.externalParameters?.board),
    version: String(predicate?.runDetails?.builder?.version?.plait),
    ...(typeof revision === 'string' ? { revision } : {}),
    subjects,
  };
}
