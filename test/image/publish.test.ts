// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { publish } from '../../src/image/publish.ts';
import { requireSpace } from '../../src/image/space.ts';
import { scratch } from './scratch.ts';

const never = new AbortController().signal;
const nothing = async () => {};

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error.message,
  );
}

const publishing = suite('publish');

publishing('merges the outputs, keeps holes, and weighs folders', async () => {
  const [a, b, to] = [scratch(), scratch(), join(scratch(), 'out/alix')];
  writeFileSync(join(a, 'disk.img'), '');
  truncateSync(join(a, 'disk.img'), 50_000_000);
  mkdirSync(join(b, 'licenses/musl'), { recursive: true });
  writeFileSync(join(b, 'licenses/musl/COPYRIGHT'), 'MIT');
  const files = await publish([a, b], to, nothing, never);
  assert.equal(files, [
    { name: 'disk.img', size: 50_000_000 },
    { name: 'licenses/', size: 3 },
  ]);
  assert.ok(statSync(join(to, 'disk.img')).blocks < 100);
});

publishing('leaves the old files when the finishing touch fails', async () => {
  const [a, to] = [scratch(), join(scratch(), 'alix')];
  mkdirSync(to);
  writeFileSync(join(to, 'manifest.json'), '{"board":"alix"}');
  const touch = async () => {
    throw new Error('no manifest');
  };
  assert.is(await messageOf(publish([a], to, touch, never)), 'no manifest');
  assert.equal(readdirSync(to), ['manifest.json']);
  assert.equal(readdirSync(join(to, '..')), ['alix']);
});

publishing('replaces what a build published, and nothing else', async () => {
  const [a, dir] = [scratch(), scratch()];
  writeFileSync(join(a, 'manifest.json'), '{"board":"alix"}');
  const to = join(dir, 'alix');
  for (const name of ['alix', 'alix.new', 'alix.old']) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'holiday.jpg'), 'a photo');
  }
  assert.match(await messageOf(publish([a], to, nothing, never)), `--out: ${to} was not made by a build`);
  assert.equal(readdirSync(to), ['holiday.jpg']);
  writeFileSync(join(dir, 'file'), '');
  assert.match(await messageOf(publish([a], join(dir, 'file'), nothing, never)), 'is not a directory');
  rmSync(to, { recursive: true });
  for (let time = 0; time < 2; time++) await publish([a], to, nothing, never);
  assert.equal(readdirSync(to), ['manifest.json']);
  for (const name of ['alix.new', 'alix.old']) assert.equal(readdirSync(join(dir, name)), ['holiday.jpg']);
});

publishing.run();

const full = suite('a full disk');

full('is told before a build begins', async () => {
  const dir = scratch();
  assert.match(
    await messageOf(requireSpace(dir, 1e18, 'a cold build')),
    /^not enough disk space: a cold build needs about 1000000000\.0 GB in .*, [\d.]+ [GM]B are free$/,
  );
  await requireSpace(dir, 1, 'a build');
});

full('leaves the published files as they were', async () => {
  const [a, mount] = [scratch(), scratch()];
  if (!mountSmall(mount)) {
    console.log('(only root can mount the small file system that this needs)');
    return;
  }
  try {
    const to = join(mount, 'alix');
    mkdirSync(to);
    writeFileSync(join(to, 'manifest.json'), '{"board":"alix"}');
    writeFileSync(join(a, 'disk.img'), Buffer.alloc(2_000_000, 1));
    assert.match(await messageOf(publish([a], to, nothing, never)), 'No space left on device');
    assert.is(readFileSync(join(to, 'manifest.json'), 'utf8'), '{"board":"alix"}');
    assert.equal(readdirSync(mount), ['alix']);
  } finally {
    execFileSync('umount', [mount]);
  }
});

/** Mounts a file system of 1 MiB; tells whether it could. */
function mountSmall(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

full.run();
