// SPDX-License-Identifier: MIT
/**
 * What the LEDs of a board say, as a table. LED 1 tells whether the board works, LED 2 whether something is on trial or wrong,
 * LED 3 how many uplinks are live. Of a board with one LED it says the most important of this; further ones stay dark.
 *
 * The boot script S02leds shows `starting` without an agent, before its start and after its end.
 */

/** The kernel's trigger `timer` blinks; milliseconds. */
export interface Blink {
  readonly on: number;
  readonly off: number;
}

export type Pattern = 'on' | 'off' | Blink;

export type PanelState =
  /** The button is held, and the board counts. */
  | 'counting'
  /** The board is reset to defaults, and the button may be let go. */
  | 'reset'
  /** No configuration is in force yet. */
  | 'starting'
  /** No uplink is live, a part of the configuration failed, or it is not the one that should be in force. */
  | 'trouble'
  /** A configuration waits for its confirmation, or a firmware for its proof. */
  | 'trial'
  | 'well';

export interface UplinkCount {
  readonly live: number;
  readonly configured: number;
}

/** What the kernel uses unless told otherwise (ledtrig-timer.c). */
export const SLOW: Blink = { on: 500, off: 500 };
export const FAST: Blink = { on: 100, off: 100 };
/** Dark with short flashes, and lit with short gaps: for a board's only LED. */
export const FLASHES: Blink = { on: 200, off: 1800 };
export const GAPS: Blink = { on: 1800, off: 200 };

interface Row {
  /** Of a board that has one LED. */
  readonly alone: Pattern;
  readonly first: Pattern;
  readonly second: Pattern;
  readonly third: Pattern | 'uplinks';
}

export const PATTERNS: Readonly<Record<PanelState, Row>> = {
  counting: { alone: FAST, first: FAST, second: FAST, third: FAST },
  reset: { alone: 'on', first: 'on', second: 'on', third: 'on' },
  starting: { alone: SLOW, first: SLOW, second: SLOW, third: SLOW },
  trouble: { alone: FLASHES, first: 'on', second: 'on', third: 'uplinks' },
  trial: { alone: GAPS, first: 'on', second: SLOW, third: 'uplinks' },
  well: { alone: 'on', first: 'on', second: 'off', third: 'uplinks' },
};

/** A pattern for each of `count` LEDs, in their order. */
export function patternsOf(state: PanelState, uplinks: UplinkCount, count: number): Pattern[] {
  const { alone, first, second, third } = PATTERNS[state];
  if (count === 1) return [alone];
  const all = [first, second, third === 'uplinks' ? uplinkPattern(uplinks) : third];
  return Array.from({ length: count }, (_, index) => all[index] ?? 'off');
}

function uplinkPattern({ live, configured }: UplinkCount): Pattern {
  if (live === 0) return 'off';
  return live < configured ? SLOW : 'on';
}
