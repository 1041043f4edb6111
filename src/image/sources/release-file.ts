// SPDX-License-Identifier: MIT
import { BuildError } from '../errors.ts';
import { fieldsOf, rowsOf } from './deb822.ts';
import type { Suite } from './suites.ts';

/** What the signed text of a suite (InRelease) says. Times are milliseconds since 1970. */
export interface ReleaseFile {
  readonly codename: string;
  readonly date: number;
  readonly validUntil?: number;
  /** Its indexes can be had by their hashes, which holds while the mirror is being updated. */
  readonly byHash: boolean;
  /** Indexes by their path below `dists/<suite>/`. */
  readonly files: ReadonlyMap<string, { readonly size: number; readonly sha256: string }>;
}

export function parseReleaseFile(text: string): ReleaseFile {
  const fields = fieldsOf(text);
  const validUntil = fields.get('Valid-Until');
  const files = rowsOf(fields.get('SHA256')).flatMap(([sha256 = '', size = '', path = '']) =>
    /^[0-9a-f]{64}$/.test(sha256) ? [[path, { sha256, size: Number(size) }] as const] : [],
  );
  return {
    codename: fields.get('Codename') ?? '',
    date: Date.parse(fields.get('Date') ?? ''),
    ...(validUntil === undefined ? {} : { validUntil: Date.parse(validUntil) }),
    byHash: fields.get('Acquire-By-Hash') === 'yes',
    files: new Map(files),
  };
}

export interface ReleaseChecks {
  readonly suite: Suite;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The one that was used so far. */
  readonly previous?: ReleaseFile;
  /** Refuse one whose time is over. Not for a collected archive, which is old on purpose. */
  readonly expires: boolean;
}

const day = 24 * 3600 * 1000;

/** Throws a BuildError when a signed text is genuine but not the one that should be here and now. */
export function checkReleaseFile(release: ReleaseFile, checks: ReleaseChecks): void {
  const { suite, now, previous, expires } = checks;
  if (release.codename !== suite)
    throw new BuildError(`it is the index of '${release.codename}', and not of ${suite}`);
  if (Number.isNaN(release.date)) throw new BuildError('it bears no date');
  if (release.date > now + day)
    throw new BuildError(
      `it is of ${iso(release.date)}, and here it is ${iso(now)}: look at the clock of this machine`,
    );
  if (previous !== undefined && release.date < previous.date)
    throw new BuildError(
      `it is of ${iso(release.date)}, older than the one of ${iso(previous.date)} that was seen before: the mirror ` +
        'lags behind or replays an old index; take another one by PLAIT_DEBIAN_MIRROR',
    );
  if (expires && release.validUntil !== undefined && !(release.validUntil >= now))
    throw new BuildError(
      `it expired at ${iso(release.validUntil)}: the mirror is no longer updated, or hides newer security updates; ` +
        'take another one by PLAIT_DEBIAN_MIRROR',
    );
}

function iso(time: number): string {
  return Number.isNaN(time) ? 'an unreadable date' : `${new Date(time).toISOString().slice(0, 16)}Z`;
}
