// SPDX-License-Identifier: MIT
/**
 * Node loads TypeScript through a loader in a thread of its own, a few hundred modules one by one: longer than most verbs
 * work. So esbuild links them into a few files, and these are loaded until a source changes.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The command line's first module, below the checkout, and what it is linked as. */
const source = 'src/cli/main.ts';
const linked = 'main.js';

/** How long files that nobody has used stay, in milliseconds: a verb at work may load more of its own. */
const keepUnused = 24 * 3600 * 1000;

/**
 * The file to import in place of src/cli/main.ts of a checkout; linked anew when a source is not what it was. Undefined when
 * there is none and none can be made, as in a checkout that is read-only or another user's: the sources then load as they are.
 */
export async function linkedCommand(checkout) {
  const home = join(checkout, 'node_modules/.cache/plait', nameOf(checkout));
  const known = upToDate(home);
  if (known !== undefined) return known;
  try {
    // What root leaves in a user's checkout, the user could not replace.
    if (lstatSync(checkout).uid !== process.getuid()) return undefined;
    return await link(checkout, home);
  } catch {
    // Whatever is wrong with the sources is said when they are loaded one by one.
    return undefined;
  }
}

/** node_modules may be shared by several checkouts, and the linked files name the places of their sources. */
function nameOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function upToDate(home) {
  try {
    const { dir, stamps } = JSON.parse(readFileSync(join(home, 'current.json'), 'utf8'));
    for (const [path, stamp] of stamps) if (stampOf(path) !== stamp) return undefined;
    const now = new Date();
    utimesSync(join(home, dir), now, now);
    return join(home, dir, linked);
  } catch {
    return undefined;
  }
}

/** Changes with every write to a file, even one that sets the old date, and with every file added to a folder. */
function stampOf(path) {
  const { ino, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

async function link(checkout, home) {
  const { build, version } = await import('esbuild');
  // Taken before the sources are read: one that is altered meanwhile does not pass for the one that was linked.
  const before = new Map();
  const { outputFiles, metafile } = await build({
    absWorkingDir: checkout,
    entryPoints: [source],
    outdir: '.',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [placesOfSources(before)],
  });
  for (const path of [fileURLToPath(import.meta.url), ...foldersOf(before.keys())])
    before.set(path, stampOf(path));
  for (const path of Object.keys(metafile.inputs))
    if (!before.has(join(checkout, path))) throw new Error(`${path} was linked without a stamp`);
  const texts = outputFiles.map(({ path, contents }) => [relative(checkout, path), contents]);
  const key = createHash('sha256').update(version);
  for (const [name, contents] of texts) key.update(name).update(contents);
  const dir = key.digest('hex').slice(0, 32);
  await put(home, dir, texts);
  const fresh = join(home, `current.json.${process.pid}`);
  await writeFile(fresh, JSON.stringify({ dir, stamps: [...before] }));
  await rename(fresh, join(home, 'current.json'));
  prune(home, dir);
  return join(home, dir, linked);
}

/** Modules look for their templates and scripts beside their sources, not beside what they are linked into. */
function placesOfSources(stamps) {
  return {
    name: 'places-of-sources',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        stamps.set(path, stampOf(path));
        const text = await readFile(path, 'utf8');
        const url = JSON.stringify(pathToFileURL(path).href);
        return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
      });
    },
  };
}

function foldersOf(files) {
  return new Set([...files].map((path) => dirname(path)));
}

/** Puts the linked files in place all at once; the same ones may be there already. */
async function put(home, dir, texts) {
  const fresh = join(home, `${dir}.${process.pid}`);
  await mkdir(fresh, { recursive: true });
  for (const [name, contents] of texts) await writeFile(join(fresh, name), contents);
  await rename(fresh, join(home, dir)).catch((error) => {
    rmSync(fresh, { recursive: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

function prune(home, current) {
  for (const name of readdirSync(home)) {
    const path = join(home, name);
    const unused = Date.now() - lstatSync(path).mtimeMs;
    if (name !== current && unused > keepUnused) rmSync(path, { recursive: true, force: true });
  }
}
