// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildrootHome } from './buildroot/engine.ts';
import { release, treeIsAtHand } from './buildroot/release.ts';
import type { EngineName } from './engines.ts';

export interface ChoiceFacts {
  /** The pipeline's cache. */
  readonly cache: string;
  /** A tree of Buildroot that the user names. */
  readonly dir: string | undefined;
  readonly mirror: string | undefined;
  readonly offline: boolean;
  /** Whether a URI can be had within so many milliseconds. */
  readonly reach: (uri: string, milliseconds: number) => Promise<boolean>;
}

/** An engine, and why it was taken. */
export interface Choice {
  readonly engine: EngineName;
  readonly why: string;
}

/** How long the network may be asked, in milliseconds: the whole choice takes at most three seconds. */
const patience = 2500;

/**
 * `--engine auto`, only for those who ask for it, since the network has a say: Buildroot when its tree is at hand or its
 * site can be reached, else Debian's sources.
 */
export async function chooseEngine({ cache, dir, mirror, offline, reach }: ChoiceFacts): Promise<Choice> {
  if (dir !== undefined) return { engine: 'buildroot', why: `a tree of Buildroot is given: ${dir}` };
  const home = buildrootHome(cache);
  if (await treeIsAtHand({ dir, home, mirror }))
    return { engine: 'buildroot', why: `Buildroot ${release.version} is at hand` };
  if (offline)
    return { engine: 'debian', why: 'there is no tree of Buildroot, and --offline forbids to fetch one' };
  const uri = `${release.site}/${release.file}`;
  if (await reach(uri, patience)) return { engine: 'buildroot', why: `${release.site} can be reached` };
  return { engine: 'debian', why: `there is no tree of Buildroot, and ${release.site} does not answer` };
}

/** Asks for the head of a URI by the program that would fetch it, with the same proxies (http_proxy, wgetrc). */
export function canReach(uri: string, milliseconds: number): Promise<boolean> {
  const seconds = String(milliseconds / 1000);
  const argv = ['--spider', '--quiet', '--tries=1', `--timeout=${seconds}`, uri];
  return promisify(execFile)('wget', argv, { timeout: milliseconds }).then(
    () => true,
    () => false,
  );
}
