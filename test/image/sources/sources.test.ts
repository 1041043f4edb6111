// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StageCache } from '../../../src/image/cache.ts';
import { runStages } from '../../../src/image/runner.ts';
import { type PackageRequest, Sources } from '../../../src/image/sources/sources.ts';
import type { Suite } from '../../../src/image/sources/suites.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';
import {
  type ArchiveKey,
  type Contents,
  makeKey,
  type SourcePackage,
  serve,
  sign,
  type Twist,
  usualDate,
  writeArchive,
} from './debian.ts';

await needs('gpg');

const key = makeKey();
const expiredKey = makeKey('expired');
/** What the machine trusts. */
const keyring = join(scratch(), 'keyring.gpg');
writeFileSync(keyring, Buffer.concat([readFileSync(key.keyring), readFileSync(expiredKey.keyring)]));
const releases = ['bookworm', 'trixie'] as const;
const day = 24 * 3600 * 1000;

const package_ = (version: string, more: Partial<SourcePackage> = {}): SourcePackage => ({
  name: 'hello',
  version,
  upstream: { README: `hello ${version}\n` },
  ...more,
});

/** bookworm has hello 1.0; trixie has 2.0, a security update of it, and lists a 2.2 that is not there. */
const usual: Contents = {
  bookworm: { sources: [package_('1.0-1')] },
  trixie: { sources: [package_('2.0-3')], binaries: { 'hello-data': '1:2.0-1' } },
  'trixie-updates': { sources: [package_('2.2-1', { gone: true })] },
  'trixie-security': { sources: [package_('2.1-1')] },
};

// What a machine's own configuration may say: nothing of it counts.
const lax = join(scratch(), 'apt.conf');
writeFileSync(
  lax,
  [
    'Acquire::AllowInsecureRepositories "true";',
    'Acquire::AllowWeakRepositories "true";',
    'Acquire::AllowDowngradeToInsecureRepositories "true";',
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Check-Date "false";',
    'APT::Get::AllowUnauthenticated "true";',
    'APT::Authentication::TrustCDROM "true";',
    '',
  ].join('\n'),
);
process.env.APT_CONFIG = lax;

/** Serves an archive and gives Sources objects that use it with one cache. */
async function mirror(contents: Contents = usual) {
  const dir = scratch();
  writeArchive(dir, contents, key);
  const server = await serve(dir);
  const cache = scratch();
  const notes: string[] = [];
  const open = (refresh = false, trusted = keyring) =>
    new Sources({
      cache,
      refresh,
      signal: new AbortController().signal,
      onNote: (text) => notes.push(text),
      mirror: { main: `${server.uri}/debian`, security: `${server.uri}/debian-security`, keyring: trusted },
    });
  const outputs = (...stages: Stage[]) =>
    runStages(stages, { cache: new StageCache(cache), logs: join(cache, 'logs'), epoch: 1 });
  /** Makes the kept index of a suite look as if it was fetched so many days ago. */
  const age = (name: Suite, days: number) => {
    const then = new Date(Date.now() - days * day);
    utimesSync(join(cache, 'sources/suites', name, 'Release'), then, then);
  };
  const change = (next: Contents) => writeArchive(dir, next, key);
  return { ...server, dir, cache, notes, open, outputs, age, change };
}

type Mirror = Awaited<ReturnType<typeof mirror>>;

async function withMirror(act: (m: Mirror) => Promise<void>, contents?: Contents): Promise<void> {
  const m = await mirror(contents);
  try {
    await act(m);
  } finally {
    m.close();
  }
}

const hello = (range: string): PackageRequest => ({ name: 'hello', range, releases });

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error.message,
  );
}

const source = suite('Sources.source');

source('takes the first release that has a fitting version', () =>
  withMirror(async ({ open, outputs }) => {
    const stage = await open().source(hello('>=1'));
    assert.is(stage.info.version, '1.0-1');
    assert.is(stage.info.suite, 'bookworm');
    const results = await outputs(stage);
    assert.equal(readdirSync(results.get('source:hello')?.out ?? '').sort(), [
      'hello_1.0-1.debian.tar.gz',
      'hello_1.0.orig.tar.gz',
      'info.json',
    ]);
  }),
);

