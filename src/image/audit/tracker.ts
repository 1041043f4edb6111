// SPDX-License-Identifier: MIT
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import { aptArchive } from '../sources/archive.ts';
import type { FetchReports } from '../sources/package.ts';
import { compareVersions } from '../sources/version.ts';

/** Where Debian's security team publishes what it knows of every source package. */
export const trackerSite = 'https://security-tracker.debian.org/tracker/data';

/** The tracker's data: source package → vulnerability → what is known. */
export type TrackerData = Readonly<Record<string, Readonly<Record<string, TrackerEntry>>>>;

interface TrackerEntry {
  readonly description?: string;
  readonly releases?: Readonly<Record<string, TrackerRelease | undefined>>;
}

interface TrackerRelease {
  readonly status?: string;
  readonly fixed_version?: string;
  readonly urgency?: string;
  readonly nodsa?: string;
}

/** A vulnerability that a version of a package has, as the tracker sees it. */
export interface Known {
  readonly id: string;
  readonly description: string;
  /** The version of the same release that has the fix; absent while there is none. */
  readonly fixed?: string;
  /** What Debian's security team says of its weight: `unimportant`, `low`, or why there is no advisory. */
  readonly urgency?: string;
}

/** Vulnerabilities of a source package in a release of Debian that `version` has. */
export function knownFor(data: TrackerData, source: string, release: string, version: string): Known[] {
  return Object.entries(data[source] ?? {}).flatMap(([id, { description = '', releases }]) => {
    const found = releases?.[release];
    if (!found) return [];
    const { status, fixed_version: fixed, urgency, nodsa } = found;
    const weight = urgency === undefined || urgency === 'not yet assigned' ? nodsa : urgency;
    const about = { id, description, ...(weight === undefined ? {} : { urgency: weight }) };
    if (status === 'open') return [about];
    // Version 0 stands for a package that never had it.
    if (status !== 'resolved' || !fixed || fixed === '0' || compareVersions(version, fixed) >= 0) return [];
    return [{ ...about, fixed }];
  });
}

const day = 24 * 3600 * 1000;

/** The tracker's data, at most a day old; undefined when it cannot be had. Kept in `dir`. */
export async function fetchTracker(
  dir: string,
  reports: FetchReports,
  { site = trackerSite, offline = false } = {},
): Promise<TrackerData | undefined> {
  const path = join(dir, 'tracker.json');
  // apt gives the file the site's date; when it came is its other time.
  const came = (await stat(path).catch(() => undefined))?.ctimeMs ?? 0;
  if (Date.now() - came >= day && !offline) {
    reports.onFetch?.('data of the security tracker');
    if (!(await aptArchive(site, reports).fetch('json', path))) return undefined;
  }
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const data = JSON.parse(text) as TrackerData;
    if (data !== null && typeof data === 'object' && !Array.isArray(data)) return data;
  } catch {
    // Said below.
  }
  throw new BuildError(`${site}/json is not the data of Debian's security tracker`);
}
