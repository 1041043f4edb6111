// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StageCache } from '../../../src/image/cache.ts';
import { runStages } from '../../../src/image/runner.ts';
import { Sources } from '../../../src/image/sources/sources.ts';
import { type SkippedPatches, unpackSource } from '../../../src/image/sources/unpack.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';
import { makeKey, writeArchive } from './debian.ts';

await needs('gpg');

const patch = (from: string, to: string) => `--- a/code.c\n+++ b/code.c\n@@ -1 +1 @@\n-${from}\n+${to}\n`;
const key = makeKey();
const archive = join(scratch(), 'archive');
mkdirSync(archive);
const hello = {
  name: 'hello',
  version: '1.0-1+deb13u1',
  upstream: { 'code.c': 'one\n', configure: 'generated\n', 'configure.ac': 'source\n' },
  patches: { 'CVE-2026-0001.patch': patch('one', 'two'), 'not-for-us.patch': patch('two', 'three') },
};
writeArchive(archive, { trixie: { sources: [hello] } }, key);

/** Unpacks hello in a stage of its own; gives the path of its tree. */
async function unpacked(skipped: SkippedPatches = {}): Promise<string> {
  const cache = scratch();
  const sources = new Sources({
    cache,
    signal: new AbortController().signal,
    collected: archive,
    mirror: { main: '', security: '', keyring: key.keyring },
  });
  const source = await sources.source({ name: 'hello', releases: ['trixie'] });
  const stage: Stage = {
    id: 'unpacked',
    inputs: null,
    deps: [source],
    run: async (ctx) => {
      const dir = await unpackSource(ctx, source, skipped);
      await ctx.exec(['cp', '--archive', `${dir}/.`, ctx.out]);
    },
  };
  const results = await runStages([stage], {
    cache: new StageCache(cache),
    logs: join(cache, 'logs'),
    epoch: 1,
  });
  return results.get('unpacked')?.out ?? '';
}

const unpack = suite('unpackSource');

unpack("applies Debian's patches in their order", async () => {
  const dir = await unpacked();
  assert.is(readFileSync(join(dir, 'code.c'), 'utf8'), 'three\n');
  assert.ok(existsSync(join(dir, 'debian/changelog')));
});

unpack('gives all files one date, so that nothing generated looks out of date', async () => {
  const dir = await unpacked();
  const times = ['code.c', 'configure', 'configure.ac'].map((name) => statSync(join(dir, name)).mtimeMs);
  assert.is(new Set(times).size, 1);
});

unpack('leaves out a patch that is named, with those before it applied', async () => {
  const dir = await unpacked({ 'not-for-us.patch': 'it does not fit' });
  assert.is(readFileSync(join(dir, 'code.c'), 'utf8'), 'two\n');
});

unpack('fails for the name of a patch that there is not', async () => {
  const failed = await unpacked({ 'gone.patch': 'it was there once' }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  assert.match(failed ?? 'nothing was thrown', /hello 1\.0-1\+deb13u1 has no patch gone\.patch/);
});

unpack.run();
