// SPDX-License-Identifier: MIT
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BuildError } from '../errors.ts';
import { exclusively } from '../lock.ts';
import { NotOnMirror, Unreachable } from './archive.ts';
import { damaged, safe } from './files.ts';
import type { PackageInfo } from './package.ts';
import type { IndexedFile } from './suite-index.ts';
import type { Suite } from './suites.ts';

/** Where a suite's files come from. */
export interface FileSource {
  readonly place: string;
  fetch(path: string, to: string): Promise<boolean>;
  /** Whether it answers at all. */
  answers(suite: Suite): Promise<boolean>;
}

/** A package's file on disk. */
export interface PackageFile extends IndexedFile {
  /** Where it is below the mirror. */
  readonly origin: string;
}

/** Where the files of a package are kept below `dir`; `path` is the place on disk. */
export function filesOf(dir: string, info: PackageInfo): PackageFile[] {
  const home = join(dir, `${info.kind}-${info.package}-${safe(info.version)}`);
  return info.files.map((file) => ({ ...file, origin: file.path, path: join(home, file.name) }));
}

/**
 * Brings files that are missing or damaged to where they should be; each is there with the hash of the index or not at
 * all, also when another process wants it at the same time. Throws NotOnMirror, Unreachable, or a BuildError for a file that is not what the index covers.
 */
export async function download(
  files: readonly PackageFile[],
  suite: Suite,
  source: FileSource,
): Promise<void> {
  const [first] = await damaged(files);
  if (first === undefined) return;
  await exclusively(`${dirname(first.path)}.lock`, () => fetchDamaged(files, suite, source));
}

async function fetchDamaged(files: readonly PackageFile[], suite: Suite, source: FileSource): Promise<void> {
  for (const file of await damaged(files)) {
    const fresh = `${file.path}.new`;
    await mkdir(dirname(file.path), { recursive: true });
    try {
      if (!(await source.fetch(file.origin, fresh))) throw await missing(file, suite, source);
      const [bad] = await damaged([{ ...file, path: fresh }]);
      if (bad)
        throw new BuildError(
          `${file.origin} from ${source.place} is refused: it does not have the size and the SHA-256 of the signed index, ${file.sha256}`,
        );
      await rename(fresh, file.path);
    } finally {
      await rm(fresh, { force: true });
    }
  }
}

async function missing(file: PackageFile, suite: Suite, source: FileSource): Promise<Error> {
  return (await source.answers(suite))
    ? new NotOnMirror(`${source.place} does not hold ${file.origin}`)
    : new Unreachable(`the Debian mirror ${source.place} does not answer`);
}
