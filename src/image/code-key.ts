// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { hashValue } from './stage.ts';

const known = new Map<string, Promise<string>>();

/**
 * Names the code of a stage for its `inputs`: the module (`import.meta.url` or a path) with all that it imports, as
 * esbuild links it, so that neither a comment nor an unused function of a helper counts. Packages from npm count by
 * name and version, with what they depend on.
 */
export function codeOf(module: string): Promise<string> {
  const path = module.startsWith('file:') ? fileURLToPath(module) : module;
  const found = known.get(path) ?? describe(path);
  known.set(path, found);
  return found;
}

async function describe(path: string): Promise<string> {
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    // Nothing of the place of the checkout gets into the output.
    absWorkingDir: dirname(path),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const imports = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
  const names = [...new Set(imports.map((each) => packageName(each.path)))];
  const versions = new Map<string, string>();
  for (const name of names) if (name) await addVersions(name, path, versions);
  const code = createHash('sha256')
    .update(outputFiles[0]?.text ?? '')
    .digest('hex');
  return hashValue({ code, packages: [...versions].sort() });
}

/** `handlebars/runtime` → `handlebars`; nothing for what Node itself brings. */
function packageName(specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

/** Adds a package as `from` finds it, with what it depends on. */
async function addVersions(name: string, from: string, versions: Map<string, string>): Promise<void> {
  const found = await findPackage(name, dirname(from));
  if (found === undefined || versions.has(`${name} ${found.version}`)) return;
  versions.set(`${name} ${found.version}`, name);
  for (const dependency of Object.keys(found.dependencies ?? {}))
    await addVersions(dependency, found.path, versions);
}

interface Package {
  readonly path: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** As Node looks for it: in `node_modules` of this folder and of those above. */
async function findPackage(name: string, dir: string): Promise<Package | undefined> {
  const path = join(dir, 'node_modules', name, 'package.json');
  try {
    return { ...(JSON.parse(await readFile(path, 'utf8')) as Package), path };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // Optional dependencies need not be there, and modules of Node may be named without `node:`.
  return dirname(dir) === dir ? undefined : findPackage(name, dirname(dir));
}
