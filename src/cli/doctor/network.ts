// SPDX-License-Identifier: MIT
/** Sites that a build asks, each asked now in the way that a build would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trackerSite } from '../../image/audit/tracker.ts';
import { release } from '../../image/engine/buildroot/release.ts';
import { canReach } from '../../image/engine/choose.ts';
import type { EngineName } from '../../image/engine/engines.ts';
import type { HostSystem } from '../../image/host-packages.ts';
import { aptArchive } from '../../image/sources/archive.ts';
import { findMirror } from '../../image/sources/mirror.ts';
import type { Finding } from './check.ts';

export interface NetworkOptions {
  readonly engine: EngineName;
  /** How long one site may take to answer, in milliseconds. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  readonly host: Pick<HostSystem, 'installed'>;
}

/** All sites at once: the slowest alone decides how long it takes. */
export async function networkFindings(options: NetworkOptions): Promise<Finding[]> {
  const { main, security } = await findMirror();
  const found = await Promise.all([
    archiveFinding('mirror', main, 'dists/bookworm/InRelease', options),
    archiveFinding('security', security, 'dists/bookworm-security/InRelease', options),
    siteFindings(options),
  ]);
  return found.flat();
}

async function archiveFinding(
  check: string,
  uri: string,
  path: string,
  { deadline, signal }: NetworkOptions,
): Promise<Finding> {
  if (await throughApt(uri, path, deadline, signal)) return { check, state: 'ok', found: `${uri} answers` };
  return {
    check,
    state: 'missing',
    found: `${uri} ${silent(deadline)}`,
    advice:
      'look at network and proxy; PLAIT_DEBIAN_MIRROR names another mirror; or build with --mirror and --offline',
  };
}

/** Sites that some builds ask, by wget: without it nothing is known of them. */
async function siteFindings({ engine, deadline, host }: NetworkOptions): Promise<Finding[]> {
  if ((await host.installed(['wget'])).length === 0)
    return [{ check: 'sites', state: 'note', found: 'not asked: wget is not installed' }];
  const site = async (
    check: string,
    at: string,
    file: string,
    otherwise: Partial<Finding>,
  ): Promise<Finding> =>
    (await canReach(`${at}/${file}`, deadline))
      ? { check, state: 'ok', found: `${at} answers` }
      : { check, state: 'note', found: `${at} ${silent(deadline)}`, ...otherwise };
  const advice = 'name a tree by --buildroot DIR or BUILDROOT_DIR, or take --engine debian';
  const wanted = [
    site('tracker', trackerSite, 'json', { advice: 'none needed: plait audit then reads changelogs' }),
    ...(engine === 'buildroot'
      ? [site('buildroot', release.site, release.file, { state: 'missing', advice })]
      : []),
  ];
  return Promise.all(wanted);
}

function silent(deadline: number): string {
  return `does not answer within ${deadline / 1000} s`;
}

/** As sources are fetched: with apt's transports, proxies and credentials. */
async function throughApt(
  uri: string,
  path: string,
  deadline: number,
  signal: AbortSignal,
): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'plait-doctor-'));
  const timeout = AbortSignal.timeout(deadline);
  try {
    const archive = aptArchive(uri, { signal: AbortSignal.any([signal, timeout]) });
    return await archive.fetch(path, join(dir, 'answer'));
  } catch (error) {
    if (timeout.aborted && !signal.aborted) return false;
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
