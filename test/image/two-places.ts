// SPDX-License-Identifier: MIT
/**
 * Two environments that must give the same image: this one, and that of another user with another locale, time zone, umask
 * and no home, in a checkout whose path has blanks and umlauts.
 */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../../src/cli/project.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { scratch } from './scratch.ts';

export interface Place {
  readonly checkout: string;
  readonly umask: string;
  readonly env: Readonly<Record<string, string>>;
  /** Default: the user who runs the test. */
  readonly uid?: number | undefined;
}

const nobody = 65_534;

/** This environment, and the other one. */
export function twoPlaces(): [here: Place, there: Place] {
  const asAnother = process.getuid?.() === 0 && isOpen(join(repository, 'node_modules'));
  const here = { checkout: repository, umask: '022', env: { HOME: scratch() } };
  const there = {
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
  };
  return [here, there];
}

/**
 * Builds in a cache of its own, with what was downloaded already and nothing else; returns what the command prints, a line
 * each. The signing key is the same in every place.
 */
export async function buildIn({ checkout, umask, env, uid }: Place, command: string): Promise<string[]> {
  keyFolder ??= makeKey();
  const [cache, keys] = [scratch(), scratch()];
  const downloads = join(cacheDir(), 'sources');
  const filter = (path: string) => path !== join(downloads, 'apt');
  cpSync(downloads, join(cache, 'sources'), { recursive: true, filter });
  cpSync(await keyFolder, keys, { recursive: true });
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${uid}`, cache, keys]);
  const { stdout } = await promisify(execFile)('sh', ['-c', `umask ${umask}; ${command}`], {
    cwd: checkout,
    maxBuffer: 2 ** 26,
    env: {
      PATH: process.env.PATH ?? '',
      SOURCE_DATE_EPOCH: '1700000000',
      PLAIT_CACHE: cache,
      PLAIT_KEYS: keys,
      ...env,
    },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return stdout.trim().split('\n');
}

let keyFolder: Promise<string> | undefined;

async function makeKey(): Promise<string> {
  const dir = scratch();
  await signingKey(dir);
  return dir;
}

/** A copy of the checkout where nobody would put one. */
function elsewhere(): string {
  const top = scratch();
  const dir = join(top, 'Büro Ordner #1 100%');
  mkdirSync(dir);
  for (const name of ['bin', 'src', 'board', 'overlay', 'LICENSES', 'test', 'package.json', 'tsconfig.json'])
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
