// SPDX-License-Identifier: MIT
/**
 * Makes the lab's own delivery trace, `wandering.trace`: a mobile line whose rate wanders between 2 and 20 Mbit/s within
 * seconds, and which is silent for 0.3 s twice. Recorded lines do so (NSDI 2013, the Sprout study); this one is made up.
 *
 *   node --import tsx src/lab/delivery-traces/wandering.ts > src/lab/delivery-traces/wandering.trace
 */
import { pathToFileURL } from 'node:url';
import { DELIVERY_BYTES } from '../topology/delivery-trace.ts';

const SECONDS = 20;
/** The rate takes a step of at most a fifth so often, in ms. */
const STEP = 100;
const LEAST = 2e6;
const MOST = 20e6;
/** Milliseconds from and to which nothing is delivered. */
const SILENCES = [
  [6_000, 6_300],
  [15_200, 15_500],
] as const;

/** The text of the trace. */
export function wanderingTrace(): string {
  const random = generator(2013);
  const lines: number[] = [];
  let rate = 8e6;
  let credit = 0;
  for (let ms = 1; ms <= SECONDS * 1000; ms++) {
    if (ms % STEP === 0) rate = Math.min(MOST, Math.max(LEAST, rate * 1.25 ** (2 * random() - 1)));
    if (SILENCES.some(([from, to]) => ms >= from && ms < to)) continue;
    credit += rate / 8 / 1000;
    for (; credit >= DELIVERY_BYTES; credit -= DELIVERY_BYTES) lines.push(ms);
  }
  if (lines.at(-1) !== SECONDS * 1000) lines.push(SECONDS * 1000);
  return `${lines.join('\n')}\n`;
}

/** Numbers from 0 to 1, the same on any machine: a linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(wanderingTrace());
