// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { listContents } from '../../cache.ts';
import { UsageError } from '../../errors.ts';
import { hashValue } from '../../stage.ts';

/** A package whose source is a directory instead of a tarball that Buildroot checks by hash. */
export interface Override {
  /** As in Buildroot's variables: `E2FSPROGS`. */
  readonly variable: string;
  readonly dir: string;
  /** What really is in there: Buildroot itself goes on naming its own version. */
  readonly version: string;
}

/** An override with the hash of what is in its directory. */
export interface HashedOverride extends Override {
  readonly digest: string;
}

/** Buildroot's override file (BR2_PACKAGE_OVERRIDE_FILE, "local.mk"), and what it says. */
export interface Overrides {
  readonly file: string;
  readonly list: readonly HashedOverride[];
  /** Changes with the file and with every file in the directories. */
  readonly digest: string;
}

/**
 * Reads an override file. Besides `FOO_OVERRIDE_SRCDIR = /absolute/path` it must say `FOO_OVERRIDE_VERSION = 1.2`, so
 * that manifest and SBOM tell the truth. Throws a UsageError.
 */
export async function readOverrides(given: string): Promise<Overrides> {
  const file = resolve(given);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--overrides ${given}: ${error.message}`);
  });
  const list: HashedOverride[] = [];
  for (const override of parseOverrides(text, file)) {
    const contents = await listContents(override.dir).catch((error: Error) => {
      throw new UsageError(`${file}: ${override.variable}_OVERRIDE_SRCDIR: ${error.message}`);
    });
    list.push({ ...override, digest: hashValue(contents) });
  }
  const digests = list.map(({ variable, version, digest }) => [variable, version, digest]);
  return { file, list, digest: hashValue({ digests, rest: otherLines(text) }) };
}

/** What changes the build besides the directories: their paths do not. */
function otherLines(text: string): string[] {
  return text.split('\n').filter((line) => !/^(\w+_OVERRIDE_(SRCDIR|VERSION)\b|#|\s*$)/.test(line));
}

export function parseOverrides(text: string, file: string): Override[] {
  const values = new Map<string, string>();
  for (const match of text.matchAll(/^(\w+_OVERRIDE_(?:SRCDIR|VERSION))\s*:?=\s*(.*?)\s*$/gm))
    values.set(match[1] ?? '', match[2] ?? '');
  return [...values].flatMap(([name, dir]) => {
    const variable = /^(\w+)_OVERRIDE_SRCDIR$/.exec(name)?.[1];
    if (variable === undefined) return [];
    if (!/^\/[^$]*$/.test(dir))
      throw new UsageError(`${file}: ${name} is '${dir}'; it must be an absolute path without variables`);
    const version = values.get(`${variable}_OVERRIDE_VERSION`);
    if (!version)
      throw new UsageError(
        `${file}: ${name} has no ${variable}_OVERRIDE_VERSION beside it, the version of what is in ${dir}`,
      );
    return [{ variable, dir, version }];
  });
}

/** Buildroot's variables for a package begin with its name in this form: `json-c` → `JSON_C`. */
export function variableOf(name: string): string {
  return name.toUpperCase().replace(/[-.]/g, '_');
}
