// SPDX-License-Identifier: MIT
import { BuildError } from '../../errors.ts';
import type { Hash, Hashes } from './hashes.ts';
import type { Override } from './overrides.ts';
import { variableOf } from './overrides.ts';

/** A package as `make show-info` tells it; what is of use here. */
export interface PackageFacts {
  readonly type: 'target' | 'host' | 'rootfs';
  readonly name: string;
  readonly virtual: boolean;
  readonly version?: string;
  /** In Buildroot's words: `GPL-2.0+, MIT`. */
  readonly licenses?: string;
  /** Paths in the source tree. */
  readonly license_files?: readonly string[];
  readonly dl_dir?: string;
  readonly downloads?: readonly { readonly source: string; readonly uris: readonly string[] }[];
  readonly patches?: readonly string[];
  readonly package_dir?: string;
  readonly source_dir?: string;
  readonly install_target?: boolean;
  readonly 'cpe-id'?: string;
}

/** Packages by their names, `host-` before those of the build machine. */
export type ShowInfo = Readonly<Record<string, PackageFacts>>;

export function parseInfo(text: string): ShowInfo {
  const begin = text.indexOf('{');
  try {
    return JSON.parse(text.slice(begin)) as ShowInfo;
  } catch (error) {
    throw new BuildError(`make show-info did not print JSON: ${text.slice(0, 200)}`, { cause: error });
  }
}

/** The real version of a kernel and of overridden packages, of which Buildroot tells its own, or `custom`. */
export function correctVersions(
  info: ShowInfo,
  overrides: readonly Override[],
  kernelVersion: string,
): ShowInfo {
  const known = new Map(overrides.map(({ variable, version }) => [variable, version]));
  return Object.fromEntries(
    Object.entries(info).map(([key, facts]) => {
      const version =
        facts.name === 'linux' || facts.name === 'linux-headers'
          ? kernelVersion
          : known.get(variableOf(facts.name));
      if (version === undefined) return [key, facts];
      return [key, { ...facts, version, ...cpeWith(facts['cpe-id'], version), downloads: [], patches: [] }];
    }),
  );
}

function cpeWith(cpe: string | undefined, version: string): { 'cpe-id'?: string } {
  if (cpe === undefined) return {};
  const parts = cpe.split(':');
  parts[5] = version;
  return { 'cpe-id': parts.join(':') };
}

/**
 * What is on the board: packages that install something there, without Plait's own, the kernel (of whose headers
 * Buildroot only thinks that they install something) and the skeleton.
 */
export function imagePackages(info: ShowInfo): PackageFacts[] {
  return Object.values(info)
    .filter(({ type, virtual, install_target }) => type === 'target' && !virtual && install_target !== false)
    .filter(({ name }) => !/^(skeleton|plait-|toolchain-|linux$|linux-headers$)/.test(name));
}

/** A source file that Buildroot downloads. */
export interface Download {
  readonly package: string;
  /** Below the download directory, and below a mirror. */
  readonly path: string;
  readonly name: string;
  readonly hash: Hash;
}

/**
 * The files that a build downloads, with their hashes. `hashes` are those of `readHashes`. A file without one is an
 * error: Buildroot itself would only warn, once.
 */
export function downloads(info: ShowInfo, overrides: readonly Override[], hashes: Hashes): Download[] {
  const overridden = new Set(overrides.map(({ variable }) => variable));
  const found = new Map<string, Download>();
  const missing: string[] = [];
  for (const facts of Object.values(info)) {
    if (overridden.has(variableOf(facts.name)) || facts.name.startsWith('plait-')) continue;
    // The engine itself brings the kernel's tarball, and its hash.
    if (facts.name === 'linux' || facts.name === 'linux-headers') continue;
    for (const { source } of facts.downloads ?? []) {
      const hash = hashes.get(source);
      if (hash === undefined) missing.push(`${facts.name}: ${source}`);
      else {
        const path = `${facts.dl_dir ?? facts.name}/${source}`;
        found.set(path, { package: facts.name, path, name: source, hash });
      }
    }
  }
  if (missing.length > 0)
    throw new BuildError(
      `no hash file knows these sources; add a line to the .hash file beside the package:\n  ${missing.join('\n  ')}`,
    );
  return [...found.values()];
}
