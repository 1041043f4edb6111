// SPDX-License-Identifier: MIT
import type { PackageRequest } from '../sources/sources.ts';
import type { SkippedPatches } from '../sources/unpack.ts';
import type { Argv } from '../stage.ts';

/** How a program or library of the image is made, whatever the engine and the board. */
export interface Recipe {
  /** Also the name of its file here. */
  readonly name: string;
  /** The source package, its version range, and the releases of Debian to look in. */
  readonly source: PackageRequest;
  /**
   * Debian's patches that are not applied, each with its reason: the SBOM then names upstream's version instead of
   * Debian's.
   */
  readonly skippedPatches?: SkippedPatches;
  /** Vulnerabilities that it does not have as it is built here, by their CVE identifiers. */
  readonly notAffected?: Readonly<Record<string, NotAffected>>;
  readonly license: {
    /** SPDX expression. */
    readonly spdx: string;
    /** Licence texts in the source tree. */
    readonly files: readonly string[];
  };
  /** Recipes whose headers and static libraries it is built with. */
  readonly needs?: readonly Recipe[];
  /** Files beside the recipe that it reads, besides the recipe itself. */
  readonly files?: readonly string[];
  /** Nothing of it is in the root file system by itself: others link it statically. */
  readonly library?: true;
  /** File beside the recipe with what is wished of its Kconfig, over `allnoconfig`; for sources that have one. */
  readonly kconfig?: string;
  /** Lines of a defconfig for Buildroot's package of the same name, besides the one that selects it. */
  readonly buildroot?: readonly string[];
  /** Builds in `b.src`, installs below `b.root` (the board's root) or `b.staging` (headers, static libraries). */
  build(b: PackageBuild): Promise<void>;
}

/** Why a vulnerability of the sources is none of what is built; published as VEX. */
export interface NotAffected {
  /** In CycloneDX's words. */
  readonly justification: 'code_not_present' | 'code_not_reachable' | 'requires_configuration';
  /** Something that can be checked: the option that leaves the code out, the applet that is not there. */
  readonly detail: string;
}

export interface PackageBuild {
  /** The source tree with Debian's patches, fresh, and the working directory of everything that runs. */
  readonly src: string;
  /** What lands on the board; stripped afterwards. */
  readonly root: string;
  /** `usr/include` and `usr/lib` for recipes that need this one; already there: those that this one needs. */
  readonly staging: string;
  readonly target: Target;
  readonly jobs: number;
  run(argv: Argv, env?: Readonly<Record<string, string>>): Promise<void>;
  /** Path of a file beside the recipe. */
  file(name: string): string;
  /** Runs `./configure` for the target, with prefix /usr, /etc and /var; `env` overrides the usual variables. */
  configure(args: Argv, env?: Readonly<Record<string, string>>): Promise<void>;
  /** Runs make with the cross tools and `-j`. */
  make(args: Argv): Promise<void>;
  /** Copies built files into the root: `{ 'ip/ip': 'usr/sbin/ip' }`, mode 755 unless told. */
  install(files: Readonly<Record<string, string>>, mode?: string): Promise<void>;
  /** Makes links in the root: `{ 'usr/bin/plaitd': 'plaitctl' }`. */
  link(links: Readonly<Record<string, string>>): Promise<void>;
  /** Copies headers and static libraries to the staging tree. */
  stage(files: { readonly include?: readonly string[]; readonly lib?: readonly string[] }): Promise<void>;
  /** Replaces text in a source file; fails when it is not there, so that a newer version is noticed. */
  edit(file: string, from: string | RegExp, to: string): Promise<void>;
}

/** The board's side of the tools. */
export interface Target {
  /** `i586-linux-musl`. */
  readonly triplet: string;
  /** Word size and instruction set for sources that want to be told. */
  readonly arch: 'i386' | 'x86_64';
  /** Programs, as absolute paths. */
  readonly cc: string;
  readonly ar: string;
  readonly ranlib: string;
  readonly strip: string;
  /** Size first; each function in a section of its own. */
  readonly cflags: readonly string[];
  /** Headers of what the recipe needs. */
  readonly cppflags: readonly string[];
  readonly ldflags: readonly string[];
}
