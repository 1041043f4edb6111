// SPDX-License-Identifier: MIT
/**
 * Finds the speed of a console: tries each, presses Enter, and looks whether the answer is text. A board that is starting
 * changes it on the way (BIOS at one speed, kernel at another), so what is found holds until rubbish comes again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SerialConsole } from './console.ts';
import { ConsoleError } from './errors.ts';
import { type Legibility, legibility } from './legible.ts';

/** In the order of how many boards have it: tinyBIOS, coreboot, old routers. */
export const SPEEDS: readonly [number, ...number[]] = [38400, 115200, 9600, 57600, 19200];

/** Milliseconds at one speed. All of them twice are 5 s. */
const WINDOW = 500;
/** Milliseconds for an answer to the first key. */
const FIRST_WINDOW = 200;
/**
 * Shells and setup show their line again and do nothing else; Enter might accept an answer, or run what somebody has typed.
 */
const CTRL_L = '\f';
const LOOK = 25;

export type FoundSpeed =
  | { state: 'found'; speed: number }
  /** The line has no speed that could be set from here. */
  | { state: 'fixed' }
  /** Nothing came at any speed. */
  | { state: 'silent' }
  /** Something came, and could be read at none. */
  | { state: 'rubbish' };

export interface FindOptions {
  /** Milliseconds to go on for. At least one round is made. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Called before each speed is tried. */
  readonly onTry?: (speed: number) => void;
  readonly speeds?: readonly number[];
  /** Press no key, only listen: something is being printed. */
  readonly silently?: boolean;
}

/** Leaves the console at the speed found, or at the first one. What was printed meanwhile may be read there. */
export async function findSpeed(
  console: SerialConsole,
  { timeout, signal, onTry, speeds = SPEEDS, silently = false }: FindOptions,
): Promise<FoundSpeed> {
  const [first = SPEEDS[0]] = speeds;
  const end = performance.now() + timeout;
  let seen: Legibility = 'silent';
  do {
    let legible: number | undefined;
    for (const speed of speeds) {
      if (signal?.aborted) throw new ConsoleError(`Stopped looking for the speed of ${console.path}.`);
      onTry?.(speed);
      if (!(await console.setSpeed(speed))) return { state: 'fixed' };
      const answer = await listenAt(console, silently);
      if (answer === 'text') return { state: 'found', speed };
      if (answer === 'legible') legible ??= speed;
      else if (answer === 'rubbish') seen = 'rubbish';
    }
    // Nobody said a known word: the one that could be read is the best there is.
    if (legible !== undefined) {
      await console.setSpeed(legible);
      return { state: 'found', speed: legible };
    }
  } while (performance.now() < end);
  await console.setSpeed(first);
  return { state: seen === 'rubbish' ? 'rubbish' : 'silent' };
}

/** Presses keys, and looks at what comes until it is text, or the time is over. */
async function listenAt(console: SerialConsole, silently: boolean): Promise<Legibility> {
  console.discard();
  if (silently) return listenFor(console, WINDOW);
  await console.send(CTRL_L);
  const first = await listenFor(console, FIRST_WINDOW);
  if (first === 'text') return first;
  await console.sendLine();
  return listenFor(console, WINDOW - FIRST_WINDOW);
}

async function listenFor(console: SerialConsole, time: number): Promise<Legibility> {
  const end = performance.now() + time;
  for (;;) {
    await sleep(LOOK);
    const answer = legibility(console.unread);
    if (answer === 'text' || performance.now() >= end) return answer;
  }
}
