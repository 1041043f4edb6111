// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError, UsageError } from '../errors.ts';
import { type Archive, aptArchive, directoryArchive, Unreachable } from './archive.ts';
import { download, type FileSource, filesOf, type PackageFile } from './downloads.ts';
import { IndexedSuite } from './indexed-suite.ts';
import { unpackKeyring } from './keyring.ts';
import { findMirror, type Mirror } from './mirror.ts';
import type { FetchReports, PackageInfo } from './package.ts';
import { type Searchable, search } from './search.ts';
import type { IndexedVersion, Kind } from './suite-index.ts';
import { isSecurity, maxAge, type Suite } from './suites.ts';

export interface ArchiveOptions extends FetchReports {
  /** Indexes and files are kept below it. */
  readonly cache: string;
  /** Look for newer indexes although those on disk are young. */
  readonly refresh?: boolean;
  /** Take only what is on disk. */
  readonly offline?: boolean;
  /** Default: the machine's own. */
  readonly mirror?: Mirror;
  /** A directory that `plait mirror` filled, in place of a mirror. */
  readonly collected?: string;
}

/** An index that was used. Times are milliseconds since 1970. */
export interface UsedIndex {
  readonly suite: Suite;
  /** When Debian made it. */
  readonly date: number;
  /** When it was last compared with the mirror's. */
  readonly checked: number;
}

/** Below a directory that `plait mirror` filled: the archive, and the one of security updates. */
const collectedDirs = { main: 'debian', security: 'debian-security' } as const;

/** Debian's archive: suites whose indexes are young and verified, and files that are covered by them. */
export class DebianArchive implements Searchable {
  /** For what is kept of this archive and no other. */
  readonly home: string;
  private readonly options: ArchiveOptions;
  private readonly opened = new Map<Suite, Promise<IndexedSuite>>();
  private readonly catalogues = new Map<Suite, Promise<IndexedSuite | undefined>>();
  private places: Promise<Record<'main' | 'security', Archive> & { keyring: string }> | undefined;
  private unreachable = false;

  constructor(options: ArchiveOptions) {
    this.options = options;
    const { cache, collected } = options;
    const name = collected && createHash('sha256').update(collected).digest('hex').slice(0, 16);
    this.home = join(cache, 'sources', name ? join('collected', name) : '');
  }

  /** A suite with an index that is young enough. */
  suite(name: Suite): Promise<IndexedSuite> {
    const known = this.opened.get(name) ?? this.openSuite(name);
    this.opened.set(name, known);
    return known;
  }

  async versions(suite: Suite, kind: Kind, name: string): Promise<readonly IndexedVersion[]> {
    return (await this.suite(suite)).versions(kind, name);
  }

  async fetch(info: PackageInfo): Promise<void> {
    await this.files(info);
  }

  /** The files of a package on disk, with the hashes of the index; downloads what is missing or damaged. */
  async files(info: PackageInfo, wanted = (_: PackageFile) => true): Promise<PackageFile[]> {
    const files = filesOf(join(this.options.cache, 'sources', 'files'), info).filter(wanted);
    const archive = await this.archiveOf(info.suite);
    const source: FileSource = {
      place: archive?.place ?? this.options.cache,
      fetch: (path, to) => {
        if (!archive) throw this.notHere();
        return this.timed(path.slice(path.lastIndexOf('/') + 1), () => archive.fetch(path, to));
      },
      // Also of a suite whose index is good for a catalogue only.
      answers: async (suite) => (await this.catalogue(suite))?.answers() ?? false,
    };
    await download(files, info.suite, source);
    return files;
  }

  /** The indexes that were used so far. */
  async used(): Promise<UsedIndex[]> {
    const suites = await Promise.all([...this.opened.values()].map((one) => one.catch(() => undefined)));
    const used: UsedIndex[] = [];
    for (const suite of suites)
      if (suite) used.push({ suite: suite.suite, date: suite.date, checked: (await suite.checked()) ?? 0 });
    return used.sort((a, b) => (a.suite < b.suite ? -1 : 1));
  }

  /**
   * A suite to look up files in whose hashes are known already: an index that is expired or cannot be had does no harm
   * there. Undefined when it cannot be had.
   */
  catalogue(name: Suite): Promise<IndexedSuite | undefined> {
    const known = this.catalogues.get(name) ?? this.openCatalogue(name);
    this.catalogues.set(name, known);
    return known;
  }

  /** Writes the indexes that were used below `dir`, as `collected` wants them. */
  async export(dir: string, infos: readonly PackageInfo[], put: (from: string, to: string) => Promise<void>) {
    const below = (suite: Suite) => join(dir, collectedDirs[isSecurity(suite) ? 'security' : 'main']);
    for (const [name, suite] of this.opened) await (await suite.catch(() => undefined))?.export(below(name));
    for (const info of infos)
      for (const file of await this.files(info)) await put(file.path, join(below(info.suite), file.origin));
  }

