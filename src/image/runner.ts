// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { systemPath } from './build-machine.ts';
import { type StageCache, stageKey } from './cache.ts';
import { Interrupted, StageError } from './errors.ts';
import { flatten, runProgram } from './exec.ts';
import { openLog } from './log.ts';
import { type Argv, type ExecOptions, type Stage, type StageContext, UNDATED_EPOCH } from './stage.ts';

/** What happens during a run, in order of time. Seconds are of wall-clock time. */
export type RunEvent =
  | { readonly event: 'stage-start'; readonly stage: string }
  | { readonly event: 'stage-cached'; readonly stage: string }
  | { readonly event: 'stage-damaged'; readonly stage: string; readonly file: string }
  | { readonly event: 'stage-built'; readonly stage: string; readonly seconds: number }
  | { readonly event: 'stage-failed'; readonly stage: string; readonly seconds: number }
  | { readonly event: 'stage-line'; readonly stage: string; readonly line: string };

export interface RunnerOptions {
  readonly cache: StageCache;
  /** Directory for the stages' log files. */
  readonly logs: string;
  /** SOURCE_DATE_EPOCH, in seconds. */
  readonly epoch: number;
  /** Stages at once; default 2. */
  readonly parallel?: number;
  /** Jobs within one stage (`make -j`); default 2. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** Of several stages that could start, the one with the highest value does; default: first come, first served. */
  readonly priority?: (stage: Stage) => number;
}

/** What became of one stage. `seconds` is what building it took, now or when its entry was made. */
export interface StageResult {
  readonly stage: string;
  readonly key: string;
  readonly state: 'built' | 'cached';
  readonly seconds: number;
  readonly out: string;
}

/**
 * Brings the targets' outputs into the cache, building what is not there, at most `parallel` stages at once. What only
 * a cached stage was made from is not looked at. After a failure the stages at work are finished, so that the next run
 * has them, but no others begin; the first failure is thrown as a StageError.
 */
export async function runStages(
  targets: readonly Stage[],
  options: RunnerOptions,
): Promise<Map<string, StageResult>> {
  const run = new Run(options);
  const settled = await Promise.allSettled(targets.map((target) => run.ensure(target)));
  if (run.failure) throw run.failure;
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  return run.results;
}

class Run {
  readonly results = new Map<string, StageResult>();
  failure: Error | undefined;
  private readonly options: RunnerOptions;
  private readonly keys = new Map<Stage, string>();
  private readonly promises = new Map<string, Promise<void>>();
  private readonly slots: Slots;
  private readonly abort = new AbortController();

