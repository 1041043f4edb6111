// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../src/cli/project.ts';
import type { Manifest } from '../../src/image/reports/manifest.ts';
import { scratch } from '../image/scratch.ts';
import { fileReasons, optionReasons, packageReasons, type Reason } from './differences.ts';
import { type BuiltParts, builtParts, cacheWithoutParts } from './engines.ts';

const board = 'alix';
const own = await builtParts(board, 'debian');
const reference = await builtParts(board, 'buildroot');

/** What only one of two lists has and no reason covers; fails also for a reason that covers nothing any more. */
function unexplained(one: Iterable<string>, other: Iterable<string>, reasons: readonly Reason[]): void {
  const [a, b] = [new Set(one), new Set(other)];
  const different = [...a].filter((item) => !b.has(item)).concat([...b].filter((item) => !a.has(item)));
  const open = different.filter((item) => !reasons.some(({ covers }) => covers.test(item)));
  assert.equal(open, [], 'differences without a reason');
  const idle = reasons.filter(
    ({ covers, where }) => where === undefined && !different.some((item) => covers.test(item)),
  );
  assert.equal(
    idle.map(({ why }) => why),
    [],
    'reasons for differences that are no more',
  );
}

const compared = suite('the two engines');

compared('make images of the same components', () => {
  const names = (parts: BuiltParts) => parts.components.keys();
  unexplained(names(own), names(reference), packageReasons);
});

compared('configure the same kernel', () => {
  assert.is(own.components.get('linux'), reference.components.get('linux'));
  const options = (parts: BuiltParts) =>
    parts.config.split('\n').filter((line) => /CONFIG_\w+[= ]/.test(line));
  unexplained(options(own), options(reference), optionReasons);
});

compared('install the same files', () => {
  const paths = (parts: BuiltParts) =>
    [...parts.files.keys()].map((path) => path.replace(/^(usr\/)?s?bin\//, 'bin/'));
  unexplained(paths(own), paths(reference), fileReasons);
});

compared.run();

const offline = suite('an image without a network');

offline('is built by Buildroot once the sources are there', async () => {
  const [out, cache] = [scratch(), scratch()];
  await cacheWithoutParts(cache);
  const argv = [
    '--net',
    'node',
    'bin/plait.mjs',
    'image',
    '--board',
    board,
    '--engine',
    'buildroot',
    '--offline',
    '--out',
    out,
  ];
  const { status, stdout, stderr } = spawnSync('unshare', argv, {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, PLAIT_CACHE: cache },
  });
  assert.is(status, 0, stdout + stderr);
  assert.match(stdout, /^buildroot \(/m, 'Buildroot did not run');
  const manifest = JSON.parse(readFileSync(join(out, board, 'manifest.json'), 'utf8')) as Manifest;
  assert.is(manifest.engine.name, 'buildroot');
});

offline.run();
