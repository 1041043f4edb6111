// SPDX-License-Identifier: MIT

/** The releases of Debian that packages are looked for in, the oldest first. */
export const releases = ['bookworm', 'trixie', 'sid'] as const;
export type Release = (typeof releases)[number];

/** A suite of the archive: a release, or what was published for it later. */
export type Suite = Exclude<Release, 'sid'> | `${Exclude<Release, 'sid'>}-${'updates' | 'security'}` | 'sid';

/** All suites of a release: of these the newest version counts, so that a security update is never missed. */
export function suitesOf(release: Release): Suite[] {
  return release === 'sid' ? ['sid'] : [release, `${release}-updates`, `${release}-security`];
}

export const allSuites: readonly Suite[] = releases.flatMap(suitesOf);

export function isSecurity(suite: Suite): boolean {
  return suite.endsWith('-security');
}

const day = 24 * 3600 * 1000;

/**
 * For how long a suite's index is used without looking for a newer one, in milliseconds. Security updates come any
 * day; the rest of a release changes every two months.
 */
export function maxAge(suite: Suite): number {
  return isSecurity(suite) ? day : 7 * day;
}
