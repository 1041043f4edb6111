// SPDX-License-Identifier: MIT

/** What is fetched: the tarballs of a source package, or a binary package. */
export type Kind = 'source' | 'binary';

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
  /** The tarballs that hold the upstream source, or the one binary package. */
  readonly files: readonly IndexedFile[];
}

/** All versions of a package that the text of an index (`Sources`, `Packages`) lists. */
export function versionsIn(index: Buffer, kind: Kind, name: string): IndexedVersion[] {
  const found = new Map<string, IndexedVersion>();
  for (const stanza of stanzasOf(index, name)) {
    const version = stanza.get('Version') ?? '';
    const files = kind === 'source' ? tarballs(stanza) : binary(stanza, version);
    found.set(version, { version, files });
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
    const files = tarballs(stanza);
    if (files.some((file) => file.sha256 === sha256))
      return { package: stanza.get('Package') ?? '', version: stanza.get('Version') ?? '', files };
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

/** Fields by name; the value of one that goes on over several lines has all of them. */
function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const match of stanza.matchAll(/^(\S+?):(.*(?:\n[ \t].*)*)/gm)) {
    fields.set(match[1] ?? '', (match[2] ?? '').trim());
  }
  return fields;
}

function tarballs(stanza: Map<string, string>): IndexedFile[] {
  return (stanza.get('Checksums-Sha256') ?? '').split('\n').flatMap((line) => {
    const [sha256 = '', size = '', name = ''] = line.trim().split(/\s+/);
    if (!/\.tar\.\w+$/.test(name) || /\.debian\.tar\.\w+$/.test(name)) return [];
    return [{ name, size: Number(size), sha256, path: `${stanza.get('Directory')}/${name}` }];
  });
}

function binary(stanza: Map<string, string>, version: string): IndexedFile[] {
  const path = stanza.get('Filename') ?? '';
  const sha256 = stanza.get('SHA256') ?? '';
  if (path === '' || sha256 === '') return [];
  // The name that `apt-get download` gives it.
  const name = `${stanza.get('Package')}_${version.replace(':', '%3a')}_${stanza.get('Architecture')}.deb`;
  return [{ name, size: Number(stanza.get('Size')), sha256, path }];
}