source('takes the newest version of all suites of a release, and says what the mirror has not got', () =>
  withMirror(async ({ asked, notes, open }) => {
    const { info } = await open().source(hello('>=2'));
    assert.is(info.version, '2.1-1');
    assert.is(info.suite, 'trixie-security');
    assert.is(info.upstream, '2.1');
    assert.ok(asked.includes('/debian/pool/main/h/hello/hello_2.2.orig.tar.gz'));
    assert.equal(notes, [
      'source package hello 2.2-1 of trixie-updates: not on the mirror; took 2.1-1 of trixie-security',
    ]);
  }),
);

source('says for every suite why it could not give the package', () =>
  withMirror(async ({ open }) => {
    const message = await messageOf(open().source(hello('>2.1')));
    assert.match(message, 'source package hello >2.1: no suite could give it.');
    assert.match(message, '  bookworm has 1.0-1\n');
    assert.match(
      message,
      /trixie-updates lists 2\.2-1, but: .* does not hold pool\/main\/h\/hello\/hello_2\.2/,
    );
  }),
);

source('needs no mirror for what it has found once, and fetches again what was lost', () =>
  withMirror(async ({ asked, cache, open, outputs }) => {
    const first = await open().source(hello('<2'));
    asked.length = 0;
    const again = await open().source(hello('<2'));
    await outputs(again);
    assert.equal(again.info, first.info);
    assert.equal(asked, []);
    const tarball = join(cache, 'sources/files/source-hello-1.0-1/hello_1.0.orig.tar.gz');
    writeFileSync(tarball, Buffer.alloc(statSync(tarball).size));
    await outputs(await open().source({ ...hello('<2'), releases: ['bookworm'] }));
    assert.equal(asked, ['/debian/pool/main/h/hello/hello_1.0.orig.tar.gz']);
  }),
);

source('asks again when told to look for newer versions', () =>
  withMirror(async ({ asked, open }) => {
    await open().source(hello('<2'));
    asked.length = 0;
    await open(true).source(hello('<2'));
    assert.ok(asked.includes('/debian/dists/bookworm/InRelease'));
  }),
);

source('looks for security updates after a day, and for others after a week', () =>
  withMirror(async ({ age, asked, change, open }) => {
    await open().source(hello('>=2'));
    for (const name of ['trixie', 'trixie-updates', 'trixie-security'] as const) age(name, 2);
    change({ ...usual, 'trixie-security': { sources: [package_('2.1-2')], date: new Date() } });
    asked.length = 0;
    assert.is((await open().source(hello('>=2'))).info.version, '2.1-2');
    assert.ok(asked.includes('/debian-security/dists/trixie-security/InRelease'));
    assert.not(asked.includes('/debian/dists/trixie/InRelease'));
    age('trixie', 8);
    await open().source(hello('>=2'));
    assert.ok(asked.includes('/debian/dists/trixie/InRelease'));
  }),
);

source('tells which indexes it used, and of which day they are', () =>
  withMirror(async ({ open }) => {
    const sources = open();
    await sources.source(hello('<2'));
    const indexes = await sources.indexes();
    assert.equal(
      indexes.map((index) => index.suite),
      ['bookworm', 'bookworm-security', 'bookworm-updates'],
    );
    for (const { date } of indexes) assert.is(date, usualDate.getTime());
  }),
);

source.run();

const binary = suite('Sources.binary');

binary('unpacks a package of the build machine', () =>
  withMirror(async ({ open, outputs }) => {
    const stage = await open().binary({ name: 'hello-data', releases });
    assert.is(stage.info.version, '1:2.0-1');
    const results = await outputs(stage);
    const file = join(results.get('debian:hello-data')?.out ?? '', 'root/usr/share/hello-data/greeting');
    assert.is(readFileSync(file, 'utf8'), 'hi\n');
  }),
);

binary.run();

/** Ways to be deceived by a mirror: how it begins, and with which words it is refused. */
interface Deceit {
  readonly what: string;
  readonly contents?: Contents;
  readonly twist?: Twist;
  readonly message: RegExp;
}

const bookworm = (more: NonNullable<Contents['bookworm']>): Contents => ({
  ...usual,
  bookworm: { ...usual.bookworm, ...more },
});
const other = makeKey();
const inRelease = (change: (text: string) => string | Buffer): Twist => {
  return (path, file) =>
    path === '/debian/dists/bookworm/InRelease' ? Buffer.from(change(file.toString('latin1'))) : file;
};
const signedAgain = (by: ArchiveKey) => sign(by, 'Codename: bookworm\nDate: Mon, 01 Jun 2026 12:00:00 UTC\n');

