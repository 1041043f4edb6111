// SPDX-License-Identifier: MIT
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type PackageRequest, Sources } from '../../../src/image/sources/sources.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';
import { type Contents, copyOf, makeKey, sign, writeArchive } from './debian.ts';

await needs('gpg');

const key = makeKey();
const day = 24 * 3600 * 1000;
const hello = (version: string) => ({ name: 'hello', version, upstream: { README: `hello ${version}\n` } });
const request: PackageRequest = { name: 'hello', releases: ['trixie'] };
/** Of the past, as what was collected long ago is. */
const contents: Contents = {
  trixie: { sources: [hello('1.0-1')], date: new Date(Date.now() - 90 * day) },
  'trixie-security': {
    sources: [hello('1.0-1+deb13u1')],
    date: new Date(Date.now() - 80 * day),
    validUntil: new Date(Date.now() - 73 * day),
  },
};

function open(collected: string, cache = scratch()): Sources {
  const mirror = { main: '', security: '', keyring: key.keyring };
  return new Sources({ cache, collected, mirror, signal: new AbortController().signal });
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error.message,
  );
}

/** What `plait mirror` makes: an archive that holds no more than was asked for. */
const collected = scratch();
const whole = scratch();
writeArchive(whole, contents, key);
{
  const sources = open(whole);
  await sources.source(request);
  await sources.archive.export(collected, sources.used, async (from, to) => {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
  });
}
const inRelease = 'debian-security/dists/trixie-security/InRelease';
const tarball = 'debian-security/pool/main/h/hello/hello_1.0.orig.tar.gz';

const use = suite('a collected mirror');

use('gives what was collected, however old, with the signed index beside it', async () => {
  const { info } = await open(collected).source(request);
  assert.is(info.version, '1.0-1+deb13u1');
  assert.ok(existsSync(join(collected, inRelease)));
  assert.ok(existsSync(join(collected, tarball)));
  assert.not.ok(existsSync(join(collected, 'debian/pool')), 'more than was asked for');
});

/** Ways to change a mirror, and what is said of it. */
const changes: Readonly<Record<string, { change: (dir: string) => void; message: RegExp }>> = {
  'a file with other bytes': {
    change: (dir) => writeFileSync(join(dir, tarball), 'made up'),
    message: /hello_1\.0\.orig\.tar\.gz from .* is refused: it does not have the size and the SHA-256/,
  },
  'a file that is missing': {
    change: (dir) => rmSync(join(dir, tarball)),
    message: /debian-security does not hold pool\/main\/h\/hello\/hello_1\.0\.orig\.tar\.gz/,
  },
  'an index with other versions': {
    change: (dir) =>
      appendFileSync(join(dir, 'debian-security/dists/trixie-security/main/source/Sources.gz'), 'x'),
    message: /Sources\.gz of trixie-security from .* is refused: it is not what the signed index covers/,
  },
  'a changed release': {
    change: (dir) =>
      writeFileSync(
        join(dir, inRelease),
        readFileSync(join(dir, inRelease), 'latin1').replace('Origin: D', 'Origin: X'),
      ),
    message: /trixie-security from .* is refused: the signature of key .* it was changed/,
  },
  'a release that somebody else signed': {
    change: (dir) => writeFileSync(join(dir, inRelease), sign(makeKey(), 'Codename: trixie-security\n')),
    message: /trixie-security from .* is refused: it is signed with keys that .* does not hold/,
  },
  'a suite that is missing': {
    change: (dir) => rmSync(join(dir, 'debian-security'), { recursive: true }),
    message: /does not hold all that the build needs: the index of trixie-security cannot be had from/,
  },
};

for (const [what, { change, message }] of Object.entries(changes))
  use(`is refused: ${what}`, async () => {
    const dir = copyOf(collected);
    change(dir);
    // An archive without the file goes on with the older version; here there is none.
    assert.match(await messageOf(open(dir).source({ ...request, range: '>=1.0' })), message);
  });

use('is refused when it went back to what it was before', async () => {
  const [dir, cache] = [scratch(), scratch()];
  writeArchive(dir, contents, key);
  await open(dir, cache).source(request);
  const older = { ...contents['trixie-security'], date: new Date(Date.now() - 85 * day) };
  writeArchive(dir, { ...contents, 'trixie-security': older }, key);
  assert.match(
    await messageOf(open(dir, cache).source(request)),
    /trixie-security from .* older than the one of 20/,
  );
});

use('must be there, and be one', async () => {
  assert.match(await messageOf(open('/nope').source(request)), /^--mirror: there is no directory \/nope$/);
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  assert.match(await messageOf(open(file).source(request)), /is not a directory$/);
  const empty = scratch();
  mkdirSync(join(empty, 'sources'));
  assert.match(
    await messageOf(open(empty).source(request)),
    /holds no Debian archive .*fill it by `plait mirror/,
  );
});

use.run();
