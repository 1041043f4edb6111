// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isSecurity, type Suite } from '../../../src/image/sources/suites.ts';
import { scratch } from '../scratch.ts';

/** A key of an archive, and the keyring that holds its public half. */
export interface ArchiveKey {
  readonly home: string;
  readonly keyring: string;
}

/** Makes a key with GnuPG, good for ever or long expired; its agent ends with the process. */
export function makeKey(validity: 'good' | 'expired' = 'good'): ArchiveKey {
  const home = scratch();
  const past = '20200101T000000';
  if (validity === 'expired') writeFileSync(join(home, 'gpg.conf'), `faked-system-time ${past}\n`);
  const gpg = (...args: string[]) =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const until = validity === 'good' ? 'never' : '1d';
  gpg('--passphrase', '', '--quick-generate-key', 'Archive of the tests', 'ed25519', 'sign', until);
  const keyring = join(home, 'keyring.gpg');
  writeFileSync(keyring, gpg('--export'));
  process.on('exit', () => execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']));
  return { home, keyring };
}

/** Files of a source tree, by their path. */
export type Tree = Readonly<Record<string, string>>;

export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  readonly upstream: Tree;
  /** Debian's patches in their order, by name. */
  readonly patches?: Readonly<Record<string, string>>;
  /** More of Debian's changelog, above the entry that every package has. */
  readonly changelog?: string;
  /** Listed, and not there. */
  readonly gone?: boolean;
}

export interface SuiteContents {
  readonly sources?: readonly SourcePackage[];
  /** Binary packages: name → version; each holds `usr/share/<name>/greeting`. */
  readonly binaries?: Readonly<Record<string, string>>;
  /** When it was made; default: `usualDate`. */
  readonly date?: Date;
  readonly validUntil?: Date;
  /** Default: that of the suite. */
  readonly codename?: string;
  /** Default: the archive's own key. `null` leaves it unsigned. */
  readonly key?: ArchiveKey | null;
}

export type Contents = Readonly<Partial<Record<Suite, SuiteContents>>>;

const always: readonly Suite[] = [
  ...['bookworm', 'bookworm-updates', 'bookworm-security'],
  ...['trixie', 'trixie-updates', 'trixie-security', 'sid'],
] as Suite[];

/** Writes an archive below `dir`, in place of what was there: `debian/` and `debian-security/`. */
export function writeArchive(dir: string, contents: Contents, key: ArchiveKey): void {
  for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true });
  for (const suite of always) {
    const top = join(dir, isSecurity(suite) ? 'debian-security' : 'debian');
    writeSuite(top, suite, contents[suite] ?? {}, key);
  }
}

/** When an archive was made, unless told: an hour ago. */
export const usualDate = new Date(Math.floor(Date.now() / 1000) * 1000 - 3600_000);

function writeSuite(top: string, suite: Suite, contents: SuiteContents, archiveKey: ArchiveKey): void {
  const dists = join(top, 'dists', suite);
  const indexes = {
    'main/source/Sources': (contents.sources ?? []).map((one) => sourceStanza(top, one)).join('\n'),
    'main/binary-amd64/Packages': Object.entries(contents.binaries ?? {})
      .map(([name, version]) => binaryStanza(top, name, version))
      .join('\n'),
  };
  const rows: string[] = [];
  for (const [path, text] of Object.entries(indexes)) {
    // An archive need not have an index of nothing.
    if (text === '') continue;
    for (const [ending, bytes] of [['', Buffer.from(text)] as const, ['.gz', gzipSync(text)] as const]) {
      put(join(dists, path + ending), bytes);
      rows.push(` ${sha256(bytes)} ${bytes.length} ${path}${ending}`);
    }
  }
  const date = contents.date ?? usualDate;
  const release = [
    'Origin: Debian',
    `Codename: ${contents.codename ?? suite}`,
    `Date: ${date.toUTCString().replace('GMT', 'UTC')}`,
    ...(contents.validUntil
      ? [`Valid-Until: ${contents.validUntil.toUTCString().replace('GMT', 'UTC')}`]
      : []),
    'SHA256:',
    ...rows,
    '',
  ].join('\n');
  const key = contents.key === undefined ? archiveKey : contents.key;
  put(join(dists, 'InRelease'), key ? sign(key, release) : Buffer.from(release));
}

export function sign(key: ArchiveKey, text: string): Buffer {
  return once(`sign ${key.home} ${text}`, () =>
    execFileSync('gpg', ['--homedir', key.home, '--batch', '--quiet', '--clearsign'], {
      input: text,
      stdio: ['pipe', 'pipe', 'ignore'],
    }),
  );
}

