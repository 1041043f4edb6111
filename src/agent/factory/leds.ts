// SPDX-License-Identifier: MIT
/** The board's LEDs, which a person counts. The agent lends them meanwhile. */
import { boardLeds, LEDS } from '../panel/board-leds.ts';
import type { Files } from '../ports.ts';
import { sleep } from '../sleep.ts';
import type { Measurements, PhaseInput } from './board-phase.ts';

const [ON, OFF, PAUSE] = [400, 400, 1_200];
/** Seconds beyond the time that they blink. */
const SLACK = 5;

/** Without `blinks`: only counts them. With `blinks=3,1,4`: each, one after the other, so often. */
export async function leds({ ports, parameters, lendLeds }: PhaseInput): Promise<Measurements> {
  const { files, clock } = ports;
  const names = boardLeds(files);
  const text = parameters.get('blinks');
  if (text === undefined) return { leds: names.length };
  const blinks = text.split(',').map(Number);
  if (
    blinks.length !== names.length ||
    !blinks.every((count) => Number.isInteger(count) && count > 0 && count < 10)
  )
    throw new Error(`blinks is "${text}"; it must be a number from 1 to 9 for each of ${names.length} LEDs`);
  lendLeds(Math.ceil(duration(blinks) / 1000) + SLACK);
  const before = names.map((name) => triggerOf(files, name));
  try {
    for (const name of names) files.poke(`${LEDS}/${name}/trigger`, 'none');
    for (const name of names) files.poke(`${LEDS}/${name}/brightness`, '0');
    for (const [index, name] of names.entries()) {
      await sleep(clock, PAUSE);
      for (let blink = 0; blink < (blinks[index] ?? 0); blink++) {
        files.poke(`${LEDS}/${name}/brightness`, '1');
        await sleep(clock, ON);
        files.poke(`${LEDS}/${name}/brightness`, '0');
        await sleep(clock, OFF);
      }
    }
  } finally {
    for (const [index, name] of names.entries())
      files.poke(`${LEDS}/${name}/trigger`, before[index] ?? 'none');
    lendLeds(0);
  }
  return { leds: names.length };
}

/** Milliseconds. */
function duration(blinks: readonly number[]): number {
  return blinks.reduce((sum, count) => sum + PAUSE + count * (ON + OFF), 0);
}

/** The kernel marks the one in use: `none [heartbeat] timer`. */
function triggerOf(files: Files, name: string): string {
  return /\[([^\]]+)\]/.exec(files.read(`${LEDS}/${name}/trigger`) ?? '')?.[1] ?? 'none';
}