  constructor(options: RunnerOptions) {
    this.options = options;
    this.slots = new Slots(options.parallel ?? 2);
    const stop = () => {
      this.failure ??= new Interrupted(
        'interrupted; finished stages are kept, the next build goes on from there',
      );
      this.abort.abort();
    };
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop, { once: true });
  }

  ensure(stage: Stage): Promise<void> {
    const key = stageKey(stage, this.options.epoch, this.keys);
    const known = this.promises.get(key);
    if (known) return known;
    const promise = this.bring(stage, key).catch((error: unknown) => {
      this.failure ??= error as Error;
      throw error;
    });
    this.promises.set(key, promise);
    return promise;
  }

  private async bring(stage: Stage, key: string): Promise<void> {
    const { cache } = this.options;
    const found = await cache.check(stage, key);
    if (found.state === 'valid') {
      this.finish(stage, key, 'cached', found.seconds);
      this.emit({ event: 'stage-cached', stage: stage.id });
      return;
    }
    if (found.state === 'damaged') {
      this.emit({ event: 'stage-damaged', stage: stage.id, file: found.file });
      await cache.remove(stage, key);
    }
    const deps = await Promise.allSettled(stage.deps.map((dep) => this.ensure(dep)));
    for (const dep of deps) if (dep.status === 'rejected') throw dep.reason;
    await this.slots.use(this.options.priority?.(stage) ?? 0, () => this.build(stage, key));
  }

  private async build(stage: Stage, key: string): Promise<void> {
    if (this.failure) throw this.failure;
    const { cache, logs } = this.options;
    const begin = performance.now();
    const seconds = () => Math.round((performance.now() - begin) / 10) / 100;
    this.emit({ event: 'stage-start', stage: stage.id });
    await mkdir(logs, { recursive: true });
    const log = await openLog(logs, stage.id, (line) =>
      this.emit({ event: 'stage-line', stage: stage.id, line }),
    );
    try {
      await stage.run(this.context(stage, await cache.prepare(stage), log));
      if (this.abort.signal.aborted) throw new Interrupted('interrupted');
      await cache.store(stage, key, seconds());
    } catch (error) {
      if (this.abort.signal.aborted) {
        await cache.discard(stage);
        throw this.failure ?? error;
      }
      this.emit({ event: 'stage-failed', stage: stage.id, seconds: seconds() });
      throw new StageError(stage.id, explain(error, log.tail(20)), log.path, log.tail(20));
    } finally {
      log.close();
    }
    this.finish(stage, key, 'built', seconds());
    this.emit({ event: 'stage-built', stage: stage.id, seconds: seconds() });
  }

  private context(
    stage: Stage,
    dirs: { out: string; work: string },
    log: Awaited<ReturnType<typeof openLog>>,
  ): StageContext {
    const { cache } = this.options;
    const epoch = stage.dated ? this.options.epoch : UNDATED_EPOCH;
    const base = cleanEnvironment(dirs.work, epoch);
    const program = (argv: Argv, given: ExecOptions | undefined, capture: boolean) => {
      log.line(`$ ${flatten(argv).join(' ')}`);
      const cwd = given?.cwd ?? dirs.work;
      return runProgram(argv, { ...given, cwd, base, capture, signal: this.abort.signal, line: log.line });
    };
    return {
      ...dirs,
      shared: cache.shared,
      log,
      epoch,
      jobs: this.options.jobs ?? 2,
      signal: this.abort.signal,
      output: (dep) => {
        if (!stage.deps.includes(dep))
          throw new Error(`stage ${stage.id} reads ${dep.id} but does not depend on it`);
        return cache.output(dep, stageKey(dep, this.options.epoch, this.keys));
      },
      exec: async (argv, given) => {
        await program(argv, given, false);
      },
      read: (argv, given) => program(argv, given, true),
    };
  }

  private finish(stage: Stage, key: string, state: 'built' | 'cached', seconds: number): void {
    const out = this.options.cache.output(stage, key);
    this.results.set(stage.id, { stage: stage.id, key, state, seconds, out });
  }

  private emit(event: RunEvent): void {
    this.options.onEvent?.(event);
  }
}

/** Nothing of the caller's environment: neither CFLAGS nor a locale nor a program of one's own may change an image. */
function cleanEnvironment(home: string, epoch: number): Record<string, string> {
  return {
    PATH: systemPath,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(epoch),
  };
}

/** A full disk shows in the error of our own writes, or in what a program said before it gave up. */
function explain(error: unknown, tail: readonly string[]): Error {
  const cause = error instanceof Error ? error : new Error(String(error));
  const full =
    (cause as NodeJS.ErrnoException).code === 'ENOSPC' || tail.some((line) => line.includes(noSpace));
  return full ? new Error('the disk is full', { cause }) : cause;
}

const noSpace = 'No space left on device';

class Slots {
  private free: number;
  private readonly waiting: { priority: number; start: () => void }[] = [];

  constructor(count: number) {
    this.free = count;
  }

  async use<T>(priority: number, act: () => Promise<T>): Promise<T> {
    if (this.free === 0) await new Promise<void>((start) => this.waiting.push({ priority, start }));
    else this.free--;
    try {
      return await act();
    } finally {
      // Sorting is stable: equals stay in the order in which they came.
      this.waiting.sort((a, b) => b.priority - a.priority);
      const next = this.waiting.shift();
      if (next) next.start();
      else this.free++;
    }
  }
}
