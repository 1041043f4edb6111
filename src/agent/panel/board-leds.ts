// SPDX-License-Identifier: MIT
/** The board's LEDs in sysfs (Documentation/leds/leds-class.rst). */
import type { Files } from '../ports.ts';
import type { Pattern } from './patterns.ts';

export const LEDS = '/sys/class/leds';
/** Drivers and firmware name them in more than one way; S02leds has the same rule. */
const OF_BOARD = /^(?:alix|apu\d?):/;

/** Their order is that of the names: kernels count from 0 or from 1. */
export function boardLeds(files: Files): string[] {
  return files
    .list(LEDS)
    .filter((name) => OF_BOARD.test(name))
    .sort();
}

/** @throws when the LED is not there, or its driver fails */
export function setLed(files: Files, name: string, pattern: Pattern): void {
  const led = `${LEDS}/${name}`;
  if (typeof pattern === 'string') {
    // Without a trigger first: it would go on deciding about a brightness that is not 0.
    files.poke(`${led}/trigger`, 'none');
    files.poke(`${led}/brightness`, pattern === 'on' ? '1' : '0');
    return;
  }
  // The files of the delays are there only while the trigger is this one.
  files.poke(`${led}/trigger`, 'timer');
  files.poke(`${led}/delay_on`, String(pattern.on));
  files.poke(`${led}/delay_off`, String(pattern.off));
}