  private async openSuite(name: Suite): Promise<IndexedSuite> {
    const { collected, offline, refresh, signal, onNote } = this.options;
    const suite = await this.make(name, join(this.home, 'suites', name), collected === undefined);
    const checked = await suite?.checked();
    if (!suite) throw this.notHere();
    if (offline && !collected) {
      if (checked === undefined) throw this.notHere();
      return suite;
    }
    const young = checked !== undefined && Date.now() - checked < maxAge(name);
    if (young && !refresh && !collected) return suite;
    try {
      if (this.unreachable && checked !== undefined)
        throw new Unreachable('the Debian mirror does not answer');
      await this.timed(`index of ${name}`, () => suite.update());
    } catch (error) {
      if (!(error instanceof Unreachable) || signal.aborted) throw error;
      this.unreachable = true;
      if (collected)
        throw new BuildError(`${collected} does not hold all that the build needs: ${error.message}`, {
          cause: error,
        });
      if (checked === undefined) throw error;
      const since = new Date(checked).toISOString().slice(0, 10);
      onNote?.(`${error.message}; going on with the index of ${name} that was current on ${since}`);
    }
    return suite;
  }

  private async openCatalogue(name: Suite): Promise<IndexedSuite | undefined> {
    const { offline, signal, line } = this.options;
    try {
      return await this.suite(name);
    } catch (error) {
      if (signal.aborted) throw error;
      line?.((error as Error).message);
    }
    const suite = await this.make(name, join(this.home, 'catalogue', name), false);
    if (offline || !suite) return undefined;
    return suite.update().then(
      () => suite,
      (error: Error) => {
        if (signal.aborted) throw error;
        line?.(error.message);
        return undefined;
      },
    );
  }

  private async make(name: Suite, dir: string, expires: boolean): Promise<IndexedSuite> {
    const { main, security, keyring } = await this.findPlaces();
    const archive = isSecurity(name) ? security : main;
    const older = name.startsWith('bookworm');
    const newer = older ? {} : { newerKeyring: () => this.archiveKeyring() };
    return new IndexedSuite({
      dir,
      suite: name,
      archive,
      keyring,
      ...newer,
      expires,
      reports: this.options,
    });
  }

  private async archiveOf(suite: Suite): Promise<Archive | undefined> {
    if (this.options.offline && !this.options.collected) return undefined;
    const { main, security } = await this.findPlaces();
    return isSecurity(suite) ? security : main;
  }

  private findPlaces() {
    this.places ??= this.lookUpPlaces();
    return this.places;
  }

  private async lookUpPlaces() {
    const { collected, offline } = this.options;
    if (collected !== undefined) {
      await requireCollected(collected);
      const [main, security] = [collectedDirs.main, collectedDirs.security].map((dir) =>
        directoryArchive(join(collected, dir)),
      ) as [Archive, Archive];
      const keyring = this.options.mirror?.keyring ?? (await findMirror().catch(() => undefined))?.keyring;
      return { main, security, keyring: keyring ?? '/usr/share/keyrings/debian-archive-keyring.gpg' };
    }
    const mirror = this.options.mirror ?? (offline ? nowhere : await findMirror());
    const { main, security, keyring } = mirror;
    return { main: aptArchive(main, this.options), security: aptArchive(security, this.options), keyring };
  }

  /** The archive keyring that today's stable release ships, for machines whose own is too old for newer suites. */
  private async archiveKeyring(): Promise<string> {
    const request = { name: 'debian-archive-keyring', releases: ['bookworm'] as const };
    const { info } = await search('binary', request, this);
    const [file] = await this.files(info);
    return unpackKeyring(file?.path ?? '', join(this.home, 'keyring'), this.options);
  }

  private notHere(): BuildError {
    return new BuildError(
      `--offline: ${this.options.cache} does not hold all that the build needs, and the network may not be asked; ` +
        'collect it by `plait mirror`',
    );
  }

  private async timed<T>(what: string, act: () => Promise<T>): Promise<T> {
    const begin = Date.now();
    this.options.onFetch?.(what);
    const result = await act();
    this.options.onFetched?.(what, (Date.now() - begin) / 1000);
    return result;
  }
}

/** Nothing is fetched from there. */
const nowhere: Mirror = { main: '', security: '', keyring: '' };

/** Throws a UsageError for a directory that is not there, or that `plait mirror` did not fill. */
export async function requireCollected(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined);
  if (!found) throw new UsageError(`--mirror: there is no directory ${dir}`);
  if (!found.isDirectory()) throw new UsageError(`--mirror: ${dir} is not a directory`);
  if ((await readdir(join(dir, collectedDirs.main, 'dists')).catch(() => [])).length === 0)
    throw new UsageError(
      `--mirror: ${dir} holds no Debian archive (no ${collectedDirs.main}/dists in it); fill it by \`plait mirror ${dir}\``,
    );
}
