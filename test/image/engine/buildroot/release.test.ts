// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildrootTree, download, release } from '../../../../src/image/engine/buildroot/release.ts';
import { needs } from '../../needs.ts';
import { scratch } from '../../scratch.ts';

await needs('wget');

const bytes = Buffer.from('a release of Buildroot, as it were');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const reports = { signal: new AbortController().signal };

/** A site on the loopback that has one file; tells which bytes were asked for. */
async function site(content: Buffer) {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = content.subarray(from);
    const range =
      from > 0 ? { 'Content-Range': `bytes ${from}-${content.length - 1}/${content.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': part.length, ...range });
    response.end(part);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { uri: `http://127.0.0.1:${port}`, ranges, close: () => server.close() };
}

const facts = (uri: string) => ({ version: '1', file: 'b.tar.xz', size: bytes.length, sha256, site: uri });

const fetching = suite('download');

fetching('goes on where an interrupted one stopped', async () => {
  const { uri, ranges, close } = await site(bytes);
  const path = join(scratch(), 'home/b.tar.xz');
  await mkdir(join(path, '..'));
  await writeFile(`${path}.part`, bytes.subarray(0, 10));
  await download(facts(uri), path, reports).finally(close);
  assert.equal(await readFile(path), bytes);
  assert.equal(ranges, ['bytes=10-']);
});

fetching('removes what does not have the right hash, and says so', async () => {
  const { uri, close } = await site(Buffer.from('something else'));
  const path = join(scratch(), 'b.tar.xz');
  const error = await download(facts(uri), path, reports).catch((failure: Error) => failure);
  close();
  assert.match(String(error), new RegExp(`gave a file with SHA-256 .*upstream's release has ${sha256}`));
  for (const left of [path, `${path}.part`])
    assert.is(await stat(left).catch(() => undefined), undefined, left);
});

fetching('says what else can be done when the site does not answer', async () => {
  const { uri, close } = await site(bytes);
  close();
  const error = await download(facts(uri), join(scratch(), 'b.tar.xz'), reports).catch(
    (failure: Error) => failure,
  );
  assert.match(String(error), /cannot be fetched.*--buildroot DIR.*--engine debian/);
});

fetching.run();

const tree = suite('buildrootTree');
const nowhere = { home: '/nowhere', mirror: undefined, offline: true };

async function fakeTree(version: string): Promise<string> {
  const dir = scratch();
  await writeFile(join(dir, 'Makefile'), `# comment\nexport BR2_VERSION := ${version}\n`);
  return dir;
}

/** A kept release, made of a tarball in the cache. */
async function keptRelease() {
  const home = scratch();
  const source = await fakeTree('2026.02.3');
  await writeFile(join(source, 'package.mk'), 'upstream');
  execFileSync('tar', ['-cJf', join(home, 'b.tar.xz'), '-C', join(source, '..'), basename(source)]);
  const file = await readFile(join(home, 'b.tar.xz'));
  const sha256 = createHash('sha256').update(file).digest('hex');
  const wanted = { version: '2026.02.3', file: 'b.tar.xz', size: file.length, sha256, site: 'http://0' };
  const told: string[] = [];
  const get = () =>
    buildrootTree(
      { dir: undefined, home, mirror: undefined, offline: true },
      { ...reports, onNote: (text) => told.push(text) },
      wanted,
    );
  return { get, told };
}

tree(
  'is kept, and unpacked anew, with a word, when something in it was altered, added or removed',
  async () => {
    const { get, told } = await keptRelease();
    const { dir, digest } = await get();
    const file = join(dir, 'package.mk');
    // What Python leaves behind is no alteration.
    await mkdir(join(dir, '__pycache__'));
    await get();
    assert.equal(told, []);
    const alterations = [
      () => writeFile(file, 'edited'),
      () => writeFile(join(dir, 'added.mk'), 'x'),
      () => rm(file),
      () => rm(`${dir}.digest`),
    ];
    for (const alter of alterations) {
      await alter();
      assert.is((await get()).digest, digest);
      assert.is(await readFile(file, 'utf8'), 'upstream');
      assert.is(await stat(join(dir, 'added.mk')).catch(() => undefined), undefined);
    }
    assert.is(told.length, alterations.length);
    assert.match(told[0] ?? '', 'is not as upstream released it');
  },
);

tree('is not taken from a tarball in the cache that is not the release', async () => {
  const { get } = await keptRelease();
  const { dir } = await get();
  await rm(dir, { recursive: true });
  await writeFile(join(dir, '../b.tar.xz'), 'forged');
  const error = await get().catch((failure: Error) => failure);
  assert.match(String(error), /neither in the cache nor in a mirror/);
});

tree('takes the directory that is named, of the right series', async () => {
  const dir = await fakeTree('2026.02.9');
  const found = await buildrootTree({ dir, ...nowhere }, reports);
  assert.is(found.dir, dir);
  assert.is(found.version, '2026.02.9');
});

tree('names it by its content, without what builds leave in it', async () => {
  const dir = await fakeTree(release.version);
  const digest = async () => (await buildrootTree({ dir, ...nowhere }, reports)).digest;
  const before = await digest();
  await mkdir(join(dir, 'output'));
  await writeFile(join(dir, 'output/file'), 'x');
  assert.is(await digest(), before);
  await writeFile(join(dir, 'Config.in'), 'x');
  assert.is.not(await digest(), before);
});

tree('refuses another series, and what is no tree at all', async () => {
  const error = async (dir: string) =>
    String(await buildrootTree({ dir, ...nowhere }, reports).catch((failure: Error) => failure));
  assert.match(
    await error(await fakeTree('2025.02.1')),
    /is Buildroot 2025\.02\.1; it must be of the series 2026\.02/,
  );
  assert.match(await error(await fakeTree('2026.021')), /is Buildroot 2026\.021/);
  assert.match(await error(scratch()), /is not a tree of Buildroot/);
});

tree('does not ask the network when offline', async () => {
  const home = scratch();
  const error = await buildrootTree(
    { dir: undefined, home, mirror: undefined, offline: true },
    reports,
  ).catch((failure: Error) => failure);
  assert.match(String(error), /neither in the cache nor in a mirror, and --offline forbids/);
});

tree("refuses a mirror's tarball that is not upstream's", async () => {
  const mirror = scratch();
  await writeFile(join(mirror, release.file), 'x');
  const error = await buildrootTree(
    { dir: undefined, home: scratch(), mirror, offline: true },
    reports,
  ).catch((failure: Error) => failure);
  assert.match(String(error), /does not have the SHA-256/);
});

tree.run();
