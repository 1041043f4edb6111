// SPDX-License-Identifier: MIT
/**
 * Parts of the plan, and single items that all share, that could not be applied: each is tried again with back-off.
 */
import type { Failure } from './apply/parts.ts';
import type { Clock } from './ports.ts';

const RETRY_FIRST = 2000;
const RETRY_LONGEST = 60_000;

/** What the status tells of one. */
export interface FailedPart {
  /** `uplink dsl`, `lan` … Absent: left over of a plan before. */
  part?: string;
  /** What was tried. */
  step: string;
  /** Why it failed. */
  reason: string;
  retryInSeconds: number;
}

interface Entry {
  failure: Failure;
  delay: number;
  retryAt: number;
}

export class FailedParts {
  #clock: Clock;
  /** By the name of a part that is left out, or by `item` and the key of one that stays as it is. */
  #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Names of parts whose time to be tried again has not come. */
  get leftOut(): string[] {
    return this.#waiting().flatMap(([name, { failure }]) => (name === failure.part ? [name] : []));
  }

  /** Steps for single items whose time has not come. */
  get leftAsTheyAre(): string[] {
    return this.#waiting().flatMap(([name, { failure }]) => (name === failure.part ? [] : [failure.step]));
  }

  get failures(): Failure[] {
    return [...this.#entries.values()].map(({ failure }) => failure);
  }

  /** Steps for single items that failed the last time, whether they are to be tried again already or not. */
  get steps(): ReadonlySet<string> {
    const items = [...this.#entries].filter(([name, { failure }]) => name !== failure.part);
    return new Set(items.map(([, { failure }]) => failure.step));
  }

  get list(): FailedPart[] {
    const now = this.#clock.monotonic();
    return [...this.#entries.values()].map(({ failure: { part, step, reason }, retryAt }) => ({
      ...(part === undefined ? {} : { part }),
      step,
      reason,
      retryInSeconds: Math.max(0, Math.ceil((retryAt - now) / 1000)),
    }));
  }

  /** Milliseconds until something is to be tried again; undefined when nothing failed. */
  get retryIn(): number | undefined {
    const times = [...this.#entries.values()].map(({ retryAt }) => retryAt);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.#clock.monotonic());
  }

  knows(failure: Failure): boolean {
    return this.#entries.has(itemName(failure));
  }

  /**
   * Takes in the outcome of a run: parts that failed, and items that stay as they are. What was tried and is in neither
   * list has succeeded. Gives those that are new.
   */
  update(parts: readonly (Failure & { part: string })[], items: readonly Failure[]): Failure[] {
    const now = this.#clock.monotonic();
    const waiting = new Map(this.#waiting());
    const failed = new Map<string, Failure>([
      ...parts.map((failure) => [failure.part, failure] as const),
      ...items.map((failure) => [itemName(failure), failure] as const),
    ]);
    const fresh = [...failed].filter(([name]) => !this.#entries.has(name)).map(([, failure]) => failure);
    for (const name of this.#entries.keys()) {
      if (!failed.has(name) && !waiting.has(name)) this.#entries.delete(name);
    }
    for (const [name, failure] of failed) {
      const delay = Math.min(RETRY_LONGEST, (this.#entries.get(name)?.delay ?? RETRY_FIRST / 2) * 2);
      this.#entries.set(name, { failure, delay, retryAt: now + delay });
    }
    return fresh;
  }

  /** Something about them has changed: they are tried again at once, and from the first delay. */
  forget(concerns: (part: string | undefined) => boolean = () => true): void {
    for (const [name, { failure }] of this.#entries) if (concerns(failure.part)) this.#entries.delete(name);
  }

  #waiting(): [string, Entry][] {
    const now = this.#clock.monotonic();
    return [...this.#entries].filter(([, { retryAt }]) => retryAt > now);
  }
}

function itemName({ item }: Failure): string {
  return `item ${item}`;
}
