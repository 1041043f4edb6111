// SPDX-License-Identifier: MIT
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import { runProgram } from '../exec.ts';
import { hashValue, type Stage } from '../stage.ts';
import { AptSuite, NotOnMirror, readIfThere, type Suite, suites } from './apt.ts';
import { damaged, place, safe, writeWhole } from './files.ts';
import { findMirror, type Mirror } from './mirror.ts';
import type { IndexedFile, IndexedVersion, Kind } from './suite-index.ts';
import { compareVersions, inRange, upstreamVersion } from './version.ts';

/** A Debian package that the build wants, and where it may come from. */
export interface PackageRequest {
  readonly name: string;
  /** Upstream versions that will do, as in `>=1.36 <2`; default: any. */
  readonly range?: string;
  /** Suites to try, in this order; default: all, the stable ones first. */
  readonly suites?: readonly Suite[];
}

/** What a request came to. Kept, so that the next build needs no network; `info.json` of the stage holds it too. */
export interface PackageInfo {
  readonly kind: Kind;
  readonly package: string;
  /** Debian's version, `1:1.37.0-6`. */
  readonly version: string;
  /** `1.37.0`. */
  readonly upstream: string;
  readonly suite: Suite;
  readonly files: readonly IndexedFile[];
}

/** A stage whose output is one fetched package. */
export interface PackageStage extends Stage {
  readonly info: PackageInfo;
}

/** Who is told of what goes over the network, and can stop it. */
export interface FetchReports {
  readonly signal: AbortSignal;
  /** Gets what the programs say. */
  readonly line?: (text: string) => void;
  /** Told before something is fetched over the network. */
  readonly onFetch?: (what: string) => void;
  /** Told which versions an index lists but the mirror has not got, and what was taken instead. */
  readonly onLost?: (text: string) => void;
  /** Told the seconds that the network took. */
  readonly onFetched?: (what: string, seconds: number) => void;
}

export interface SourcesOptions extends FetchReports {
  /** Lists, downloads and answers live below it: the cache's root, or a directory that `plait mirror` made. */
  readonly cache: string;
  /** Look for newer versions although an answer is on record. */
  readonly refresh?: boolean;
  /** Take only what is on disk. */
  readonly offline?: boolean;
  /** Default: the machine's own. */
  readonly mirror?: Mirror;
}

const day = 24 * 3600 * 1000;
const hour = 3600 * 1000;

