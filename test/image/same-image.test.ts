// SPDX-License-Identifier: MIT
/**
 * One image made in two environments. The parts are small fakes; root file system, squashfs, ext4, FAT, boot loader, disk,
 * xz and bundle are made by the real pipeline. whole-image.slow.ts compiles the real parts twice.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { imageToolsStage } from '../../src/image/archive-tools.ts';
import { loadBoard } from '../../src/image/board.ts';
import { grubStages } from '../../src/image/boot/grub-tools.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { Sources } from '../../src/image/sources/sources.ts';
import { needs } from './needs.ts';
import { buildIn, twoPlaces } from './two-places.ts';

await needs('binutils');

/** What is downloaded is downloaded once, into the cache that everybody uses. */
const sources = new Sources({ cache: cacheDir(), signal: AbortSignal.timeout(300_000) });
await grubStages(sources, (await loadBoard('alix')).firmware);
await imageToolsStage(sources);

const same = suite('an image');

same('has the same bytes for another user, locale, time zone, umask, home and place', async () => {
  const [here, there] = twoPlaces();
  const command = 'exec node --import tsx test/image/print-image.ts';
  const hashes = await buildIn(here, command);
  assert.is(hashes.length, 4);
  assert.equal(await buildIn(there, command), hashes);
});

same.run();
