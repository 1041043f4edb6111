// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashFile } from '../cache.ts';
import { BuildError } from '../errors.ts';
import { exclusively } from '../lock.ts';
import { type Archive, Unreachable } from './archive.ts';
import { writeWhole } from './files.ts';
import type { FetchReports } from './package.ts';
import { checkReleaseFile, parseReleaseFile, type ReleaseFile } from './release-file.ts';
import { readSigned, SignatureError } from './signature.ts';
import { type IndexedVersion, indexPaths, type Kind, sourceWithFile, versionsIn } from './suite-index.ts';
import type { Suite } from './suites.ts';

export interface IndexedSuiteOptions {
  /** What is kept of the suite. */
  readonly dir: string;
  readonly suite: Suite;
  readonly archive: Archive;
  readonly keyring: string;
  /** Gives a keyring to try when `keyring` does not hold the suite's key. */
  readonly newerKeyring?: () => Promise<string>;
  /** Refuse an index whose time is over. */
  readonly expires: boolean;
  readonly reports: FetchReports;
}

/** Compressions of an index, the smallest first. */
const endings = ['.xz', '.gz', ''] as const;

/**
 * A suite of an archive: its signed release file and the indexes that this covers by their hashes. Kept in `dir`:
 * `InRelease` as it was fetched, `Release`, the text that it signs, and the indexes, compressed.
 */
export class IndexedSuite {
  readonly suite: Suite;
  private readonly options: IndexedSuiteOptions;
  private readonly texts = new Map<Kind, Promise<Buffer>>();
  private held: { readonly release: ReleaseFile; readonly digest: string } | undefined;

  constructor(options: IndexedSuiteOptions) {
    this.options = options;
    this.suite = options.suite;
  }

  /** When the archive was last asked, in milliseconds since 1970; undefined when nothing is kept. */
  async checked(): Promise<number | undefined> {
    if ((await this.load()) === undefined) return undefined;
    // apt gives `InRelease` the mirror's date.
    return (await stat(join(this.options.dir, 'Release'))).mtimeMs;
  }

  /** What changes with every new index. */
  get digest(): string {
    return this.kept.digest;
  }

  /** When Debian made the index, in milliseconds since 1970. */
  get date(): number {
    return this.kept.release.date;
  }

  /**
   * Fetches the suite's release file. One that is not signed as it should be, belongs elsewhere, is expired, or is
   * older than the kept one is refused with a BuildError, and what is kept stays. Throws Unreachable.
   */
  async update(): Promise<void> {
    await exclusively(join(this.options.dir, 'update.lock'), () => this.updateAlone());
  }

  private async updateAlone(): Promise<void> {
    const { dir, archive, suite } = this.options;
    const fresh = join(dir, 'InRelease.new');
    const before = await this.load();
    await mkdir(dir, { recursive: true });
    try {
      if (!(await archive.fetch(`dists/${suite}/InRelease`, fresh)))
        throw new Unreachable(`the index of ${suite} cannot be had from ${archive.place}`);
      const text = await this.verify(fresh, before?.release);
      const release = parseReleaseFile(text);
      // Those that were needed before will be needed again: no index is left without what it covers.
      for (const kind of ['source', 'binary'] as const)
        if (before && (await this.isKept(before.release, kind))) await this.fetchIndex(release, kind);
      await writeWhole(join(dir, 'Release'), text);
      await rename(fresh, join(dir, 'InRelease'));
      this.held = { release, digest: digestOf(text) };
      this.texts.clear();
    } finally {
      await rm(fresh, { force: true });
    }
  }

  /** The versions of a package in this suite, unordered. */
  async versions(kind: Kind, name: string): Promise<IndexedVersion[]> {
    return versionsIn(await this.index(kind), kind, name);
  }

  /** The source package of this suite that has a file with this SHA-256. */
  async withFile(sha256: string): Promise<ReturnType<typeof sourceWithFile>> {
    return sourceWithFile(await this.index('source'), sha256);
  }

  /** Whether the archive answers at all: it has the suite's release file. */
  async answers(): Promise<boolean> {
    const probe = join(this.options.dir, `InRelease.${process.pid}.probe`);
    const { archive, suite } = this.options;
    return archive.fetch(`dists/${suite}/InRelease`, probe).finally(() => rm(probe, { force: true }));
  }

  /** Writes release file and kept indexes below `to`, as an archive has them. */
  async export(to: string): Promise<void> {
    const { dir, suite } = this.options;
    const top = join(to, 'dists', suite);
    const { release } = this.kept;
    for (const kind of ['source', 'binary'] as const) {
      const entry = entryOf(release, kind);
      if (!entry) continue;
      await this.fetchIndex(release, kind);
      await mkdir(join(top, entry.path, '..'), { recursive: true });
      await copyFile(join(dir, entry.file), join(top, entry.path));
    }
    await mkdir(top, { recursive: true });
    await copyFile(join(dir, 'InRelease'), join(top, 'InRelease'));
  }

