// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshnessLines } from './audit/freshness.ts';
import type { Board } from './board.ts';
import type { SigningKey } from './bundle/key.ts';
import type { PublicKey } from './bundle/public-key.ts';
import { keyLines } from './bundle/signing-key.ts';
import { StageCache } from './cache.ts';
import type { Engine, EngineParts } from './engine/engine.ts';
import { BuildError, Interrupted } from './errors.ts';
import { boardHostPackages, ensureHostPackages, type HostSystem, thisHost } from './host-packages.ts';
import { lockCacheInTurn } from './lock.ts';
import { openLog } from './log.ts';
import type { BuildDone, BuildEvent } from './progress/events.ts';
import { publish, requireOurs } from './publish.ts';
import type { Manifest } from './reports/manifest.ts';
import { runStages, type StageResult } from './runner.ts';
import { type FetchReports, Sources } from './sources/sources.ts';
import { requireSpace } from './space.ts';
import type { Stage } from './stage.ts';
import { planStages, secondsToEnd, Times } from './times.ts';

/** What the common part of the pipeline makes of an engine's parts: stages whose outputs together are published. */
export type ImageStages = (board: Board, parts: EngineParts, context: ImageContext) => Promise<Stage[]>;

/** What bundles are signed with, and what else boards with this image take them of. */
export interface ImageKeys {
  readonly key: SigningKey;
  readonly trusted: readonly PublicKey[];
}

export interface ImageContext {
  readonly keys: ImageKeys;
  readonly sources: Sources;
  /** Plait's own version. */
  readonly version: string;
  /** The oldest version that a board with this one may go back to. */
  readonly minVersion: string;
  /** Name of the engine that made the parts. */
  readonly engine: string;
}

export interface BuildOptions {
  readonly board: Board;
  readonly engine: Engine;
  readonly image: ImageStages;
  readonly keys: ImageKeys;
  /** Lines for the end of the build, out of the finished manifest. */
  readonly summary: (manifest: Manifest) => string[];
  /** Plait's own version. */
  readonly version: string;
  /** The oldest version that a board with this one may go back to. */
  readonly minVersion: string;
  /** The cache's root. */
  readonly cache: string;
  /** The directory to publish, replaced as a whole. */
  readonly out: string;
  /** SOURCE_DATE_EPOCH, in seconds. */
  readonly epoch: number;
  /** Stages at once. */
  readonly parallel: number;
  /** Jobs within a stage. */
  readonly jobs: number;
  /** Look for newer sources although the cache has answers. */
  readonly refresh: boolean;
  /** Directory that `plait mirror` made: Debian's packages are taken from there. */
  readonly mirror?: string;
  /** Ask nothing of the network. */
  readonly offline: boolean;
  /** Install Debian packages that are missing; default: unless PLAIT_NO_INSTALL is set. */
  readonly install?: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
  /** Default: the machine that runs this process. */
  readonly host?: HostSystem;
}

/** Free space to begin with: a cold build unpacks and compiles a kernel, a warm one only makes the image anew. */
export const coldBytes = 4e9;
export const warmBytes = 600e6;

/** Builds a board's image and publishes it; one build at a time per cache, so it may have to wait its turn. Throws what `plait` reports. */
export async function buildImage(options: BuildOptions): Promise<BuildDone> {
  const { board, engine, version, cache, onEvent } = options;
  // Modes of files are part of what the cache compares, and of the image.
  process.umask(0o022);
  await requireOurs(options.out);
  onEvent({ event: 'build-start', board: board.name, engine: engine.name, version });
  const lost = new AbortController();
  const release = await lockCacheInTurn(cache, `plait image --board ${board.name}`, () => lost.abort(), {
    signal: options.signal,
    onWait: (text) => onEvent({ event: 'note', text }),
  });
  try {
    return await build({ ...options, signal: AbortSignal.any([options.signal, lost.signal]) });
  } catch (error) {
    if (lost.signal.aborted) {
      throw new BuildError('another build took over the cache while this one stood still; start it again', {
        cause: error,
      });
    }
    // Whatever a killed program made the code around it say.
    if (options.signal.aborted && !(error instanceof Interrupted)) {
      throw new Interrupted('interrupted', { cause: error });
    }
    throw error;
  } finally {
    // The lock of another build is not ours to let go.
    if (!lost.signal.aborted) await release();
  }
}

