// SPDX-License-Identifier: MIT
/** Puts the command, its manual pages and completion scripts below a prefix, and takes them away again. */
import { lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../../image/errors.ts';
import { places } from './places.ts';

/** Path below the prefix → text of a file, or where a link leads. */
export type Files = ReadonlyMap<string, { readonly text: string } | { readonly link: string }>;

/** Stands in all that is generated: by it, what may be written over or removed is known. */
const mark = 'generated from its command definitions';

/**
 * Writes all files, each by one rename; the manual pages of commands that are gone are removed. Throws a UsageError, with
 * nothing written, when a file that is not ours is in the way.
 */
export async function installFiles(prefix: string, files: Files): Promise<string[]> {
  for (const path of files.keys()) await mustBeOurs(join(prefix, path));
  for (const path of await oldPages(prefix)) if (!files.has(path)) await rm(join(prefix, path));
  for (const [path, what] of files) {
    const to = join(prefix, path);
    const fresh = join(dirname(to), `.${basename(to)}.plait-new`);
    await mkdir(dirname(to), { recursive: true });
    await rm(fresh, { force: true });
    if ('link' in what) await symlink(what.link, fresh);
    else await writeFile(fresh, what.text, { mode: 0o644 });
    await rename(fresh, to);
  }
  return [...files.keys()].map((path) => join(prefix, path));
}

/** Removes what an installation, of whatever version, put there; gives the paths. */
export async function uninstallFiles(prefix: string): Promise<string[]> {
  const removed: string[] = [];
  for (const path of [places.command, ...Object.values(places.completion), ...(await oldPages(prefix))]) {
    const file = join(prefix, path);
    if ((await ownerOf(file)) !== 'plait') continue;
    await rm(file);
    removed.push(file);
  }
  return removed;
}

async function mustBeOurs(file: string): Promise<void> {
  if ((await ownerOf(file)) === 'somebody else')
    throw new UsageError(
      `${file} is there, and was not made by install-cli; remove it, or install below another --prefix`,
    );
}

async function ownerOf(file: string): Promise<'plait' | 'nobody' | 'somebody else'> {
  const stat = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!stat) return 'nobody';
  const ours = stat.isSymbolicLink()
    ? (await readlink(file)).endsWith('/bin/plait.mjs')
    : stat.isFile() && (await readFile(file, 'utf8')).includes(mark);
  return ours ? 'plait' : 'somebody else';
}

/** Our manual pages that are there. */
async function oldPages(prefix: string): Promise<string[]> {
  const names = await readdir(join(prefix, places.manual)).catch(() => []);
  const found: string[] = [];
  for (const name of names.filter((name) => /^plait(-[a-z-]+)?\.1$/.test(name))) {
    const path = join(places.manual, name);
    if ((await ownerOf(join(prefix, path))) === 'plait') found.push(path);
  }
  return found;
}
