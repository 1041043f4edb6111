// SPDX-License-Identifier: MIT
/**
 * The whole image of the alix, compiled twice from nothing but downloads, in two environments. Twice the time of a cold
 * build: `npm run test:slow -- whole-image`.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plaitVersion } from '../../src/cli/project.ts';
import { loadBoard } from '../../src/image/board.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { debianEngine } from '../../src/image/engine/debian/engine.ts';
import { boardHostPackages } from '../../src/image/host-packages.ts';
import { imageStages } from '../../src/image/image-stages.ts';
import { Sources } from '../../src/image/sources/sources.ts';
import { needs } from './needs.ts';
import { scratch } from './scratch.ts';
import { buildIn, twoPlaces } from './two-places.ts';

const board = await loadBoard('alix');
await needs(...boardHostPackages(board), ...debianEngine.hostPackages);

/** Planning alone downloads all sources, into the cache that everybody uses. */
const sources = new Sources({ cache: cacheDir(), signal: AbortSignal.timeout(1_200_000) });
const version = plaitVersion();
const parts = await debianEngine.plan(board, {
  sources,
  version,
  reports: { signal: AbortSignal.timeout(1_200_000) },
});
const keys = { key: await signingKey(scratch()), trusted: [] };
await imageStages(board, parts, { keys, sources, version, minVersion: version, engine: 'debian' });

const whole = suite('the whole image');

whole('has the same bytes, compiled by another user in another place', async () => {
  const [here, there] = twoPlaces();
  const command = [
    'out=$PLAIT_CACHE/out',
    'node bin/plait.mjs image --board alix --offline --require-key --no-install --out "$out" > "$PLAIT_CACHE/log" || { cat "$PLAIT_CACHE/log" >&2; exit 1; }',
    'grep "^done in" "$PLAIT_CACHE/log"',
    'cd "$out/alix"',
    'exec sha256sum plait-alix.img plait-alix.img.xz plait-alix.bmap plait-alix.swu',
  ].join(' && ');
  const [time, ...hashes] = await buildIn(here, command);
  console.log(`  here: ${time}`);
  assert.is(hashes.length, 4);
  const [timeThere, ...hashesThere] = await buildIn(there, command);
  console.log(`  there: ${timeThere}`);
  assert.equal(hashesThere, hashes);
});

whole.run();
