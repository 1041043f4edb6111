// SPDX-License-Identifier: MIT
/** What a run of the lab needs, built by the pipeline's stages and kept in its cache. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StageCache } from '../image/cache.ts';
import { BuildError } from '../image/errors.ts';
import { ensureHostPackages, thisHost } from '../image/host-packages.ts';
import { lockCacheInTurn } from '../image/lock.ts';
import { openLog } from '../image/log.ts';
import type { BuildEvent } from '../image/progress/events.ts';
import { runStages } from '../image/runner.ts';
import { Sources } from '../image/sources/sources.ts';
import { requireSpace } from '../image/space.ts';
import { type Stage, UNDATED_EPOCH } from '../image/stage.ts';
import { planStages, secondsToEnd, Times } from '../image/times.ts';
import type { Debugging } from './guest/interactive.ts';
import { type GuestKind, type KernelVariant, variantOf } from './kernel/kernel.ts';
import { labHostPackages, labParts } from './parts.ts';

export interface LabOutputs {
  /** How a guest of this kernel runs. */
  readonly guest: GuestKind;
  /** The kernel's executable, or what QEMU boots. */
  readonly kernel: string;
  /** Words for its command line that this kernel wants. */
  readonly kernelArguments: readonly string[];
  /** Plait's modules, in the order of loading. */
  readonly modules: readonly string[];
  /** plaitctl, which is plaitd too. */
  readonly agent: string;
  /** The guest's file system. */
  readonly root: string;
  /** A folder of more programs for the guest. */
  readonly programs: string;
  /** Of the variant `gdb`. */
  readonly debugging?: Debugging;
}

export interface LabBuild {
  readonly variant: KernelVariant;
  /** Plait's own version. */
  readonly version: string;
  /** The cache's root. */
  readonly cache: string;
  /** Jobs within a stage. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
}

/** Stages at once. */
const PARALLEL = 2;
/** Free space for a kernel's sources and objects. */
const COLD_BYTES = 5e9;

/** Builds what is not in the cache; one build at a time per cache. */
export async function buildLab(build: LabBuild): Promise<LabOutputs> {
  const lost = new AbortController();
  const release = await lockCacheInTurn(build.cache, 'plait lab', () => lost.abort(), {
    signal: build.signal,
    onWait: (text) => build.onEvent({ event: 'note', text }),
  });
  try {
    return await buildLocked({ ...build, signal: AbortSignal.any([build.signal, lost.signal]) });
  } finally {
    if (!lost.signal.aborted) await release();
  }
}

async function buildLocked({
  variant,
  version,
  cache,
  jobs,
  signal,
  onEvent,
}: LabBuild): Promise<LabOutputs> {
  const logs = join(cache, 'logs', 'lab');
  const log = await openLog(logs, 'sources');
  try {
    await ensureHostPackages(labHostPackages(variant), thisHost(signal, log.line), (packages) =>
      onEvent({ event: 'packages-install', packages }),
    );
    const sources = new Sources({
      cache,
      signal,
      line: log.line,
      onFetch: (what) => onEvent({ event: 'fetch', what }),
      onNote: (text) => onEvent({ event: 'note', text }),
      onFetched: (what, seconds) => onEvent({ event: 'fetched', what, seconds }),
    });
    const parts = await labParts(sources, version, variant);
    const targets = Object.values(parts) as Stage[];
    const stages = new StageCache(cache);
    const times = await Times.load(cache);
    const plan = await planStages(targets, stages, UNDATED_EPOCH, times);
    if (plan.length > 0) onEvent({ event: 'plan', stages: plan });
    if (plan.some(({ stage }) => stage === parts.kernel.id)) {
      await requireSpace(cache, COLD_BYTES, "building the lab's kernel");
    }
    const toEnd = secondsToEnd(targets, times);
    const results = await runStages(targets, {
      ...{ cache: stages, logs, epoch: UNDATED_EPOCH, parallel: PARALLEL, jobs, signal, onEvent },
      priority: (stage) => toEnd.get(stage) ?? 0,
    });
    await times.record(results.values());
    const out = (stage: Stage) => results.get(stage.id)?.out ?? '';
    return {
      guest: variantOf(variant).guest,
      kernel: join(out(parts.kernel), 'linux'),
      kernelArguments: variantOf(variant).kernelArguments,
      modules: await inLoadingOrder(await modulesBelow(out(parts.modules))),
      agent: join(out(parts.agent), 'usr/bin/plaitctl'),
      root: out(parts.root),
      programs: join(out(parts.programs), 'bin'),
      ...(variant === 'gdb'
        ? { debugging: { scripts: join(out(parts.kernel), 'gdb'), modules: out(parts.modules) } }
        : {}),
    };
  } finally {
    log.close();
  }
}

/** Measures while it is loaded, and does not stay. */
const CALIBRATION = 'plait_calibrate.ko';

async function modulesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries
    .filter((name) => name.endsWith('.ko') && basename(name) !== CALIBRATION)
    .sort()
    .map((name) => join(folder, name));
}

/** Each module after those that it needs, as it says of itself. */
async function inLoadingOrder(paths: readonly string[]): Promise<string[]> {
  const waiting = new Map<string, { path: string; needs: string[] }>();
  for (const path of paths) waiting.set(moduleName(path), { path, needs: await needsOf(path) });
  const ordered: string[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].find(([, { needs }]) => !needs.some((name) => waiting.has(name)));
    if (!ready)
      throw new BuildError(`kernel modules that need each other: ${[...waiting.keys()].join(', ')}`);
    ordered.push(ready[1].path);
    waiting.delete(ready[0]);
  }
  return ordered;
}

function moduleName(path: string): string {
  return basename(path, '.ko').replaceAll('-', '_');
}

/** The section .modinfo holds strings that end with a zero byte. */
async function needsOf(path: string): Promise<string[]> {
  const text = (await readFile(path)).toString('latin1');
  const found = /(?:^|\0)depends=([\w,-]*)\0/.exec(text);
  return (found?.[1] ?? '').split(',').filter((name) => name !== '');
}
