// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import { fieldsOf } from './deb822.ts';

/** One line of apt's configuration, taken apart: where packages come from. */
export interface AptEntry {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Path of a keyring file; absent when the entry names none or carries the key itself. */
  readonly signedBy?: string;
}

/** The machine's Debian archive and its security archive. */
export interface Mirror {
  readonly main: string;
  readonly security: string;
  readonly keyring: string;
}

const archiveKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Finds the mirror this machine uses in apt's own configuration below `etc` (read, never written). PLAIT_DEBIAN_MIRROR
 * takes another one: the URI of the archive; the security archive is then its neighbour `debian-security`.
 */
export async function findMirror(etc = '/etc/apt', env: NodeJS.ProcessEnv = process.env): Promise<Mirror> {
  const entries = await readAptEntries(etc);
  const main = entries.find((e) => isDebian(e) && !e.suite.includes('-security'));
  const security = entries.find((e) => isDebian(e) && e.suite.includes('-security'));
  const uri = env.PLAIT_DEBIAN_MIRROR ?? main?.uri;
  if (uri === undefined) {
    throw new BuildError(
      `no Debian archive stands in ${etc}/sources.list or ${etc}/sources.list.d; ` +
        'name one in the environment: PLAIT_DEBIAN_MIRROR=<URI of a Debian mirror>',
    );
  }
  return {
    main: noSlash(uri),
    security: noSlash((env.PLAIT_DEBIAN_MIRROR ? undefined : security?.uri) ?? neighbour(uri)),
    keyring: main?.signedBy ?? archiveKeyring,
  };
}

/** Every enabled `deb` entry of apt's configuration, both styles, in apt's order. */
export async function readAptEntries(etc: string): Promise<AptEntry[]> {
  const parts = join(etc, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [] as string[])).sort();
  const paths = [join(etc, 'sources.list'), ...names.map((name) => join(parts, name))];
  const entries: AptEntry[] = [];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (path.endsWith('.list')) entries.push(...parseOneLine(text));
    else if (path.endsWith('.sources')) entries.push(...parseDeb822(text));
  }
  return entries;
}

/** The one-line style: `deb [options] uri suite component…`. */
export function parseOneLine(text: string): AptEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri = '', suite = '', rest = ''] = match;
    return [entry(uri, suite, words(rest), /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1])];
  });
}

/** The deb822 style: stanzas of fields; values may go on in lines that begin with a blank. */
export function parseDeb822(text: string): AptEntry[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const fields = new Map([...fieldsOf(stanza)].map(([name, value]) => [name.toLowerCase(), value]));
      const get = (name: string) => words(fields.get(name) ?? '');
      if (!get('types').includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') return [];
      return get('uris').flatMap((uri) =>
        get('suites').map((suite) => entry(uri, suite, get('components'), get('signed-by')[0])),
      );
    });
}

function entry(uri: string, suite: string, components: string[], signedBy: string | undefined): AptEntry {
  return { uri, suite, components, ...(signedBy?.startsWith('/') ? { signedBy } : {}) };
}

/** Other vendors use Debian's suite names too; Debian's own archives are named after it. */
function isDebian(entry: AptEntry): boolean {
  return /\bdebian(-security)?(\.list)?\/?$/.test(entry.uri) && entry.components.includes('main');
}

function neighbour(uri: string): string {
  return noSlash(uri).replace(/debian(\.list)?$/, 'debian-security$1');
}

function noSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
