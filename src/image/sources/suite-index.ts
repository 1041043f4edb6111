// SPDX-License-Identifier: MIT
import { fieldsOf, rowsOf } from './deb822.ts';

/*
 * Reads single packages out of the text of an index. Hand-written, since the index is the 60 megabytes that were just
 * checked against the signature: finding a name in them takes milliseconds. `apt-cache showsrc` reads only what
 * `apt-get update` has put into apt's own directories, and `grep-dctrl` parses all of it anew for every question.
 */

/** What is fetched: the files of a source package, or a binary package. */
export type Kind = 'source' | 'binary';

/** Where the index of a kind is below `dists/<suite>/`, without the ending of its compression. */
export const indexPaths: Readonly<Record<Kind, string>> = {
  source: 'main/source/Sources',
  binary: 'main/binary-amd64/Packages',
};

/** A file as the signed index of its suite lists it. */
export interface IndexedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Where it is below the mirror: `pool/main/b/busybox/…`. */
  readonly path: string;
}

/** One version of a package in a suite. */
export interface IndexedVersion {
  /** As Debian writes it: `1:1.37.0-6`. */
  readonly version: string;
  /** Of a binary package: the source package it was built from. */
  readonly source?: string;
  /** Of a source package: `3.0 (quilt)`. */
  readonly format?: string;
  /** Upstream's tarballs and Debian's changes to them, or the one binary package. */
  readonly files: readonly IndexedFile[];
}

/** All versions of a package that the text of an index (`Sources`, `Packages`) lists. */
export function versionsIn(index: Buffer, kind: Kind, name: string): IndexedVersion[] {
  const found = new Map<string, IndexedVersion>();
  for (const stanza of stanzasOf(index, name)) {
    const version = stanza.get('Version') ?? '';
    found.set(version, kind === 'source' ? source(stanza, version) : binary(stanza, version));
  }
  return [...found.values()];
}

/** The version of a source package that has a file with this SHA-256, and the package's name. */
export function sourceWithFile(
  index: Buffer,
  sha256: string,
): (IndexedVersion & { readonly package: string }) | undefined {
  for (let at = index.indexOf(sha256); at >= 0; at = index.indexOf(sha256, at + 1)) {
    const stanza = fieldsOf(stanzaAt(index, at));
    const found = source(stanza, stanza.get('Version') ?? '');
    if (found.files.some((file) => file.sha256 === sha256))
      return { package: stanza.get('Package') ?? '', ...found };
  }
  return undefined;
}

/** The stanzas of a package, without taking apart the many megabytes of the others. */
function* stanzasOf(index: Buffer, name: string): Generator<Map<string, string>> {
  const key = `Package: ${name}\n`;
  for (let at = index.indexOf(key); at >= 0; at = index.indexOf(key, at + 1)) {
    // At the begin of a line, and so not inside another field.
    if (at > 0 && index[at - 1] !== 0x0a) continue;
    yield fieldsOf(stanzaAt(index, at));
  }
}

/** The text of the stanza around a place in the index. */
function stanzaAt(index: Buffer, at: number): string {
  const before = at === 0 ? -1 : index.lastIndexOf('\n\n', at - 1);
  const after = index.indexOf('\n\n', at);
  return index.toString('utf8', before < 0 ? 0 : before + 2, after < 0 ? index.length : after);
}

/** All but upstream's own signatures and the `.dsc`, which says what the index says. */
function source(stanza: Map<string, string>, version: string): IndexedVersion {
  const format = stanza.get('Format') ?? '1.0';
  const files = rowsOf(stanza.get('Checksums-Sha256')).flatMap(([sha256 = '', size = '', name = '']) =>
    /\.(asc|dsc)$/.test(name)
      ? []
      : indexed(name, Number(size), sha256, `${stanza.get('Directory')}/${name}`),
  );
  return { version, format, files };
}

function binary(stanza: Map<string, string>, version: string): IndexedVersion {
  // The name that `apt-get download` gives it.
  const name = `${stanza.get('Package')}_${version.replace(':', '%3a')}_${stanza.get('Architecture')}.deb`;
  const size = Number(stanza.get('Size'));
  const from = stanza.get('Source')?.split(' ')[0] ?? stanza.get('Package') ?? '';
  return {
    version,
    source: from,
    files: indexed(name, size, stanza.get('SHA256') ?? '', stanza.get('Filename') ?? ''),
  };
}

/** Nothing for a file without a hash, or whose name or path would leave the place it is written to. */
function indexed(name: string, size: number, sha256: string, path: string): IndexedFile[] {
  const plain = (part: string) => part !== '' && part !== '.' && part !== '..' && !/[\0\\]/.test(part);
  if (!/^[0-9a-f]{64}$/.test(sha256) || !Number.isSafeInteger(size)) return [];
  if (name.includes('/') || !plain(name) || !path.split('/').every(plain)) return [];
  return [{ name, size, sha256, path }];
}
