// SPDX-License-Identifier: MIT
import type { BuildEvent, PlannedStage } from './events.ts';

interface Running {
  readonly since: number;
  readonly expected: number;
  /** Seconds on the clock of a guest that runs on simulated time. */
  simulated?: number;
}

/** Follows a build and estimates what is left of it. All times are milliseconds of the same clock. */
export class Remaining {
  /** Stages of the plan. */
  total = 0;
  /** Of these, the finished ones. */
  done = 0;
  /** Stages at work since when, and what they are expected to take (milliseconds), in the order of their start. */
  readonly running = new Map<string, Running>();
  private readonly waiting = new Map<string, PlannedStage>();
  private readonly parallel: number;

  constructor(parallel: number) {
    this.parallel = parallel;
  }

  on(event: BuildEvent, now: number): void {
    if (event.event === 'plan') {
      for (const stage of event.stages) this.waiting.set(stage.stage, stage);
      this.total = event.stages.length;
    }
    if (event.event === 'stage-start') {
      const expected = (this.waiting.get(event.stage)?.seconds ?? 0) * 1000;
      // A stage that was not in the plan: its entry in the cache turned out to be damaged.
      if (!this.waiting.delete(event.stage)) this.total++;
      this.running.set(event.stage, { since: now, expected });
    }
    if (event.event === 'stage-clock') {
      const running = this.running.get(event.stage);
      if (running) running.simulated = event.simulated;
    }
    if (event.event === 'stage-built' || event.event === 'stage-failed') {
      this.running.delete(event.stage);
      this.done++;
    }
  }

  /** Milliseconds until the end: the work shared by all workers, but not less than the longest chain of stages. */
  left(now: number): number {
    const rest = new Map<string, number>();
    for (const [name, { since, expected }] of this.running)
      rest.set(name, Math.max(0, expected - (now - since)));
    for (const [name, stage] of this.waiting) rest.set(name, stage.seconds * 1000);
    let work = 0;
    for (const one of rest.values()) work += one;
    const ends = new Map<string, number>();
    const end = (name: string): number => {
      const known = ends.get(name);
      if (known !== undefined) return known;
      const before = (this.waiting.get(name)?.after ?? []).map(end);
      const value = Math.max(0, ...before) + (rest.get(name) ?? 0);
      ends.set(name, value);
      return value;
    };
    return Math.max(work / this.parallel, ...[...rest.keys()].map(end), 0);
  }
}
