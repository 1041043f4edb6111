// SPDX-License-Identifier: MIT
import type { NotAffected } from '../packages/recipe.ts';
import type { Manifest } from '../reports/manifest.ts';
import { NotOnMirror, Unreachable } from '../sources/archive.ts';
import type { DebianArchive } from '../sources/debian-archive.ts';
import type { IndexedVersion, Kind } from '../sources/suite-index.ts';
import { isSecurity, type Release, releases, type Suite, suitesOf } from '../sources/suites.ts';
import { compareVersions, upstreamVersion } from '../sources/version.ts';
import { changelogOf, vulnerabilitiesIn } from './changelog.ts';
import { type Known, knownFor, type TrackerData } from './tracker.ts';

/** A component of an image that came from Debian. */
export interface Part {
  readonly name: string;
  readonly kind: Kind;
  readonly package: string;
  readonly version: string;
  readonly release: Release;
  /** Vulnerabilities that it does not have as it is built here, with the reasons. */
  readonly notAffected: Readonly<Record<string, NotAffected>>;
}

/** A newer version in the same release of Debian. */
export interface Update {
  readonly version: string;
  readonly suite: Suite;
}

export interface Finding {
  readonly part: Part;
  /** The source package that Debian's data speaks of. */
  readonly source: string;
  readonly update?: Update;
  readonly vulnerabilities: readonly (Known & { readonly notAffected?: NotAffected })[];
  /** What the vulnerabilities were learned from; `nothing` when a newer version's changelog could not be had. */
  readonly from: 'tracker' | 'changelog' | 'nothing';
}

/** The components of an image that Debian's data speaks of, and those that it does not. */
export function partsOf(manifest: Pick<Manifest, 'components' | 'packages'>): {
  readonly parts: Part[];
  readonly others: string[];
} {
  const parts: Part[] = [];
  const others: string[] = [];
  for (const { name, origin, notAffected = {} } of manifest.components) {
    const suite = /^debian (\S+)$/.exec(origin?.archive ?? '')?.[1];
    const release = releases.find((one) => suite === one || suite?.startsWith(`${one}-`));
    if (!origin || !release) {
      others.push(name);
      continue;
    }
    const fetched = manifest.packages.find(
      (one) => one.package === origin.package && one.version === origin.version,
    );
    parts.push({
      name,
      // GRUB's programs are named by their source package.
      kind: fetched?.kind ?? 'source',
      package: origin.package,
      version: origin.version,
      release,
      notAffected,
    });
  }
  return { parts, others };
}

/** The newest version of a part in its release, when that is newer than the image's. */
export async function updateOf(part: Part, archive: DebianArchive): Promise<Update | undefined> {
  let newest: Update = { version: part.version, suite: part.release as Suite };
  for (const suite of suitesOf(part.release))
    for (const { version } of await archive.versions(suite, part.kind, part.package))
      if (compareVersions(version, newest.version) > 0) newest = { version, suite };
  return newest.version === part.version ? undefined : newest;
}

/** What is known of one part: by the tracker's data, else by the changelog of a newer version. */
export async function auditPart(
  part: Part,
  archive: DebianArchive,
  tracker: TrackerData | undefined,
): Promise<Finding> {
  const source = await sourceOf(part, archive);
  const update = await updateOf(part, archive);
  const found = tracker
    ? { known: knownFor(tracker, source, part.release, part.version), from: 'tracker' as const }
    : await knownByChangelog(part, source, update, archive);
  const vulnerabilities = found.known.map((one) => {
    const notAffected = part.notAffected[one.id];
    return notAffected === undefined ? one : { ...one, notAffected };
  });
  return { part, source, ...(update ? { update } : {}), vulnerabilities, from: found.from };
}

/** A security update is missing: one of Debian's security archive, or one that fixes what the image has. */
export function needsUpdate({ update, vulnerabilities }: Finding): boolean {
  const applies = vulnerabilities.filter((one) => one.fixed !== undefined && one.notAffected === undefined);
  if (applies.length > 0) return true;
  const reasoned = vulnerabilities.some((one) => one.notAffected !== undefined);
  return update !== undefined && isSecurity(update.suite) && !reasoned;
}

async function sourceOf(part: Part, archive: DebianArchive): Promise<string> {
  if (part.kind === 'source') return part.package;
  for (const suite of suitesOf(part.release))
    for (const { source } of await archive.versions(suite, 'binary', part.package))
      if (source !== undefined) return source;
  return part.package;
}

async function knownByChangelog(
  part: Part,
  source: string,
  update: Update | undefined,
  archive: DebianArchive,
): Promise<{ known: Known[]; from: Finding['from'] }> {
  if (!update) return { known: [], from: 'changelog' };
  const versions = await archive.versions(update.suite, 'source', source);
  const newer = versions.find(({ version }) => version === update.version);
  const changelog = newer && (await fetchChangelog(source, newer, update.suite, archive));
  if (changelog === undefined) return { known: [], from: 'nothing' };
  const ids = await vulnerabilitiesIn(changelog, part.version);
  return {
    known: ids.map((id) => ({ id, description: '', fixed: update.version })),
    from: 'changelog',
  };
}

async function fetchChangelog(
  source: string,
  { version, files }: IndexedVersion,
  suite: Suite,
  archive: DebianArchive,
): Promise<string | undefined> {
  const info = {
    kind: 'source',
    package: source,
    version,
    upstream: upstreamVersion(version),
    suite,
    files,
  } as const;
  try {
    const [file] = await archive.files(info, ({ name }) => /\.debian\.tar\.\w+$/.test(name));
    return file && (await changelogOf(file.path));
  } catch (error) {
    if (error instanceof NotOnMirror || error instanceof Unreachable) return undefined;
    throw error;
  }
}
