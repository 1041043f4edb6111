// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BuildError } from '../errors.ts';
import { runProgram } from '../exec.ts';
import type { Mirror } from './mirror.ts';
import { type IndexedVersion, type Kind, sourceWithFile, versionsIn } from './suite-index.ts';

/** The suites sources are looked for in, in the order in which they are tried. */
export const suites = [
  'bookworm',
  'bookworm-updates',
  'bookworm-security',
  'trixie',
  'trixie-updates',
  'trixie-security',
  'sid',
] as const;
export type Suite = (typeof suites)[number];

/** The mirror could not be asked at all: other suites need not be tried. */
export class Unreachable extends BuildError {
  override name = 'Unreachable';
}

/** The index lists it, the mirror has not got it. */
export class NotOnMirror extends BuildError {
  override name = 'NotOnMirror';
}

export interface AptOptions {
  /** Directory for this suite's lists, state and configuration. */
  readonly dir: string;
  readonly suite: Suite;
  readonly mirror: Mirror;
  readonly signal: AbortSignal;
  /** Gets every line apt says. */
  readonly line: (text: string) => void;
}

/** One suite of the archive, read by apt with lists and state of its own; nothing outside `dir` is written. */
export class AptSuite {
  readonly suite: Suite;
  private readonly options: AptOptions;
  private keyring: string;
  private readonly indexes = new Map<Kind, Buffer>();

  constructor(options: AptOptions) {
    this.options = options;
    this.suite = options.suite;
    this.keyring = options.mirror.keyring;
  }

  /** The mirror's URI that this suite comes from. */
  get uri(): string {
    return this.suite.endsWith('-security') ? this.options.mirror.security : this.options.mirror.main;
  }

  /** Milliseconds since 1970 of the last good update, 0 when there was none. */
  async updated(): Promise<number> {
    if ((await this.indexPath('source')) === undefined) return 0;
    const stamp = await stat(join(this.options.dir, 'updated')).catch(() => undefined);
    return stamp?.mtimeMs ?? 0;
  }

  /**
   * Fetches the suite's signed index. `newerKeyring` gives a keyring to try when the machine's own does not hold the
   * suite's key. Throws Unreachable.
   */
  async update(newerKeyring?: () => Promise<string>): Promise<void> {
    await this.configure();
    try {
      await this.refresh();
    } catch (error) {
      if (!newerKeyring || !(error as Error).message.includes('NO_PUBKEY')) throw error;
      this.keyring = await newerKeyring();
      await this.configure();
      await this.refresh();
    }
    this.indexes.clear();
    await writeFile(join(this.options.dir, 'updated'), '');
  }

  /** The versions of a package in this suite, unordered. */
  async versions(kind: Kind, name: string): Promise<IndexedVersion[]> {
    return versionsIn(await this.index(kind), kind, name);
  }

  /** The source package of this suite that has a tarball with this SHA-256. */
  async withFile(sha256: string): Promise<ReturnType<typeof sourceWithFile>> {
    return sourceWithFile(await this.index('source'), sha256);
  }

  /** Downloads the files of one version into `dir`; apt checks them against the index. */
  async download(kind: Kind, name: string, version: string, dir: string): Promise<void> {
    const verb = kind === 'source' ? ['source', '--tar-only', '--download-only'] : ['download'];
    await this.apt(['apt-get', this.flags(), '--quiet=2', verb, `${name}=${version}`], dir);
  }

  /** The text of an index that apt has fetched and checked. */
  private async index(kind: Kind): Promise<Buffer> {
    const known = this.indexes.get(kind);
    if (known) return known;
    const path = await this.indexPath(kind);
    const index = path === undefined ? Buffer.alloc(0) : await readFile(path);
    this.indexes.set(kind, index);
    return index;
  }

  private async indexPath(kind: Kind): Promise<string | undefined> {
    const lists = join(this.options.dir, 'lists');
    const end = kind === 'source' ? '_source_Sources' : '_binary-amd64_Packages';
    const name = (await readdir(lists).catch(() => [] as string[])).find((one) => one.endsWith(end));
    return name === undefined ? undefined : join(lists, name);
  }

  private async refresh(): Promise<void> {
    // apt does not fetch again what it has kept in another form, compressed for example.
    if ((await this.indexPath('source')) === undefined) {
      await rm(join(this.options.dir, 'lists'), { recursive: true, force: true });
      await mkdir(join(this.options.dir, 'lists/partial'), { recursive: true });
    }
    await this.apt(['apt-get', this.flags(), '--quiet=1', '-o', 'APT::Update::Error-Mode=any', 'update']);
  }

