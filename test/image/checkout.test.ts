// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildEpoch, buildRevision } from '../../src/image/checkout.ts';
import { UNDATED_EPOCH } from '../../src/image/stage.ts';
import { scratch } from './scratch.ts';

const date = 1_700_000_000;

/** A repository with one commit. */
function repository(): string {
  const dir = join(scratch(), 'my checkout');
  mkdirSync(dir);
  const env = { ...process.env, GIT_AUTHOR_DATE: `${date} +0000`, GIT_COMMITTER_DATE: `${date} +0000` };
  const git = (...args: string[]) => execFileSync('git', ['-C', dir, ...args], { env, stdio: 'pipe' });
  git('init', '-q');
  writeFileSync(join(dir, 'file'), 'text');
  git('add', '.');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'one');
  return dir;
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    (value) => assert.unreachable(`gave ${value}`) as never,
    (error: Error) => error,
  );

const dating = suite('buildEpoch');

dating('is the date of the commit, and a fixed one without a repository', async () => {
  assert.is(await buildEpoch(repository(), {}), date);
  assert.is(await buildEpoch(scratch(), {}), UNDATED_EPOCH);
});

dating('takes no date that a squashfs or mke2fs cannot keep', async () => {
  assert.is(await buildEpoch('/', { SOURCE_DATE_EPOCH: '4294967295' }), 4_294_967_295);
  assert.is(await buildEpoch('/', { SOURCE_DATE_EPOCH: '1' }), 1);
  for (const text of ['4294967296', '9999999999', '0', '-1', '1e9', '2026-01-01', ' ']) {
    const error = await failure(buildEpoch('/', { SOURCE_DATE_EPOCH: text }));
    assert.is(error.name, 'UsageError');
    assert.match(error.message, `SOURCE_DATE_EPOCH is '${text}'; it must be a number of seconds`);
  }
});

dating('does not ask the repository that a hook names by GIT_DIR', async () => {
  const [ours, other] = [repository(), scratch()];
  execFileSync('git', ['init', '-q', other]);
  process.env.GIT_DIR = join(other, '.git');
  try {
    assert.is(await buildEpoch(ours, {}), date);
    assert.match(String(await buildRevision(ours)), /^[0-9a-f]{40}$/);
  } finally {
    delete process.env.GIT_DIR;
  }
});

// Only root can give a file away; for others it shows as skipped.
const asRoot = process.getuid?.() === 0 ? dating : dating.skip;

asRoot('reads a repository of another owner', async () => {
  const dir = repository();
  chownSync(dir, 65_534, 65_534);
  chownSync(join(dir, '.git'), 65_534, 65_534);
  // What git alone says of it.
  assert.throws(() => execFileSync('git', ['-C', dir, 'log', '-1'], { stdio: 'pipe' }), /dubious ownership/);
  assert.is(await buildEpoch(dir, {}), date);
});

dating('says what git refuses, instead of taking another date', async () => {
  const dir = scratch();
  mkdirSync(join(dir, '.git'));
  chmodSync(join(dir, '.git'), 0o755);
  const error = await failure(buildEpoch(dir, {}));
  assert.is(error.name, 'BuildError');
  assert.match(error.message, `the date of the commit in ${dir} cannot be read: fatal: not a git repository`);
});

dating('tells a checkout with edits from its commit', async () => {
  const dir = repository();
  writeFileSync(join(dir, 'file'), 'edited');
  assert.match(String(await buildRevision(dir)), /^[0-9a-f]{40}-dirty$/);
  assert.is(await buildRevision(scratch()), null);
});

dating.run();
