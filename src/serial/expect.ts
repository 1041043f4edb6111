// SPDX-License-Identifier: MIT
import { clean } from './noise.ts';

/** What to wait for: a fixed text or a regular expression (without flags `g` and `y`). */
export type Pattern = string | RegExp;

/** How to look at what came in. */
export interface View {
  /** Look past kernel messages and escape sequences, even inside the awaited text. Default: false. */
  readonly clean?: boolean;
}

/** What came. */
export interface Match {
  /** Which of the patterns it was, counted from 0. */
  readonly index: number;
  /** Everything since the last match, up to this one. */
  readonly before: string;
  /** The matched text. */
  readonly text: string;
  /** The groups of the regular expression, counted from 1; a group that took no part is ''. */
  readonly groups: readonly string[];
  /** When its last chunk came in, in milliseconds of `performance.now()`. */
  readonly at: number;
}

/** Unread characters kept; a console nobody listens to may print for days. */
const KEPT = 4_194_304;

/**
 * The text that came in and was not yet consumed by a match, and the one who waits for more of it.
 * Knows neither ports nor clocks beyond the time stamp of a chunk.
 */
export class ExpectBuffer {
  readonly #noise: readonly RegExp[];
  #unread = '';
  #at = 0;
  #waiter:
    | { patterns: readonly Pattern[]; view: View; resolve(match: Match): void; reject(error: Error): void }
    | undefined;
  #failure: Error | undefined;

  /** `noise`: further patterns that a clean view leaves out, each matching one message with its line end. */
  constructor(noise: readonly RegExp[] = []) {
    this.#noise = noise;
  }

  /** Takes in what a port delivered, in pieces of any size. */
  push(text: string, at: number): void {
    this.#unread = (this.#unread + text).slice(-KEPT);
    this.#at = at;
    const waiter = this.#waiter;
    const match = waiter && this.#take(waiter.patterns, waiter.view);
    if (match) {
      this.#waiter = undefined;
      waiter.resolve(match);
    }
  }

  /** No more text will come: whoever waits, and whoever will wait without a match at hand, gets `error`. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.cancel(error);
  }

  /** Ends the wait under way, if any. */
  cancel(error: Error): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(error);
  }

  /** Resolves with the earliest match of any pattern; what stands up to its end is consumed. One at a time. */
  wait(patterns: readonly Pattern[], view: View = {}): Promise<Match> {
    if (this.#waiter) throw new Error('another expect() is still waiting on this console');
    const match = this.#take(patterns, view);
    if (match) return Promise.resolve(match);
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiter = { patterns, view, resolve, reject };
    });
  }

  /** What came in and was not consumed. */
  get unread(): string {
    return this.#unread;
  }

  /** Forgets what came in and was not consumed. */
  discard(): void {
    this.#unread = '';
  }

  #take(patterns: readonly Pattern[], view: View): Match | undefined {
    const seen = view.clean ? clean(this.#unread, this.#noise) : undefined;
    const text = seen?.text ?? this.#unread;
    const found = earliest(text, patterns);
    if (!found) return undefined;
    const end = found.offset + found.text.length;
    this.#unread = this.#unread.slice(seen ? seen.original(end) : end);
    return {
      index: found.index,
      before: text.slice(0, found.offset),
      text: found.text,
      groups: found.groups,
      at: this.#at,
    };
  }
}

/** The match that starts first; of two that start together, the pattern named first. */
function earliest(text: string, patterns: readonly Pattern[]) {
  let best: { index: number; offset: number; text: string; groups: string[] } | undefined;
  for (const [index, pattern] of patterns.entries()) {
    const found = typeof pattern === 'string' ? findText(text, pattern) : findExpression(text, pattern);
    if (found && (!best || found.offset < best.offset)) best = { index, ...found };
  }
  return best;
}

function findText(text: string, wanted: string) {
  const offset = text.indexOf(wanted);
  return offset < 0 ? undefined : { offset, text: wanted, groups: [] };
}

function findExpression(text: string, wanted: RegExp) {
  const found = wanted.exec(text);
  return found
    ? { offset: found.index, text: found[0], groups: found.slice(1).map((group) => group ?? '') }
    : undefined;
}