const deceits: readonly Deceit[] = [
  { what: 'a release without a signature', contents: bookworm({ key: null }), message: /it is not signed/ },
  {
    what: 'a release signed by a key that is not in the keyring',
    contents: bookworm({ key: other }),
    message: /it is signed with keys that .*keyring\.gpg does not hold: [0-9A-F]{16}/,
  },
  {
    what: 'a release whose key is expired',
    contents: bookworm({ key: expiredKey }),
    message: /expired or revoked/,
  },
  {
    what: 'a changed release',
    twist: inRelease((text) => text.replace('Origin: Debian', 'Origin: Plait')),
    message: /the signature of key [0-9A-F]{16} does not fit its text: it was changed/,
  },
  {
    what: 'a release that follows other text',
    twist: inRelease((text) => `Codename: bookworm\n\n${text}`),
    message: /it is not signed/,
  },
  {
    what: 'two releases in one',
    twist: inRelease((text) => Buffer.concat([Buffer.from(text), signedAgain(key)])),
    message: /it is not one signed text and nothing else/,
  },
  {
    what: 'an expired release',
    contents: bookworm({ validUntil: new Date(Date.now() - 60_000) }),
    message: /it expired at 20.*hides newer security updates/,
  },
  {
    what: 'a release of tomorrow',
    contents: bookworm({ date: new Date(Date.now() + 3 * day) }),
    message: /look at the clock/,
  },
  {
    what: 'the release of another suite',
    contents: bookworm({ codename: 'bookworm-updates' }),
    message: /it is the index of 'bookworm-updates', and not of bookworm/,
  },
  {
    what: 'a changed index',
    twist: (path, file) =>
      path.includes('bookworm/main/source') ? Buffer.from(`${file.toString('latin1')} `, 'latin1') : file,
    message: /Sources\.gz of bookworm from .* is refused: it is not what the signed index covers/,
  },
  {
    what: 'a changed tarball',
    twist: (path, file) => (path.endsWith('orig.tar.gz') ? Buffer.concat([file, Buffer.from('x')]) : file),
    message: /hello_1\.0\.orig\.tar\.gz from .* is refused: it does not have the size and the SHA-256/,
  },
];

const hostile = suite('a mirror that cannot be trusted');

for (const { what, contents, twist, message } of deceits)
  hostile(`is refused: ${what}`, () =>
    withMirror(async ({ cache, open, state }) => {
      if (twist) state.twist = twist;
      assert.match(await messageOf(open().source(hello('<2'))), message);
      assert.not.ok(existsSync(join(cache, 'sources/answers')), 'an answer was kept');
    }, contents),
  );

for (const { what, contents, twist, message } of deceits.slice(0, 3))
  hostile(`stops a build that has an older index: ${what}`, () =>
    withMirror(
      async ({ age, change, open, state }) => {
        await open().source(hello('<2'));
        age('bookworm', 30);
        // A new index, so that there is something to believe.
        change(contents ?? bookworm({ binaries: { 'hello-data': '1' }, date: new Date() }));
        if (twist) state.twist = twist;
        assert.match(await messageOf(open().source(hello('<2'))), message);
        change(usual);
        state.twist = (_, file) => file;
        assert.is((await open().source(hello('<2'))).info.version, '1.0-1');
      },
      bookworm({ date: new Date(Date.now() - 5 * day) }),
    ),
  );

hostile('is refused: an index older than one that was seen before', () =>
  withMirror(async ({ age, change, open }) => {
    await open().source(hello('<2'));
    age('bookworm', 30);
    change(bookworm({ date: new Date(Date.now() - 60 * day) }));
    const message = await messageOf(open().source(hello('<2')));
    assert.match(
      message,
      /the index of bookworm from .* is refused: it is of 20.*, older than the one of 20/,
    );
    assert.match(message, 'PLAIT_DEBIAN_MIRROR');
  }),
);

hostile.run();

const keyrings = suite('the keyring');

keyrings('may be in ASCII armour, as apt allows', () =>
  withMirror(async ({ open }) => {
    const armoured = join(scratch(), 'keyring.asc');
    const base64 = readFileSync(key.keyring).toString('base64').replace(/.{64}/g, '$&\n');
    writeFileSync(
      armoured,
      `-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: x\n\n${base64}\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n`,
    );
    assert.is((await open(false, armoured).source(hello('<2'))).info.version, '1.0-1');
  }),
);

