// SPDX-License-Identifier: MIT
import { BuildError } from '../errors.ts';
import { NotOnMirror } from './archive.ts';
import type { PackageInfo, PackageRequest } from './package.ts';
import type { IndexedVersion, Kind } from './suite-index.ts';
import { releases, type Suite, suitesOf } from './suites.ts';
import { compareVersions, inRange, upstreamVersion } from './version.ts';

/** What a search needs of the archive. */
export interface Searchable {
  versions(suite: Suite, kind: Kind, name: string): Promise<readonly IndexedVersion[]>;
  /** Brings a version's files on disk. Throws NotOnMirror when the next best version may be tried. */
  fetch(info: PackageInfo): Promise<void>;
}

export interface SearchResult {
  readonly info: PackageInfo;
  /** Every suite whose index the result depends on. */
  readonly suites: readonly Suite[];
  /** Better versions that the mirror has not got. */
  readonly lost: readonly string[];
}

/**
 * Tries the releases in order; in each the newest version of all its suites comes first, until one can be downloaded.
 * Throws a BuildError that says for each suite why not.
 */
export async function search(
  kind: Kind,
  request: PackageRequest,
  archive: Searchable,
): Promise<SearchResult> {
  const tried: string[] = [];
  const lost: string[] = [];
  const asked: Suite[] = [];
  for (const release of request.releases ?? releases) {
    asked.push(...suitesOf(release));
    for (const info of await candidates(kind, request, suitesOf(release), archive, tried)) {
      const what = `${kind} package ${info.package} ${info.version} of ${info.suite}`;
      try {
        if (info.files.length === 0) throw new NotOnMirror(`the index lists no files with SHA-256`);
        await archive.fetch(info);
        return { info, suites: asked, lost };
      } catch (error) {
        if (!(error instanceof NotOnMirror)) throw error;
        lost.push(what);
        tried.push(`${info.suite} lists ${info.version}, but: ${error.message}`);
      }
    }
  }
  const range = request.range ? ` ${request.range}` : '';
  throw new BuildError(
    `${kind} package ${request.name}${range}: no suite could give it.\n  ${tried.join('\n  ')}`,
  );
}

/** The versions that will do, the newest first; of equal ones that of the suite that is named first. */
async function candidates(
  kind: Kind,
  { name, range = '' }: PackageRequest,
  suites: readonly Suite[],
  archive: Searchable,
  tried: string[],
): Promise<PackageInfo[]> {
  const found: PackageInfo[] = [];
  for (const suite of suites) {
    const all = await archive.versions(suite, kind, name);
    const fit = all.filter(({ version }) => inRange(upstreamVersion(version), range));
    if (fit.length === 0)
      tried.push(`${suite} has ${all.map(({ version }) => version).join(', ') || 'none'}`);
    for (const { version, format, files } of fit)
      found.push({
        kind,
        package: name,
        version,
        upstream: upstreamVersion(version),
        suite,
        ...(format === undefined ? {} : { format }),
        files,
      });
  }
  return found.sort((a, b) => compareVersions(b.version, a.version));
}