  private async configure(): Promise<void> {
    const { dir } = this.options;
    for (const name of ['lists/partial', 'cache/archives/partial']) {
      await mkdir(join(dir, name), { recursive: true });
    }
    const stanza = [
      'Types: deb deb-src',
      `URIs: ${this.uri}`,
      `Suites: ${this.suite}`,
      'Components: main',
      'Architectures: amd64',
      `Signed-By: ${this.keyring}`,
    ];
    await writeFile(join(dir, 'plait.sources'), `${stanza.join('\n')}\n`);
    // Read after the machine's own configuration, so that its proxies hold, but not what it does after an update.
    const hooks = ['APT::Update::Pre-Invoke', 'APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success'];
    await writeFile(join(dir, 'apt.conf'), hooks.map((hook) => `#clear ${hook};\n`).join(''));
    await writeFile(join(dir, 'status'), '');
  }

  private flags(): string[] {
    const { dir } = this.options;
    const settings = [
      `Dir::Etc::sourcelist=${join(dir, 'plait.sources')}`,
      'Dir::Etc::sourceparts=-',
      'Dir::Etc::preferences=/dev/null',
      'Dir::Etc::preferencesparts=/dev/null',
      `Dir::State=${dir}`,
      `Dir::State::lists=${join(dir, 'lists')}`,
      `Dir::State::status=${join(dir, 'status')}`,
      `Dir::Cache=${join(dir, 'cache')}`,
      'Acquire::Languages=none',
      // Plain text on disk, whatever the machine prefers: it is read here.
      'Acquire::GzipIndexes=false',
      'Acquire::Retries=2',
      'Acquire::http::Timeout=30',
      'Acquire::https::Timeout=30',
    ];
    return ['-c', join(dir, 'apt.conf'), ...settings.flatMap((setting) => ['-o', setting])];
  }

  private async apt(argv: Parameters<typeof runProgram>[0], cwd?: string): Promise<string> {
    const said: string[] = [];
    const { dir, signal } = this.options;
    try {
      return await runProgram([argv, await this.sandbox(cwd ?? dir)], {
        cwd: cwd ?? dir,
        base: { ...(process.env as Record<string, string>), LC_ALL: 'C.UTF-8' },
        signal,
        capture: true,
        line: (text) => {
          said.push(text);
          this.options.line(text);
        },
      });
    } catch (error) {
      throw this.explain(error, said);
    }
  }

  /** As root, apt drops to its own user for downloads, which may see neither a private home nor a target directory. */
  private async sandbox(target: string): Promise<string[]> {
    if (process.getuid?.() !== 0) return [];
    const unsandboxed = ['-o', 'APT::Sandbox::User=root'];
    if (target !== this.options.dir) return unsandboxed;
    for (let dir = target; dir !== dirname(dir); dir = dirname(dir)) {
      if (((await stat(dir)).mode & 0o001) === 0) return unsandboxed;
    }
    return [];
  }

  private explain(error: unknown, said: readonly string[]): unknown {
    if (this.options.signal.aborted) return error;
    const why = said.filter((line) => /^(E|Err|W):/.test(line)).map((line) => line.replace(/^\w+: ?/, ''));
    const telling = [
      /NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG/,
      /Failed to fetch|not signed/,
      /Could not|Unable/,
    ];
    const first =
      telling.map((pattern) => why.find((line) => pattern.test(line))).find((line) => line) ?? why[0];
    const text = `${this.suite} at ${this.uri}: ${first ?? (error as Error).message}`;
    if (why.some((line) => /Hash Sum|not signed|GPG error|Clearsigned|Release file/.test(line))) {
      return new BuildError(`the Debian mirror gives what its signature does not cover: ${text}`, {
        cause: error,
      });
    }
    if (why.some((line) => /free space|No space left/.test(line))) {
      return new BuildError(`the disk is full: ${text}`, { cause: error });
    }
    if (why.some((line) => /\b(404|403|410)\b/.test(line))) return new NotOnMirror(text, { cause: error });
    if (why.some((line) => /Unable to find|no candidate|not found|Can't (find|select)/i.test(line))) {
      return new NotOnMirror(text, { cause: error });
    }
    return new Unreachable(`the Debian mirror does not answer: ${text}`, { cause: error });
  }
}

/** Reads a text file, `undefined` when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
