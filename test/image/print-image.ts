// SPDX-License-Identifier: MIT
/** Builds an image of fake parts by the whole pipeline and prints the hashes of its files: for same-image.test.ts. */
import { join } from 'node:path';
import { loadBoard } from '../../src/image/board.ts';
import { keyDir, signingKey } from '../../src/image/bundle/signing-key.ts';
import { hashFile } from '../../src/image/cache.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { imageStages } from '../../src/image/image-stages.ts';
import { buildImage } from '../../src/image/pipeline.ts';
import { fakeParts } from './parts.ts';

const cache = cacheDir();
const out = join(cache, 'out');
const { files } = await buildImage({
  board: await loadBoard('alix'),
  engine: { name: 'fake', hostPackages: [], plan: async () => fakeParts() },
  image: imageStages,
  keys: { key: await signingKey(keyDir(), { mustExist: true }), trusted: [] },
  summary: () => [],
  version: '0.1.0',
  minVersion: '0.1.0',
  cache,
  out,
  epoch: 1_700_000_000,
  parallel: 2,
  jobs: 2,
  refresh: false,
  offline: true,
  install: false,
  signal: new AbortController().signal,
  onEvent: () => {},
});
for (const { name } of files)
  if (/\.(img|xz|bmap|swu)$/.test(name)) console.log(`${await hashFile(join(out, name))} ${name}`);
