// SPDX-License-Identifier: MIT
/**
 * One image made in two environments: this one, and that of another user with another locale, time zone, umask and no
 * home, in a checkout whose path has blanks and umlauts. The parts are small fakes; root file system, squashfs, ext4, FAT,
 * boot loader, disk, xz and bundle are made by the real pipeline.
 */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { imageToolsStage } from '../../src/image/archive-tools.ts';
import { loadBoard } from '../../src/image/board.ts';
import { grubStages } from '../../src/image/boot/grub-tools.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { Sources } from '../../src/image/sources/sources.ts';
import { needs } from './needs.ts';
import { scratch } from './scratch.ts';

await needs('binutils');

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** What is downloaded is downloaded once, into the cache that everybody uses. */
const sources = new Sources({ cache: cacheDir(), signal: AbortSignal.timeout(300_000) });
await grubStages(sources, (await loadBoard('alix')).firmware);
await imageToolsStage(sources);
const keyFolder = scratch();
await signingKey(keyFolder);

interface Place {
  readonly checkout: string;
  readonly umask: string;
  readonly env: Readonly<Record<string, string>>;
  /** Default: the user who runs the test. */
  readonly uid?: number | undefined;
}

/** Builds in a cache of its own, with what was downloaded; returns the hashes of what is published. */
async function hashes({ checkout, umask, env, uid }: Place): Promise<string[]> {
  const [cache, keys] = [scratch(), scratch()];
  const downloads = join(cacheDir(), 'sources');
  const filter = (path: string) => path !== join(downloads, 'apt');
  cpSync(downloads, join(cache, 'sources'), { recursive: true, filter });
  cpSync(keyFolder, keys, { recursive: true });
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, cache, keys]);
  const script = `umask ${umask}; exec node --import tsx test/image/print-image.ts`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script], {
    cwd: checkout,
    env: { PATH: process.env.PATH ?? '', PLAIT_CACHE: cache, PLAIT_KEYS: keys, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return stdout.trim().split('\n');
}

/** A copy of the checkout where nobody would put one. */
function elsewhere(): string {
  const top = scratch();
  const dir = join(top, 'Büro Ordner #1 100%');
  mkdirSync(dir);
  for (const name of ['src', 'board', 'overlay', 'LICENSES', 'test', 'package.json', 'tsconfig.json'])
    cpSync(join(repository, name), join(dir, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(dir, 'node_modules'));
  for (const path of [top, dir]) chmodSync(path, 0o755);
  return dir;
}

/** Whether another user may read what is in a folder; a checkout in root's home is hers alone. */
function isOpen(dir: string): boolean {
  if ((statSync(dir).mode & 0o005) !== 0o005) return false;
  return dirname(dir) === dir || isOpen(dirname(dir));
}

const nobody = 65_534;

const same = suite('an image');

same('has the same bytes for another user, locale, time zone, umask, home and place', async () => {
  const here = await hashes({ checkout: repository, umask: '022', env: { HOME: scratch() } });
  assert.is(here.length, 4);
  const asAnother = process.getuid?.() === 0 && isOpen(join(repository, 'node_modules'));
  const there = await hashes({
    checkout: elsewhere(),
    umask: '077',
    env: {
      HOME: '',
      LC_ALL: 'de_DE.UTF-8',
      TZ: 'Asia/Kathmandu',
      CFLAGS: '-O3',
      XZ_OPT: '-9',
      GREP_OPTIONS: '-v',
    },
    uid: asAnother ? nobody : undefined,
  });
  assert.equal(there, here);
});

same.run();
