// SPDX-License-Identifier: MIT
/** The CPU: what it says it is, and whether it computes. */
import { crc32 } from '../crc32.ts';
import type { Clock } from '../ports.ts';
import { sleep } from '../sleep.ts';
import { type Measurements, type PhaseInput, wholeNumber } from './board-phase.ts';

const CPUINFO = '/proc/cpuinfo';
const SECONDS = 5;
/** Bytes 0 to 255, sixteen times. */
const PATTERN = Uint8Array.from({ length: 4096 }, (_, at) => at & 255);
/** CRC-32 of the pattern, from another implementation (zlib). */
export const PATTERN_CRC = 0xa2912082;
/** Sum of the square roots of 1 to 1000, as IEEE 754 doubles give it when added in this order. */
export const ROOTS = 21097.455887480734;

export async function cpu(input: PhaseInput): Promise<Measurements> {
  const text = input.ports.files.read(CPUINFO) ?? '';
  const value = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1]?.trim();
  const [family, model, clock] = [value('cpu family'), value('model'), value('cpu MHz')].map(Number);
  const name = value('model name');
  return {
    cpus: (text.match(/^processor\s*:/gm) ?? []).length,
    ...numbers({ family, model, clock }),
    ...(name === undefined ? {} : { model_name: name }),
    ...(await compute(input.ports.clock, wholeNumber(input, 'seconds', SECONDS))),
  };
}

/** Works for `seconds`, on integers and on floating point, and counts results that are not what they must be. */
export async function compute(clock: Clock, seconds: number): Promise<{ rounds: number; wrong: number }> {
  const end = clock.monotonic() + seconds * 1000;
  let [rounds, wrong] = [0, 0];
  do {
    if (crc32(PATTERN) !== PATTERN_CRC) wrong++;
    if (rootsOfThousand() !== ROOTS) wrong++;
    rounds++;
    await sleep(clock, 1);
  } while (clock.monotonic() < end);
  return { rounds, wrong };
}

export function rootsOfThousand(): number {
  let sum = 0;
  for (let number = 1; number <= 1000; number++) sum += Math.sqrt(number);
  return sum;
}

function numbers(given: Record<string, number | undefined>): Measurements {
  const known = Object.entries(given).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return Object.fromEntries(known);
}
