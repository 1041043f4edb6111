// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../stage.ts';
import { hashValue } from '../stage.ts';
import { Answers } from './answers.ts';
import { NotOnMirror } from './archive.ts';
import { type ArchiveOptions, DebianArchive, type UsedIndex } from './debian-archive.ts';
import type { PackageFile } from './downloads.ts';
import { place } from './files.ts';
import type { PackageInfo, PackageRequest, PackageStage } from './package.ts';
import { search } from './search.ts';
import type { Kind } from './suite-index.ts';
import { allSuites } from './suites.ts';
import { upstreamVersion } from './version.ts';

export type { FetchReports, PackageInfo, PackageRequest, PackageStage } from './package.ts';

/** Finds packages in the Debian archive and makes stages of them. */
export class Sources {
  /** For questions besides packages: which versions there are. */
  readonly archive: DebianArchive;
  private readonly options: ArchiveOptions;
  private readonly records: Answers;
  private readonly found = new Map<string, PackageInfo>();
  private readonly asked = new Map<string, Promise<PackageInfo>>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: ArchiveOptions) {
    this.options = options;
    this.archive = new DebianArchive(options);
    const digest = async (suite: Parameters<DebianArchive['suite']>[0]) =>
      (await this.archive.suite(suite)).digest;
    this.records = new Answers(join(this.archive.home, 'answers'), digest);
  }

  /**
   * A source package. The stage's output holds its files as Debian signed them, and `info.json` (a PackageInfo);
   * `unpackSource` makes the source tree of them. Throws a BuildError when no suite can give one.
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
   * Looks in every suite for files of source packages by their SHA-256, whatever their names; gives where the found
   * ones lie on disk. What the index lists and the mirror has not got is not found.
   */
  tarballs(hashes: readonly string[]): Promise<Map<string, string>> {
    return this.exclusive(async () => {
      const found = new Map<string, string>();
      for (const name of allSuites) {
        const wanted = hashes.filter((sha256) => !found.has(sha256));
        if (wanted.length === 0) break;
        const suite = await this.archive.catalogue(name);
        for (const sha256 of suite ? wanted : []) {
          const version = await suite?.withFile(sha256);
          if (!version) continue;
          const upstream = upstreamVersion(version.version);
          const path = await this.tarball({ kind: 'source', ...version, upstream, suite: name }, sha256);
          if (path !== undefined) found.set(sha256, path);
        }
      }
      return found;
    });
  }

  /** Everything asked for so far and what it came to, for the manifest; in an order that does not change. */
  get used(): PackageInfo[] {
    return [...this.found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, info]) => info);
  }

  /** The indexes that this was found in. */
  indexes(): Promise<UsedIndex[]> {
    return this.archive.used();
  }

  private async tarball(info: PackageInfo, sha256: string): Promise<string | undefined> {
    try {
      return (await this.archive.files(info, (file) => file.sha256 === sha256))[0]?.path;
    } catch (error) {
      if (error instanceof NotOnMirror) return undefined;
      throw error;
    }
  }

  private stage(
    id: string,
    info: PackageInfo,
    unpack: (files: readonly PackageFile[], ctx: Parameters<Stage['run']>[0]) => Promise<void>,
  ): PackageStage {
    return {
      id,
      info,
      inputs: info,
      deps: [],
      run: async (ctx) => {
        await unpack(await this.archive.files(info), ctx);
        await writeFile(join(ctx.out, 'info.json'), `${JSON.stringify(info, null, 2)}\n`);
      },
    };
  }

  private async find(kind: Kind, request: PackageRequest): Promise<PackageInfo> {
    const key = hashValue({ kind, ...request });
    const answer = this.asked.get(key) ?? this.exclusive(() => this.answer(kind, request));
    this.asked.set(key, answer);
    const info = await answer;
    this.found.set(`${kind} ${info.package} ${info.version}`, info);
    return info;
  }

  private async answer(kind: Kind, request: PackageRequest): Promise<PackageInfo> {
    const stored = this.options.refresh ? undefined : await this.records.get(kind, request);
    if (stored) return stored;
    const result = await search(kind, request, this.archive);
    await this.records.put(kind, request, result);
    const { lost, info } = result;
    if (lost.length > 0)
      this.options.onNote?.(`${lost.join(', ')}: not on the mirror; took ${info.version} of ${info.suite}`);
    return info;
  }

  /** One after the other: what one has fetched, the next need not. */
  private exclusive<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(act);
    this.turn = mine.catch(() => {});
    return mine;
  }
}
