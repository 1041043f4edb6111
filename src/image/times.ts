// SPDX-License-Identifier: MIT
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StageCache, stageKey } from './cache.ts';
import type { PlannedStage } from './progress/events.ts';
import type { StageResult } from './runner.ts';
import type { Stage } from './stage.ts';

/** What stages take on two shared cores when this machine has not built them yet, in seconds. */
const usual: Readonly<Record<string, number>> = {
  kernel: 220,
};
const usualOther = 8;

/** How long each stage took when it was last built with this cache, in seconds. */
export class Times {
  private readonly path: string;
  private readonly known: Map<string, number>;

  private constructor(path: string, known: Map<string, number>) {
    this.path = path;
    this.known = known;
  }

  static async load(cache: string): Promise<Times> {
    const path = join(cache, 'times.json');
    const text = await readFile(path, 'utf8').catch(() => '{}');
    return new Times(path, new Map(parse(text)));
  }

  /** What a stage will probably take. */
  expected(stage: string): number {
    return this.known.get(stage) ?? usual[stage] ?? usualOther;
  }

  /** What a stage took when it was last built here; undefined when it never was. */
  measured(stage: string): number | undefined {
    return this.known.get(stage);
  }

  async record(results: Iterable<StageResult>): Promise<void> {
    for (const { stage, state, seconds } of results) if (state === 'built') this.known.set(stage, seconds);
    await writeFile(`${this.path}.new`, JSON.stringify(Object.fromEntries(this.known), null, 2));
    await rename(`${this.path}.new`, this.path);
  }
}

/**
 * For each stage, seconds from its start to the end of the run if only it and what waits for it counted. Starting the
 * stages with the highest value first keeps the longest chain from being the last to begin.
 */
export function secondsToEnd(targets: readonly Stage[], times: Times): Map<Stage, number> {
  const dependents = new Map<Stage, Stage[]>();
  const collect = (stage: Stage, dependent: Stage | undefined) => {
    const known = dependents.get(stage);
    if (known) {
      if (dependent) known.push(dependent);
      return;
    }
    dependents.set(stage, dependent ? [dependent] : []);
    for (const dep of stage.deps) collect(dep, stage);
  };
  for (const target of targets) collect(target, undefined);
  const result = new Map<Stage, number>();
  const measure = (stage: Stage): number => {
    const known = result.get(stage);
    if (known !== undefined) return known;
    const after = Math.max(0, ...(dependents.get(stage) ?? []).map(measure));
    const seconds = times.expected(stage.id) + after;
    result.set(stage, seconds);
    return seconds;
  };
  for (const stage of dependents.keys()) measure(stage);
  return result;
}

function parse(text: string): [string, number][] {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  } catch {
    // Only an estimate hangs on it.
    return [];
  }
}

/** The stages that a run would build, going by what the cache says it has; contents are checked when used. */
export async function planStages(
  targets: readonly Stage[],
  cache: StageCache,
  epoch: number,
  times: Times,
): Promise<PlannedStage[]> {
  const keys = new Map<Stage, string>();
  const looks = new Map<string, Promise<void>>();
  const missing = new Set<string>();
  const keyOf = (stage: Stage) => stageKey(stage, epoch, keys);
  const visit = (stage: Stage): Promise<void> => {
    const key = keyOf(stage);
    const known = looks.get(key);
    if (known) return known;
    const found = look(stage, key);
    looks.set(key, found);
    return found;
  };
  const look = async (stage: Stage, key: string): Promise<void> => {
    if (await cache.has(stage, key)) return;
    missing.add(key);
    await Promise.all(stage.deps.map(visit));
  };
  await Promise.all(targets.map(visit));
  // The order is that of the stages, whichever answer of the disk came first.
  const plan = new Map<string, PlannedStage>();
  const list = (stage: Stage): void => {
    const key = keyOf(stage);
    if (!missing.has(key) || plan.has(key)) return;
    stage.deps.forEach(list);
    const after = stage.deps.filter((dep) => missing.has(keyOf(dep))).map((dep) => dep.id);
    plan.set(key, { stage: stage.id, seconds: times.expected(stage.id), after });
  };
  targets.forEach(list);
  return [...plan.values()];
}
