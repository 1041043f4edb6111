// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StageCache } from '../../../src/image/cache.ts';
import { runStages } from '../../../src/image/runner.ts';
import { type PackageRequest, Sources } from '../../../src/image/sources/sources.ts';
import { unpackSource } from '../../../src/image/sources/unpack.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { scratch } from '../scratch.ts';

/**
 * A small signed archive: bookworm has hello 1.0; trixie has 2.0, lists a 2.1 whose tarball is missing, and has the
 * binary package hello-data. Its key is in keyring.gpg; the private half was thrown away.
 */
const archive = fileURLToPath(new URL('archive', import.meta.url));
const suites = ['bookworm', 'trixie'] as const;

/** What the mirror answers for a path instead of the file. */
type Twist = (path: string, file: Buffer) => Buffer;

/** Serves the archive, counts requests, and gives Sources objects that use it with one cache. */
async function mirror(twist: Twist = (_, file) => file) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    try {
      response.end(twist(path, readFileSync(join(archive, path))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/debian`;
  const cache = scratch();
  const said: string[] = [];
  const lost: string[] = [];
  const open = (refresh = false, keyring = join(archive, 'keyring.gpg')) =>
    new Sources({
      cache,
      refresh,
      signal: new AbortController().signal,
      line: (text) => said.push(text),
      onLost: (text) => lost.push(text),
      mirror: { main: uri, security: uri, keyring },
    });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  const outputs = (...stages: Stage[]) =>
    runStages(stages, { cache: new StageCache(cache), logs: join(cache, 'logs'), epoch: 1 });
  return { asked, cache, close, lost, open, outputs, said };
}

async function withMirror(
  act: (m: Awaited<ReturnType<typeof mirror>>) => Promise<void>,
  twist?: Twist,
): Promise<void> {
  const m = await mirror(twist);
  try {
    await act(m);
  } finally {
    m.close();
  }
}

const hello = (range: string): PackageRequest => ({ name: 'hello', range, suites });

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error.message,
  );
}

const source = suite('Sources.source');

source('takes the first suite that has a fitting version, and its upstream tarball', () =>
  withMirror(async ({ open, outputs }) => {
    const stage = await open().source(hello('>=1'));
    assert.is(stage.info.version, '1.0-1');
    assert.is(stage.info.suite, 'bookworm');
    const unpacked: Stage = {
      id: 'unpacked',
      inputs: null,
      deps: [stage],
      run: async (ctx) => {
        const dir = await unpackSource(ctx, stage);
        writeFileSync(join(ctx.out, 'readme'), readFileSync(join(dir, 'README')));
      },
    };
    const results = await outputs(stage, unpacked);
    assert.equal(readdirSync(results.get('source:hello')?.out ?? '').sort(), [
      'hello_1.0.orig.tar.gz',
      'info.json',
    ]);
    assert.is(readFileSync(join(results.get('unpacked')?.out ?? '', 'readme'), 'utf8'), 'hello 1.0\n');
  }),
);

source('goes on to an older version when the tarball of the newest is missing on the mirror', () =>
  withMirror(async ({ asked, lost, open }) => {
    const { info } = await open().source(hello('>=2'));
    assert.is(info.version, '2.0-3');
    assert.is(info.upstream, '2.0');
    assert.ok(asked.includes('/debian/pool/main/h/hello/hello_2.1.orig.tar.gz'));
    assert.equal(lost, ['source package hello 2.1-1 of trixie: not on the mirror; took 2.0-3 of trixie']);
  }),
);

source('says for every suite why it could not give the package', () =>
  withMirror(async ({ open }) => {
    const message = await messageOf(open().source(hello('>2.0')));
    assert.match(message, 'source package hello >2.0: no suite could give it.');
    assert.match(message, '  bookworm has 1.0-1\n');
    assert.match(message, /trixie lists 2\.1-1, but: .*hello_2\.1\.orig\.tar\.gz.*404/);
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
    const size = statSync(tarball).size;
    writeFileSync(tarball, Buffer.alloc(size));
    await outputs(await open().source(hello('<2')));
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

source.run();

const binary = suite('Sources.binary');

binary('unpacks a package of the build machine', () =>
  withMirror(async ({ open, outputs }) => {
    const stage = await open().binary({ name: 'hello-data', suites });
    assert.is(stage.info.version, '1:2.0-1');
    const results = await outputs(stage);
    const file = join(results.get('debian:hello-data')?.out ?? '', 'root/usr/share/hello/greeting');
    assert.is(readFileSync(file, 'utf8'), 'hi\n');
  }),
);

binary.run();

const hostile = suite('a mirror that cannot be trusted');

/** Expects a request to fail with a message, and nothing to be kept of it. */
function refuses(what: string, twist: Twist, request: PackageRequest, message: RegExp): void {
  hostile(`is refused: ${what}`, () =>
    withMirror(async ({ cache, open }) => {
      const said = await messageOf(open().source(request));
      assert.match(said, message);
      assert.throws(() => readdirSync(join(cache, 'sources/answers')), /ENOENT/);
    }, twist),
  );
}

const change = (name: string, from: string, to: string): Twist => {
  return (path, file) =>
    path.endsWith(name) ? Buffer.from(file.toString('latin1').replace(from, to), 'latin1') : file;
};

refuses(
  'a changed tarball',
  change('orig.tar.gz', '\x1f', '\x1e'),
  hello('<2'),
  /does not cover: bookworm at .*Hash Sum/,
);
refuses(
  'a changed index',
  change('Sources', '1.0-1', '9.0-1'),
  hello('>=9'),
  /does not cover: bookworm at .*Hash Sum/,
);
refuses('a changed release', change('InRelease', 'Plait tests', 'Plait tricks'), hello('<2'), /BADSIG/);
refuses(
  'a release without a signature',
  (path, file) => {
    if (!path.endsWith('InRelease')) return file;
    return Buffer.from(/Origin:.*?(?=-----BEGIN PGP SIG)/s.exec(file.toString())?.[0] ?? '');
  },
  hello('<2'),
  /not signed|Clearsigned file/,
);

hostile('is refused: a release signed by a key that is not in the keyring', async () => {
  const m = await mirror();
  try {
    const message = await messageOf(
      m.open(false, '/usr/share/keyrings/debian-archive-keyring.gpg').source(hello('<2')),
    );
    assert.match(message, /does not cover: bookworm at .*NO_PUBKEY/);
  } finally {
    m.close();
  }
});

hostile.run();

const unreachable = suite('a mirror that does not answer');

unreachable('is named, and nothing else is tried', async () => {
  const m = await mirror();
  m.close();
  const message = await messageOf(m.open().source(hello('<2')));
  assert.match(
    message,
    /^the Debian mirror does not answer: bookworm at http:\/\/127\.0\.0\.1:\d+\/debian: /,
  );
  assert.not.match(message, 'trixie');
});

unreachable('does not matter for what is on disk already, even when the index is old', async () => {
  const m = await mirror();
  await m.open().source(hello('<2'));
  m.close();
  const old = new Date(Date.now() - 40 * 3600 * 1000);
  utimesSync(join(m.cache, 'sources/apt/bookworm/updated'), old, old);
  // Another request for the same version: there is no answer on record, but index and tarball are there.
  assert.is((await m.open().source(hello('=1.0'))).info.version, '1.0-1');
  assert.ok(m.said.some((line) => line.includes('going on with the index of')));
});

unreachable.run();

const byHash = suite('Sources.tarballs');

/** Of hello 2.0 in trixie, and of 2.1, which trixie lists and the mirror has not got. */
const [there, gone] = [
  'a67205e440e19f2a9d1c7c4a9102cddc78b07a7977adc29ccd2945b3e16822eb',
  'e000648f2b208c97d6d43151923c5a3c17dcd00d11dbd4f45ba1c074f81a55f7',
];

byHash(
  'finds a file by its bytes in any suite, and says nothing of those that are not to be had',
  async () => {
    const { open, close } = await mirror();
    const found = await open()
      .tarballs([there, gone, 'f'.repeat(64)])
      .finally(close);
    assert.equal([...found.keys()], [there]);
    assert.match(found.get(there) ?? '', /hello_2\.0\.orig\.tar\.gz$/);
  },
);

byHash.run();

const offline = suite('Sources offline');

offline('gives what is on disk, from a directory that was filled elsewhere', async () => {
  const { open, cache, close } = await mirror();
  await open().source({ name: 'hello', suites }).finally(close);
  const { signal } = new AbortController();
  const found = await new Sources({ cache, signal, offline: true }).source({ name: 'hello', suites });
  assert.is(found.info.upstream, '1.0');
});

offline('refuses what is not, without asking for it', async () => {
  const { asked, close } = await mirror();
  close();
  const { signal } = new AbortController();
  const sources = new Sources({ cache: scratch(), signal, offline: true });
  const error = await sources.source({ name: 'hello', suites }).catch((failure: Error) => failure);
  assert.match(String(error), /--offline: .* does not hold all that the build needs.*plait mirror/);
  assert.equal(asked, []);
});

offline.run();