async function build(options: BuildOptions): Promise<BuildDone> {
  const { board, engine, version, epoch, signal, onEvent, parallel, jobs } = options;
  const begin = Date.now();
  const logs = join(options.cache, 'logs', board.name);
  const cache = new StageCache(options.cache);
  const log = await openLog(logs, 'sources');
  let downloads = 0;
  try {
    await requireSpace(options.cache, warmBytes, 'a build');
    const host =
      options.host ??
      thisHost(signal, log.line, {
        ...(options.install === undefined ? {} : { install: options.install }),
        onAsk: (command) => onEvent({ event: 'packages-ask', command }),
      });
    await ensureHostPackages([...boardHostPackages(board), ...engine.hostPackages], host, (packages) =>
      onEvent({ event: 'packages-install', packages }),
    );
    const reports: FetchReports = {
      signal,
      line: log.line,
      onFetch: (what) => onEvent({ event: 'fetch', what }),
      onNote: (text) => onEvent({ event: 'note', text }),
      onFetched: (what, seconds) => {
        downloads += seconds;
        onEvent({ event: 'fetched', what, seconds });
      },
    };
    const { mirror, offline, refresh } = options;
    const collected = mirror === undefined ? {} : { collected: mirror };
    const sources = new Sources({ ...reports, cache: options.cache, refresh, offline, ...collected });
    const parts = await engine.plan(board, { sources, version, reports });
    const targets = await options.image(board, parts, {
      keys: options.keys,
      sources,
      version,
      minVersion: options.minVersion,
      engine: engine.name,
    });
    const times = await Times.load(options.cache);
    const plan = await planStages(targets, cache, epoch, times);
    onEvent({ event: 'plan', stages: plan });
    if (plan.some(({ stage }) => stage === 'kernel'))
      await requireSpace(options.cache, coldBytes, 'a cold build');
    const toEnd = secondsToEnd(targets, times);
    const priority = (stage: Stage) => toEnd.get(stage) ?? 0;
    const results = await runStages(targets, {
      cache,
      logs,
      epoch,
      parallel,
      jobs,
      signal,
      onEvent,
      priority,
    });
    await times.record(results.values());
    const built = [...results.values()].filter(({ state }) => state === 'built').length;
    const outputs = targets.map((target) => results.get(target.id)?.out ?? '');
    const seconds = () => (Date.now() - begin) / 1000;
    let summary: string[] = [];
    const finish = async (dir: string) => {
      const within = await secondsWithin(parts.timed, results);
      const manifest = await addTimes(dir, { seconds: seconds(), downloads, built }, targets, times, within);
      summary = [...options.summary(manifest), ...(await freshnessLines(sources.archive, manifest))];
    };
    const files = await publish(outputs, options.out, finish, signal);
    await cache.prune(new Date(begin - keepUnused));
    const done: BuildDone = {
      event: 'build-done',
      board: board.name,
      out: options.out,
      files,
      summary,
      last: keyLines(options.keys.key),
      seconds: seconds(),
      downloads,
      built,
    };
    onEvent(done);
    return done;
  } finally {
    log.close();
  }
}

/** How long an entry of the cache may go unused: 30 days, in milliseconds. */
const keepUnused = 30 * 24 * 3600 * 1000;

/** What a build took; differs from run to run, unlike the rest of the manifest. */
interface BuildTimes {
  readonly seconds: number;
  readonly downloads: number;
  readonly built: number;
}

/** Adds to the manifest what this build took, and what each stage took when it was last built. */
async function addTimes(
  dir: string,
  build: BuildTimes,
  targets: readonly Stage[],
  times: Times,
  within: Readonly<Record<string, number>>,
): Promise<Manifest> {
  const path = join(dir, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  const measured = Object.fromEntries(idsBelow(targets).map((id) => [id, times.measured(id)]));
  const stages = { ...measured, ...within };
  await writeFile(path, `${JSON.stringify({ ...manifest, build: { ...build, stages } }, null, 2)}\n`);
  return manifest;
}

/** What packages took within one stage of the engine: `buildroot:busybox`. */
async function secondsWithin(
  stage: Stage | undefined,
  results: ReadonlyMap<string, StageResult>,
): Promise<Record<string, number>> {
  if (stage === undefined) return {};
  const out = results.get(stage.id)?.out;
  // A stage that nothing asked for, since all that builds on it is in the cache.
  if (out === undefined) return {};
  const seconds = JSON.parse(await readFile(join(out, 'seconds.json'), 'utf8')) as Record<string, number>;
  return Object.fromEntries(Object.entries(seconds).map(([name, value]) => [`${stage.id}:${name}`, value]));
}

function idsBelow(targets: readonly Stage[]): string[] {
  const seen = new Set<string>();
  const visit = (stage: Stage) => {
    if (seen.has(stage.id)) return;
    seen.add(stage.id);
    stage.deps.forEach(visit);
  };
  targets.forEach(visit);
  return [...seen].sort();
}
