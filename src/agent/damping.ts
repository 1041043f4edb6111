// SPDX-License-Identifier: MIT
/**
 * Keeps a probed path from flapping. Times in milliseconds of a clock that never jumps.
 *
 * - *Late is not dead.* A queue that fills up makes answers late, and a late answer looks like a lost one until it
 *   comes. A path that was given up and then answers to the request that began the silence was slow: silences of twice
 *   that length are borne from then on, for a while. A path that really was cut never answers to that request, so it
 *   is left as fast as ever the next time.
 * - *Who comes and goes must prove itself longer.* Each further death within a minute doubles the number of answers in a
 *   row that bring a path back.
 */

/** How long a slow path is borne after it last proved to be slow. */
const PATIENCE_LASTS = 10_000;
/** No path is given longer, so that one that is slow and then dies is left as well. */
const MOST_PATIENCE = 1000;
const MEMORY = 60_000;
/** The longest time over which answers are wanted in a row. */
const LONGEST_PROOF = 5000;

/** The probing that a path gets: the time between two requests, and how many in a row count. */
export interface Probing {
  interval: number;
  misses: number;
}

export class Damping {
  #deaths: number[] = [];
  /** When the silence began that the path died of; undefined: something has been heard since. */
  #diedOf: number | undefined;
  #slow: { silence: number; at: number } | undefined;

  /** How long the path may be silent now before it counts as dead. */
  patience({ interval, misses }: Probing, now: number): number {
    const silence = this.#slow !== undefined && now - this.#slow.at < PATIENCE_LASTS ? this.#slow.silence : 0;
    return Math.max(interval * misses, Math.min(2 * silence, MOST_PATIENCE));
  }

  /** Answers in a row that bring the path back. */
  answersWanted({ interval, misses }: Probing, now: number): number {
    const again = Math.max(0, this.#recent(now).length - 1);
    const most = Math.max(misses, Math.floor(LONGEST_PROOF / interval));
    return Math.min(misses * 2 ** again, most);
  }

  /** The path counts as dead: nothing has been heard since `lastHeard`. */
  died(lastHeard: number, now: number): void {
    this.#diedOf = lastHeard;
    this.#deaths = [...this.#recent(now), now];
  }

  /** An answer came to a request sent at `askedAt`, the first since `lastHeard`. */
  answered({ interval, misses }: Probing, askedAt: number, lastHeard: number, now: number): void {
    const silence = now - lastHeard;
    // The first request after the answer before was sent within one interval of it.
    const late = silence > interval * misses && askedAt <= lastHeard + interval;
    if (late) this.#slow = { silence, at: now };
    // It was not dead after all.
    if (late && this.#diedOf === lastHeard) this.#deaths.pop();
    this.#diedOf = undefined;
  }

  #recent(now: number): number[] {
    return this.#deaths.filter((at) => now - at < MEMORY);
  }
}
