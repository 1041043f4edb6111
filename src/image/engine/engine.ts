// SPDX-License-Identifier: MIT
import type { Board } from '../board.ts';
import type { NotAffected } from '../packages/recipe.ts';
import type { FetchReports, Sources } from '../sources/sources.ts';
import type { Stage } from '../stage.ts';

/** Turns a board into the parts of its image; what follows (root file system, disk, bundle, reports) is common. */
export interface Engine {
  /** As in `--engine`. */
  readonly name: string;
  /** Debian packages that the build machine must have for the engine's stages. */
  readonly hostPackages: readonly string[];
  /** Resolves the sources and gives the stages that make the parts. Runs nothing but look-ups and downloads. */
  plan(board: Board, context: EngineContext): Promise<EngineParts>;
}

export interface EngineContext {
  readonly sources: Sources;
  /** Plait's own version, for the agent. */
  readonly version: string;
  /** Who is told of downloads, and stops them. */
  readonly reports: FetchReports;
}

export interface EngineParts {
  /** Output of each: `root/`, a stripped tree to be merged into the root file system, in this order. */
  readonly packages: readonly Stage[];
  /** Output: `vmlinuz`, `config`, and `modules/` with `lib/modules/<release>/` below it. */
  readonly kernel: Stage;
  /** Plait's own kernel modules. Output: `lib/modules/<release>/updates/*.ko`. */
  readonly modules: Stage;
  /** The agent. Output: `usr/bin/plaitctl`. */
  readonly agent: Stage;
  /** Cross tools that work on the finished root. Output: `bin/<tool>` for strip, objdump and readelf. */
  readonly tools: Stage;
  /** What is in the image and where it came from. */
  readonly bom: readonly BomEntry[];
  /** Outputs: files of the engine's own to be published beside the image. */
  readonly reports?: readonly Stage[];
  /** A stage whose output holds `seconds.json`, what each package took within it: seconds by name. */
  readonly timed?: Stage;
  /** What the manifest says of how the parts were made, in the engine's words. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** One component of the image. */
export interface BomEntry {
  readonly name: string;
  /** Upstream version. */
  readonly version: string;
  /** SPDX licence identifiers, as an expression: `GPL-2.0-only`. */
  readonly license: string;
  /** Licence texts: a stage and paths below its output. */
  readonly licenseFiles: readonly { readonly stage: Stage; readonly path: string }[];
  /** Where it was taken from, `archive` being `debian <suite>` or `buildroot <version>`; absent for Plait's own parts. */
  readonly origin?: { readonly archive: string; readonly package: string; readonly version: string };
  /** Debian's patches that are not in it, each with its reason; all others are. */
  readonly skippedPatches?: Readonly<Record<string, string>>;
  /** Vulnerabilities that it does not have as it is built here, by their CVE identifiers. */
  readonly notAffected?: Readonly<Record<string, NotAffected>>;
  /** Debian's changelog of what was compiled: a stage and a path below its output. */
  readonly changelog?: { readonly stage: Stage; readonly path: string };
  /** Name in the vulnerability databases, a CPE 2.3 identifier. */
  readonly cpe?: string;
  /** Files with their bytes, or a directory with the hash of its contents. */
  readonly sources: readonly { readonly name: string; readonly sha256: string; readonly size?: number }[];
}
