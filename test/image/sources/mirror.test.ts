// SPDX-License-Identifier: MIT
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findMirror, parseDeb822, parseOneLine } from '../../../src/image/sources/mirror.ts';
import { scratch } from '../scratch.ts';

/** A directory like /etc/apt with the given files. */
function etc(files: Record<string, string>): string {
  const dir = scratch();
  mkdirSync(join(dir, 'sources.list.d'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

const archiveKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

const finding = suite('findMirror');

finding('reads the deb822 style, with the keyring it names', async () => {
  const dir = etc({
    'sources.list.d/debian.sources': [
      'Types: deb',
      '# a comment in a stanza',
      'URIs: http://mirror.example/debian/',
      'Suites: bookworm bookworm-updates',
      'Components: main contrib',
      'Signed-By: /usr/share/keyrings/mine.gpg',
      '',
      'Types: deb',
      'URIs: http://security.example/debian-security',
      'Suites: bookworm-security',
      'Components: main',
    ].join('\n'),
  });
  assert.equal(await findMirror(dir, {}), {
    main: 'http://mirror.example/debian',
    security: 'http://security.example/debian-security',
    keyring: '/usr/share/keyrings/mine.gpg',
  });
});

finding('reads the one-line style, and derives the security archive when none is named', async () => {
  const dir = etc({ 'sources.list': 'deb http://mirror.example/debian bookworm main # the mirror\n' });
  assert.equal(await findMirror(dir, {}), {
    main: 'http://mirror.example/debian',
    security: 'http://mirror.example/debian-security',
    keyring: archiveKeyring,
  });
});

finding(
  "passes over other vendors' archives, switched-off entries and files that apt does not read",
  async () => {
    const dir = etc({
      'sources.list':
        '# deb http://old.example/debian bookworm main\ndeb-src http://src.example/debian bookworm main\n',
      'sources.list.d/a-vendor.list': 'deb [arch=amd64] https://vendor.example/apt bookworm main\n',
      'sources.list.d/b.sources':
        'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: x\nComponents: main\n',
      'sources.list.d/c.list.disabled': 'deb http://disabled.example/debian bookworm main\n',
      'sources.list.d/d.sources':
        'Types: deb\nURIs: http://right.example/debian\nSuites: bookworm\nComponents: main\n',
    });
    assert.is((await findMirror(dir, {})).main, 'http://right.example/debian');
  },
);

finding('takes PLAIT_DEBIAN_MIRROR before all', async () => {
  const dir = etc({ 'sources.list': 'deb http://mirror.example/debian bookworm main\n' });
  assert.equal(await findMirror(dir, { PLAIT_DEBIAN_MIRROR: 'http://mine.example/pub/debian/' }), {
    main: 'http://mine.example/pub/debian',
    security: 'http://mine.example/pub/debian-security',
    keyring: archiveKeyring,
  });
});

finding('says what to do when the machine knows no Debian archive', async () => {
  const dir = etc({});
  try {
    await findMirror(dir, {});
  } catch (error) {
    assert.match((error as Error).message, /no Debian archive stands in .*PLAIT_DEBIAN_MIRROR=/);
    return;
  }
  assert.unreachable('must have failed');
});

finding.run();

const parsing = suite('the two styles');

parsing('one line: options, several components', () => {
  assert.equal(parseOneLine('deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian sid main contrib'), [
    { uri: 'http://a.example/debian', suite: 'sid', components: ['main', 'contrib'], signedBy: '/k.gpg' },
  ]);
});

parsing('deb822: values over several lines, keys inside the file, several URIs and suites', () => {
  const text = [
    'Types: deb deb-src',
    'URIs: http://a.example/debian',
    ' http://b.example/debian',
    'Suites: one two',
    'Components: main',
    'Signed-By:',
    ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
    ' .',
    ' abcd',
  ].join('\n');
  const entries = parseDeb822(text);
  assert.is(entries.length, 4);
  assert.equal(entries[3], { uri: 'http://b.example/debian', suite: 'two', components: ['main'] });
});

parsing.run();
