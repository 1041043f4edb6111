// SPDX-License-Identifier: MIT
/** What a build needs of this user and machine: packages, room, a place for the cache, a date, a key. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Board } from '../../image/board.ts';
import { fingerprint } from '../../image/bundle/public-key.ts';
import { keyDir } from '../../image/bundle/signing-key.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { buildEpoch } from '../../image/checkout.ts';
import type { Engine } from '../../image/engine/engine.ts';
import { boardHostPackages, type HostSystem, missingPackages } from '../../image/host-packages.ts';
import { coldBytes, warmBytes } from '../../image/pipeline.ts';
import { size } from '../../image/progress/format.ts';
import { emulatorPackages } from '../../machine/firmware.ts';
import type { KeyOptions } from '../key-options.ts';
import { openKeys } from '../key-options.ts';
import type { Finding } from './check.ts';

/** Debian packages that the engine and these boards call, and those of the emulator. */
export async function packageFindings(
  boards: readonly Board[],
  engine: Engine,
  host: HostSystem,
): Promise<Finding[]> {
  const forBuild = [...boards.flatMap(boardHostPackages), ...engine.hostPackages];
  const forBoot = boards.flatMap(({ firmware }) => firmware.flatMap(emulatorPackages));
  return [
    await packageFinding('packages', 'a build', forBuild, host),
    await packageFinding('emulator', 'plait boot', forBoot, host),
  ];
}

async function packageFinding(
  check: string,
  who: string,
  names: readonly string[],
  host: HostSystem,
): Promise<Finding> {
  const missing = await missingPackages(names, host);
  if (missing.length === 0)
    return { check, state: 'ok', found: `all ${new Set(names).size} Debian packages that ${who} calls` };
  const found = `missing: ${missing.join(' ')}`;
  if (host.mayInstall && (await host.rootPrefix()) !== undefined)
    return { check, state: 'note', found: `${found}; ${who} installs them` };
  return {
    check,
    state: 'missing',
    found,
    advice: `sudo apt-get install --yes --no-install-recommends ${missing.join(' ')}`,
  };
}

/** Room for a build in the file system of the cache. */
export async function spaceFinding(
  cache: string = cacheDir(),
  free: (dir: string) => Promise<number> = freeBytes,
): Promise<Finding> {
  const [check, warm] = ['space', existsSync(join(cache, 'stages'))];
  const bytes = await free(nearest(cache));
  const found = `${size(bytes)} free in ${cache}`;
  if (bytes >= coldBytes) return { check, state: 'ok', found };
  const wanted = `${found}; a cold build needs ${size(coldBytes)}, a warm one ${size(warmBytes)}`;
  const advice = `make room there (plait cache clean --older-than 7d), or name another place by PLAIT_CACHE`;
  return { check, state: warm && bytes >= warmBytes ? 'note' : 'missing', found: wanted, advice };
}

/** The nearest directory above that is there. */
function nearest(dir: string): string {
  return existsSync(dir) || dirname(dir) === dir ? dir : nearest(dirname(dir));
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** The date of the image, from the environment or the commit. @throws what a build would throw */
export async function dateFinding(checkout: string): Promise<Finding> {
  const date = new Date((await buildEpoch(checkout)) * 1000).toISOString().slice(0, 10);
  const origin = process.env.SOURCE_DATE_EPOCH ? 'SOURCE_DATE_EPOCH' : 'the commit';
  return { check: 'date', state: 'ok', found: `images get the date ${date}, from ${origin}` };
}

/** The key that a build would sign with; none is made. */
export async function keyFinding({ key }: KeyOptions): Promise<Finding> {
  const check = 'key';
  if (!key && !existsSync(join(keyDir(), 'update.key')))
    return {
      check,
      state: 'note',
      found: `no signing key in ${keyDir()} yet; the first build makes one`,
      advice: 'if you have shipped images before, put the key that signed them there, or say --key FILE',
    };
  const { key: opened, trusted } = await openKeys({ ...(key ? { key } : {}), requireKey: true });
  const more = trusted.length > 0 ? `, and images trust ${trusted.length} more` : '';
  return {
    check,
    state: 'ok',
    found: `bundles are signed with ${fingerprint(opened.publicPem).slice(0, 16)} (${opened.origin})${more}`,
  };
}