keyrings('is named when it cannot be read', () =>
  withMirror(async ({ open }) => {
    const message = await messageOf(open(false, '/nowhere/keyring.gpg').source(hello('<2')));
    assert.match(message, /keyring of the Debian archive cannot be read: .*\/nowhere\/keyring\.gpg/);
  }),
);

keyrings.run();

const unreachable = suite('a mirror that does not answer');

unreachable('is named, and nothing else is tried', async () => {
  const m = await mirror();
  m.close();
  const message = await messageOf(m.open().source(hello('<2')));
  assert.match(message, /^the index of bookworm cannot be had from http:\/\/127\.0\.0\.1:\d+\/debian$/);
  assert.not.match(message, 'trixie');
});

unreachable('is survived by an older index, and that is said', async () => {
  const m = await mirror();
  await m.open().source(hello('<2'));
  m.close();
  m.age('bookworm', 40);
  // Another request for the same version: there is no answer on record, but index and files are there.
  assert.is((await m.open().source(hello('=1.0'))).info.version, '1.0-1');
  assert.is(m.notes.length, 1);
  const then = new Date(Date.now() - 40 * day).toISOString().slice(0, 10);
  assert.match(m.notes[0] ?? '', `going on with the index of bookworm that was current on ${then}`);
});

unreachable('is not survived when a file is missing, too', async () => {
  const m = await mirror();
  const stage = await m.open().source(hello('<2'));
  m.close();
  writeFileSync(join(m.cache, 'sources/files/source-hello-1.0-1/hello_1.0.orig.tar.gz'), '');
  assert.match(await messageOf(m.outputs(stage)), /the Debian mirror http.* does not answer/);
});

unreachable.run();

const byHash = suite('Sources.tarballs');

byHash('finds a file by its bytes in any suite, and says nothing of those that are not to be had', () =>
  withMirror(
    async ({ open }) => {
      const { files } = (await open().source(hello('=2.0'))).info;
      const wanted = files.find((file) => file.name.includes('orig'))?.sha256 ?? '';
      const found = await open().tarballs([wanted, 'f'.repeat(64)]);
      assert.equal([...found.keys()], [wanted]);
      assert.match(found.get(wanted) ?? '', /hello_2\.0\.orig\.tar\.gz$/);
    },
    // An expired index is good enough for bytes whose hash is known; packages are not taken from it.
    { ...usual, sid: { validUntil: new Date(Date.now() - day) } },
  ),
);

byHash('takes them from an expired index, since their hashes are known', () =>
  withMirror(
    async ({ open }) => {
      const other = await mirror({ sid: { sources: [package_('9.0-1')] } });
      const { files } = (await other.open().source({ name: 'hello', releases: ['sid'] })).info;
      other.close();
      const wanted = files.find((file) => file.name.includes('orig'))?.sha256 ?? '';
      assert.is((await open().tarballs([wanted])).size, 1);
      const message = await messageOf(open().source({ name: 'hello', releases: ['sid'] }));
      assert.match(message, 'it expired');
    },
    { sid: { sources: [package_('9.0-1')], validUntil: new Date(Date.now() - day) } },
  ),
);

byHash('goes on when a file that an expired index lists is not there', () =>
  withMirror(
    async ({ open, asked }) => {
      const other = await mirror({ sid: { sources: [package_('9.0-1')] } });
      const { files } = (await other.open().source({ name: 'hello', releases: ['sid'] })).info;
      other.close();
      const wanted = files.find((file) => file.name.includes('orig'))?.sha256 ?? '';
      assert.is((await open().tarballs([wanted])).size, 0);
      assert.ok(asked.includes('/debian/pool/main/h/hello/hello_9.0.orig.tar.gz'));
    },
    { sid: { sources: [package_('9.0-1', { gone: true })], validUntil: new Date(Date.now() - day) } },
  ),
);

byHash.run();

const offline = suite('Sources offline');

offline('gives what is on disk, however old', async () => {
  const { open, cache, close, age } = await mirror();
  await open().source(hello('<2')).finally(close);
  age('bookworm', 400);
  const { signal } = new AbortController();
  const found = await new Sources({ cache, signal, offline: true }).source(hello('<2'));
  assert.is(found.info.upstream, '1.0');
});

offline('refuses what is not, without asking for it', async () => {
  const { signal } = new AbortController();
  const sources = new Sources({ cache: scratch(), signal, offline: true });
  assert.match(
    await messageOf(sources.source(hello('<2'))),
    /--offline: .* does not hold all that the build needs.*plait mirror/,
  );
});

offline.run();