const made = new Map<string, Buffer>();

/** Archives of several tests have most of their parts in common, each the work of a program. */
function once(what: string, make: () => Buffer): Buffer {
  const known = made.get(what) ?? make();
  made.set(what, known);
  return known;
}

function sourceStanza(top: string, one: SourcePackage): string {
  const { name, version, upstream, patches = {}, changelog = '', gone = false } = one;
  const [, number = '', revision = ''] = /^(?:\d+:)?(.*)-([^-]*)$/.exec(version) ?? [];
  const debian: Tree = {
    'debian/source/format': '3.0 (quilt)\n',
    'debian/control': `Source: ${name}\nMaintainer: Tests <tests@example.org>\n\nPackage: ${name}\nArchitecture: all\n`,
    'debian/changelog': `${changelog}${name} (${version}) trixie; urgency=medium\n\n  * Test.\n\n -- Tests <tests@example.org>  Mon, 01 Jun 2026 12:00:00 +0000\n`,
    'debian/patches/series': Object.keys(patches)
      .map((patch) => `${patch}\n`)
      .join(''),
    ...Object.fromEntries(Object.entries(patches).map(([patch, text]) => [`debian/patches/${patch}`, text])),
  };
  const files = [
    {
      file: `${name}_${number}.orig.tar.gz`,
      bytes: tar(Object.fromEntries(Object.entries(upstream).map(([p, t]) => [`${name}-${number}/${p}`, t]))),
    },
    { file: `${name}_${number}-${revision}.debian.tar.gz`, bytes: tar(debian) },
  ];
  const pool = `pool/main/${name[0]}/${name}`;
  for (const { file, bytes } of gone ? [] : files) put(join(top, pool, file), bytes);
  const rows = files.map(({ file, bytes }) => ` ${sha256(bytes)} ${bytes.length} ${file}`);
  return [
    `Package: ${name}`,
    'Format: 3.0 (quilt)',
    `Version: ${version}`,
    'Checksums-Sha256:',
    // What every package has besides, and nothing here reads.
    ` ${'0'.repeat(64)} 1 ${name}_${number}-${revision}.dsc`,
    ` ${'0'.repeat(64)} 1 ${name}_${number}.orig.tar.gz.asc`,
    ...rows,
    `Directory: ${pool}`,
    '',
  ].join('\n');
}

function binaryStanza(top: string, name: string, version: string): string {
  const path = `pool/main/${name[0]}/${name}/${name}_${version.replace(/^\d+:/, '')}_all.deb`;
  const bytes = once(`deb ${name} ${version}`, () => buildPackage(name, version));
  put(join(top, path), bytes);
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: all',
    `Filename: ${path}`,
    `Size: ${bytes.length}`,
    `SHA256: ${sha256(bytes)}`,
    '',
  ].join('\n');
}

function buildPackage(name: string, version: string): Buffer {
  const tree = scratch();
  put(join(tree, 'usr/share', name, 'greeting'), Buffer.from('hi\n'));
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Tests <tests@example.org>\nDescription: test\n`;
  put(join(tree, 'DEBIAN/control'), Buffer.from(control));
  const file = join(scratch(), 'package.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, file], { stdio: 'ignore' });
  return readFileSync(file);
}

/** The same tree gives the same bytes. */
function tar(tree: Tree): Buffer {
  return once(`tar ${JSON.stringify(tree)}`, () => pack(tree));
}

function pack(tree: Tree): Buffer {
  const dir = scratch();
  for (const [path, text] of Object.entries(tree)) put(join(dir, path), Buffer.from(text));
  const fixed = ['--sort=name', '--mtime=@1', '--owner=0', '--group=0', '--numeric-owner'];
  return execFileSync('tar', [
    '-C',
    dir,
    ...fixed,
    '--use-compress-program=gzip -n',
    '-c',
    ...readdirSync(dir),
  ]);
}

function put(path: string, bytes: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a server gives for a path instead of the file; undefined: nothing. */
export type Twist = (path: string, file: Buffer) => Buffer | undefined;

/** Serves a directory over HTTP and remembers what was asked for. */
export async function serve(dir: string) {
  const asked: string[] = [];
  const state: { twist: Twist } = { twist: (_, file) => file };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(path);
    try {
      const bytes = state.twist(path, readFileSync(join(dir, path)));
      if (bytes) response.end(bytes);
      else response.writeHead(404).end();
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { asked, state, uri, close };
}

/** A copy of a directory. */
export function copyOf(dir: string): string {
  const copy = scratch();
  cpSync(dir, copy, { recursive: true });
  return copy;
}
