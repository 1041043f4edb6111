// SPDX-License-Identifier: MIT
import type { Stage } from '../stage.ts';
import type { IndexedFile, Kind } from './suite-index.ts';
import type { Release, Suite } from './suites.ts';

/** A Debian package that the build wants, and where it may come from. */
export interface PackageRequest {
  readonly name: string;
  /** Upstream versions that will do, as in `>=1.36 <2`; default: any. */
  readonly range?: string;
  /** Releases to try, in this order, each with its updates and security updates. Default: all, the oldest first. */
  readonly releases?: readonly Release[];
}

/** What a request came to. `info.json` of the stage holds it too. */
export interface PackageInfo {
  readonly kind: Kind;
  readonly package: string;
  /** Debian's version, `1:1.37.0-6`. */
  readonly version: string;
  /** `1.37.0`. */
  readonly upstream: string;
  readonly suite: Suite;
  /** Of a source package: how its files belong together, `3.0 (quilt)`. */
  readonly format?: string;
  readonly files: readonly IndexedFile[];
}

/** A stage whose output is one fetched package. */
export interface PackageStage extends Stage {
  readonly info: PackageInfo;
}

/** Who is notified of what goes over the network, and can stop it. */
export interface FetchReports {
  readonly signal: AbortSignal;
  /** Gets what the programs print. */
  readonly line?: (text: string) => void;
  /** Called before something is fetched over the network. */
  readonly onFetch?: (what: string) => void;
  /** Gets what a person should know: an index that is old, a version that is not on the mirror. */
  readonly onNote?: (text: string) => void;
  /** Gets the seconds that the network took. */
  readonly onFetched?: (what: string, seconds: number) => void;
}