/** Finds packages in the Debian archive and makes stages of them. */
export class Sources {
  private readonly found = new Map<string, PackageInfo>();
  private readonly options: SourcesOptions;
  private readonly opened = new Map<Suite, Promise<AptSuite>>();
  private readonly answers = new Map<string, Promise<PackageInfo>>();
  private mirror: Promise<Mirror> | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: SourcesOptions) {
    this.options = options;
  }

  /**
   * A source package. The stage's output holds the tarballs as upstream made them (Debian's patches are not fetched)
   * and `info.json` (a PackageInfo). `unpackSource` unpacks it. Throws a BuildError when no suite can give one.
   */
  async source(request: PackageRequest): Promise<PackageStage> {
    const info = await this.find('source', request);
    return this.stage(`source:${request.name}`, info, async (files, ctx) => {
      for (const file of files) await place(file.path, join(ctx.out, file.name));
    });
  }

  /** A binary package for the build machine, unpacked below `root/` of the stage's output, beside `info.json`. */
  async binary(request: PackageRequest): Promise<PackageStage> {
    const info = await this.find('binary', request);
    return this.stage(`debian:${request.name}`, info, async (files, ctx) => {
      for (const file of files) await ctx.exec(['dpkg-deb', '-x', file.path, join(ctx.out, 'root')]);
    });
  }

  /**
   * Looks in every suite for tarballs of source packages by their SHA-256, whatever their names; gives where the found
   * ones lie on disk. What the index lists and the mirror has not got is not found.
   */
  async tarballs(hashes: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const name of suites) {
      const wanted = hashes.filter((sha256) => !found.has(sha256));
      if (wanted.length === 0) break;
      const suite = await this.exclusive(() => this.open(name)).catch((error: Error) => {
        if (this.options.signal.aborted) throw error;
        // Not every mirror has every suite.
        this.options.line?.(error.message);
      });
      if (!suite) continue;
      for (const sha256 of wanted) {
        const version = await suite.withFile(sha256);
        const path = version && (await this.exclusive(() => this.tarball(name, version, sha256)));
        if (path !== undefined) found.set(sha256, path);
      }
    }
    return found;
  }

  private async tarball(
    suite: Suite,
    { package: name, version, files }: IndexedVersion & { readonly package: string },
    sha256: string,
  ): Promise<string | undefined> {
    const info = {
      kind: 'source',
      package: name,
      version,
      upstream: upstreamVersion(version),
      suite,
      files,
    } as const;
    try {
      const fetched = await this.fetch(info);
      return fetched[files.findIndex((file) => file.sha256 === sha256)]?.path;
    } catch (error) {
      if (error instanceof NotOnMirror) return undefined;
      throw error;
    }
  }

  /** Everything asked for so far and what it came to, for the manifest; in an order that does not change. */
  get used(): PackageInfo[] {
    return [...this.found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, info]) => info);
  }

  private stage(
    id: string,
    info: PackageInfo,
    unpack: (files: { name: string; path: string }[], ctx: Parameters<Stage['run']>[0]) => Promise<void>,
  ): PackageStage {
    return {
      id,
      info,
      inputs: info,
      deps: [],
      run: async (ctx) => {
        await unpack(await this.fetch(info), ctx);
        await writeFile(join(ctx.out, 'info.json'), `${JSON.stringify(info, null, 2)}\n`);
      },
    };
  }

  private async find(kind: Kind, request: PackageRequest): Promise<PackageInfo> {
    const key = hashValue({ kind, ...request });
    const known = this.answers.get(key);
    const answer = known ?? this.answer(kind, request, key);
    this.answers.set(key, answer);
    const info = await answer;
    this.found.set(`${kind} ${info.package} ${info.version}`, info);
    return info;
  }

  private async answer(kind: Kind, request: PackageRequest, key: string): Promise<PackageInfo> {
    const record = join(
      this.options.cache,
      'sources',
      'answers',
      `${kind}-${request.name}-${key.slice(0, 16)}.json`,
    );
    const stored = this.options.refresh ? undefined : await readIfThere(record);
    if (stored !== undefined) {
      const info = parseInfo(stored);
      if (info) return info;
    }
    const info = await this.exclusive(() => this.search(kind, request));
    await writeWhole(record, `${JSON.stringify(info, null, 2)}\n`);
    return info;
  }

  /** Tries the suites in order, in each the newest version first, until one can really be downloaded. */
  private async search(kind: Kind, request: PackageRequest): Promise<PackageInfo> {
    const tried: string[] = [];
    const lost: string[] = [];
    for (const name of request.suites ?? suites) {
      const suite = await this.open(name);
      for (const { version, files } of await this.candidates(suite, kind, request, tried)) {
        try {
          if (files.length === 0) throw new NotOnMirror(`the index of ${name} lists no files with SHA-256`);
          const upstream = upstreamVersion(version);
          const info = { kind, package: request.name, version, upstream, suite: name, files };
          await this.fetch(info);
          if (lost.length > 0)
            this.options.onLost?.(`${lost.join(', ')}: not on the mirror; took ${version} of ${name}`);
          return info;
        } catch (error) {
          if (!(error instanceof NotOnMirror)) throw error;
          lost.push(`${kind} package ${request.name} ${version} of ${name}`);
          tried.push(`${name} lists ${version}, but: ${error.message}`);
        }
      }
    }
    const range = request.range ? ` ${request.range}` : '';
    throw new BuildError(
      `${kind} package ${request.name}${range}: no suite could give it.\n  ${tried.join('\n  ')}`,
    );
  }

  private async candidates(
    suite: AptSuite,
    kind: Kind,
    request: PackageRequest,
    tried: string[],
  ): Promise<IndexedVersion[]> {
    const fitting = async () => {
      const all = await suite.versions(kind, request.name);
      return {
        all,
        fit: all.filter(({ version }) => inRange(upstreamVersion(version), request.range ?? '')),
      };
    };
    let { all, fit } = await fitting();
    if (fit.length === 0 && Date.now() - (await suite.updated()) > hour) {
      await this.update(suite);
      ({ all, fit } = await fitting());
    }
    if (fit.length === 0)
      tried.push(`${suite.suite} has ${all.map(({ version }) => version).join(', ') || 'none'}`);
    return fit.sort((a, b) => compareVersions(b.version, a.version));
  }

  private open(name: Suite): Promise<AptSuite> {
    if (this.options.offline)
      throw new BuildError(
        `--offline: ${this.options.cache} does not hold all that the build needs, and the network may not be asked; ` +
          'collect it by `plait mirror`',
      );
    const known = this.opened.get(name);
    if (known) return known;
    const opened = this.openFresh(name);
    this.opened.set(name, opened);
    return opened;
  }

  /** An index at most a day old, or an older one when the mirror does not answer. */
  private async openFresh(name: Suite): Promise<AptSuite> {
    this.mirror ??= this.options.mirror ? Promise.resolve(this.options.mirror) : findMirror();
    const suite = new AptSuite({
      dir: join(this.options.cache, 'sources', 'apt', name),
      suite: name,
      mirror: await this.mirror,
      signal: this.options.signal,
      line: (text) => this.options.line?.(text),
    });
    const updated = await suite.updated();
    if (Date.now() - updated < day && !this.options.refresh) return suite;
    try {
      await this.update(suite);
    } catch (error) {
      if (updated === 0 || this.options.signal.aborted) throw error;
      this.options.line?.(
        `${(error as Error).message}; going on with the index of ${new Date(updated).toISOString()}`,
      );
    }
    return suite;
  }

  private async update(suite: AptSuite): Promise<void> {
    const older = suite.suite.startsWith('bookworm');
    const newerKeyring = older ? undefined : () => this.archiveKeyring();
    await this.timed(`index of ${suite.suite}`, () => suite.update(newerKeyring));
  }

  /** The archive keyring that today's stable release ships, for machines whose own is too old for newer suites. */
  private async archiveKeyring(): Promise<string> {
    const request = { name: 'debian-archive-keyring', suites: ['bookworm-updates', 'bookworm'] as const };
    const info = await this.search('binary', request);
    const dir = join(this.options.cache, 'sources', 'keyring');
    await mkdir(dir, { recursive: true });
    for (const file of await this.fetch(info)) {
      const base = process.env as Record<string, string>;
      const line = (text: string) => this.options.line?.(text);
      await runProgram(['dpkg-deb', '-x', file.path, dir], {
        cwd: dir,
        base,
        signal: this.options.signal,
        line,
      });
    }
    return join(dir, 'usr/share/keyrings/debian-archive-keyring.gpg');
  }

  /** The files of an answer on disk with the right hashes; downloads what is missing or damaged. */
  private async fetch(info: PackageInfo): Promise<{ name: string; path: string }[]> {
    const dir = join(
      this.options.cache,
      'sources',
      'files',
      `${info.kind}-${info.package}-${safe(info.version)}`,
    );
    const files = info.files.map((file) => ({ ...file, path: join(dir, file.name) }));
    if ((await damaged(files)).length === 0) return files;
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    const suite = await this.open(info.suite);
    await this.timed(`${info.package} ${info.version}`, () =>
      suite.download(info.kind, info.package, info.version, dir),
    );
    const [bad] = await damaged(files);
    if (bad)
      throw new NotOnMirror(`${bad.name}: what was downloaded does not have the SHA-256 ${bad.sha256}`);
    return files;
  }

  private async timed(what: string, act: () => Promise<void>): Promise<void> {
    const begin = Date.now();
    this.options.onFetch?.(what);
    await act();
    this.options.onFetched?.(what, (Date.now() - begin) / 1000);
  }

  private exclusive<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(act);
    this.turn = mine.catch(() => {});
    return mine;
  }
}

function parseInfo(text: string): PackageInfo | undefined {
  try {
    const info = JSON.parse(text) as PackageInfo;
    return Array.isArray(info.files) && info.files.length > 0 ? info : undefined;
  } catch {
    return undefined;
  }
}