  private get kept(): { readonly release: ReleaseFile; readonly digest: string } {
    if (this.held === undefined) throw new Error(`suite ${this.suite} is used before it was fetched`);
    return this.held;
  }

  private async load(): Promise<IndexedSuite['held']> {
    if (this.held) return this.held;
    const text = await readFile(join(this.options.dir, 'Release'), 'utf8').catch(() => undefined);
    const signed = await stat(join(this.options.dir, 'InRelease')).catch(() => undefined);
    if (text !== undefined && signed) this.held = { release: parseReleaseFile(text), digest: digestOf(text) };
    return this.held;
  }

  private async verify(path: string, previous: ReleaseFile | undefined): Promise<string> {
    const { suite, archive, expires } = this.options;
    try {
      const text = await this.signedText(path);
      const checks = { suite, now: Date.now(), expires, ...(previous ? { previous } : {}) };
      checkReleaseFile(parseReleaseFile(text), checks);
      return text;
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      const message = `the index of ${suite} from ${archive.place} is refused: ${error.message}`;
      throw new BuildError(message, { cause: error });
    }
  }

  private async signedText(path: string): Promise<string> {
    const { keyring, newerKeyring, reports } = this.options;
    try {
      return await readSigned(path, keyring, reports.signal);
    } catch (error) {
      if (!newerKeyring || !(error instanceof SignatureError) || !error.missingKey) throw error;
      const newer = await newerKeyring().catch((why: Error) => {
        reports.line?.(`no newer keyring: ${why.message}`);
        throw error;
      });
      return readSigned(path, newer, reports.signal);
    }
  }

  private index(kind: Kind): Promise<Buffer> {
    const known = this.texts.get(kind) ?? this.readIndex(kind);
    this.texts.set(kind, known);
    // Not for good, when it failed.
    known.catch(() => this.texts.delete(kind));
    return known;
  }

  private async readIndex(kind: Kind): Promise<Buffer> {
    const { release } = this.kept;
    const entry = entryOf(release, kind);
    // An archive need not have both kinds.
    if (!entry) return Buffer.alloc(0);
    if (!(await this.isKept(release, kind))) await this.fetchIndex(release, kind);
    return unpacked(join(this.options.dir, entry.file), entry.unpacked);
  }

  private async isKept(release: ReleaseFile, kind: Kind): Promise<boolean> {
    const entry = entryOf(release, kind);
    if (!entry) return false;
    return (await hashFile(join(this.options.dir, entry.file)).catch(() => '')) === entry.sha256;
  }

  private async fetchIndex(release: ReleaseFile, kind: Kind): Promise<void> {
    const entry = entryOf(release, kind);
    if (!entry || (await this.isKept(release, kind))) return;
    await exclusively(join(this.options.dir, `${entry.file}.lock`), async () => {
      if (!(await this.isKept(release, kind))) await this.fetchEntry(release, entry);
    });
  }

  private async fetchEntry(release: ReleaseFile, entry: IndexEntry): Promise<void> {
    const { archive, dir, suite } = this.options;
    const path = release.byHash
      ? `${entry.path.slice(0, entry.path.lastIndexOf('/'))}/by-hash/SHA256/${entry.sha256}`
      : entry.path;
    const fresh = join(dir, `${entry.file}.new`);
    try {
      const there =
        (await archive.fetch(`dists/${suite}/${path}`, fresh)) ||
        (path !== entry.path && (await archive.fetch(`dists/${suite}/${entry.path}`, fresh)));
      if (!there) throw new Unreachable(`${entry.path} of ${suite} cannot be had from ${archive.place}`);
      if ((await hashFile(fresh)) !== entry.sha256)
        throw new BuildError(
          `${entry.path} of ${suite} from ${archive.place} is refused: it is not what the signed index covers (SHA-256 ${entry.sha256})`,
        );
      await rename(fresh, join(dir, entry.file));
    } finally {
      await rm(fresh, { force: true });
    }
  }
}

interface IndexEntry {
  /** Below `dists/<suite>/`. */
  readonly path: string;
  /** Its name in the directory of the suite. */
  readonly file: string;
  readonly sha256: string;
  /** Bytes without compression: no more are read. */
  readonly unpacked: number;
}

function entryOf(release: ReleaseFile, kind: Kind): IndexEntry | undefined {
  const plain = indexPaths[kind];
  for (const ending of endings) {
    const found = release.files.get(`${plain}${ending}`);
    const unpacked = release.files.get(plain)?.size ?? found?.size;
    if (!found || unpacked === undefined) continue;
    const file = `${plain.slice(plain.lastIndexOf('/') + 1)}${ending}`;
    return { path: `${plain}${ending}`, file, sha256: found.sha256, unpacked };
  }
  return undefined;
}

async function unpacked(path: string, bytes: number): Promise<Buffer> {
  if (!/\.(xz|gz)$/.test(path)) return readFile(path);
  const program = path.endsWith('.xz') ? 'xz' : 'gzip';
  const options = { encoding: 'buffer', maxBuffer: bytes + 1 } as const;
  const { stdout } = await promisify(execFile)(program, ['--decompress', '--stdout', path], options);
  return stdout;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
