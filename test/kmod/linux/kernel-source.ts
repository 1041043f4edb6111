// SPDX-License-Identifier: MIT
/** The source tree of the boards' kernel, from the pipeline's cache or made for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StageCache, stageKey } from '../../../src/image/cache.ts';
import { cacheDir } from '../../../src/image/cache-dir.ts';
import { linuxSourceStage } from '../../../src/image/kernel/source.ts';
import { lockCacheInTurn } from '../../../src/image/lock.ts';
import { runStages } from '../../../src/image/runner.ts';
import { Sources } from '../../../src/image/sources/sources.ts';
import { UNDATED_EPOCH } from '../../../src/image/stage.ts';

/** Milliseconds for a build that is waited for, a download of 140 MB, and unpacking it. */
const DEADLINE = 40 * 60_000;

export async function kernelSource(): Promise<string> {
  const cache = cacheDir();
  const lost = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(DEADLINE), lost.signal]);
  const sources = new Sources({ cache, signal, line() {}, onFetch() {}, onNote() {}, onFetched() {} });
  const stage = await linuxSourceStage(sources);
  const stages = new StageCache(cache);
  // Nobody waits for a build that uses the cache when there is nothing to be made.
  const key = stageKey(stage, UNDATED_EPOCH);
  if (await stages.has(stage, key)) return stages.output(stage, key);
  const release = await lockCacheInTurn(cache, 'test of the kernel modules', () => lost.abort(), {
    signal,
    onWait: (text) => console.log(text),
  });
  const logs = await mkdtemp(join(tmpdir(), 'plait-kernel-source-'));
  try {
    const built = await runStages([stage], {
      ...{ cache: stages, logs, epoch: UNDATED_EPOCH, parallel: 1, jobs: 1, signal },
      onEvent() {},
    });
    const source = built.get(stage.id);
    if (source === undefined) throw new Error(`no output of the stage ${stage.id}`);
    return source.out;
  } finally {
    await rm(logs, { recursive: true, force: true });
    await release();
  }
}
