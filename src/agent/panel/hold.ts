// SPDX-License-Identifier: MIT
/**
 * Whether the button is held at the start of the board, as a table of states. Times count from the look at it, which is when the
 * device is opened.
 *
 * | state         | what it means                                            | ends                         |
 * |---------------|----------------------------------------------------------|------------------------------|
 * | `looking`     | not seen down yet                                        | after 0.4 s                  |
 * | `counting`    | down since the look                                      | after 5 s, or when it is let go |
 * | `up`          | nobody holds it                                          |                              |
 * | `let go`      | held for less than 5 s: nothing happens                  |                              |
 * | `unreadable`  | the device failed meanwhile: nothing happens             |                              |
 * | `stuck`       | down, and never seen up since it reset the board last: nothing happens |                |
 * | `held`        | held for 5 s: the board is to be reset                   |                              |
 */

export type HoldState = 'looking' | 'counting' | HoldResult;
export type HoldResult = 'up' | 'let go' | 'unreadable' | 'stuck' | 'held';

/** `down`, `up`: the key; `settled`: 0.4 s after the look; `time`: 5 s after it; `lost`: the device. */
export type HoldEvent = 'down' | 'up' | 'settled' | 'settled, not trusted' | 'time' | 'lost';

/**
 * Milliseconds after which the kernel has told of a button that was down at the look. It polls one only while the device is open,
 * and first lets the debounce interval pass (gpio_keys_polled.c): 120 ms on the ALIX, 200 ms on the APU. Until then it tells how
 * the button was at the kernel's own start.
 */
export const SETTLE = 400;
export const HOLD = 5000;

export const HOLD_TRANSITIONS: Readonly<
  Record<'looking' | 'counting', Readonly<Partial<Record<HoldEvent, HoldState>>>>
> = {
  looking: { down: 'counting', settled: 'up', 'settled, not trusted': 'up', lost: 'unreadable' },
  counting: { up: 'let go', 'settled, not trusted': 'stuck', time: 'held', lost: 'unreadable' },
};

/** What is not in the table changes nothing. */
export function nextHold(state: HoldState, event: HoldEvent): HoldState {
  return state === 'looking' || state === 'counting' ? (HOLD_TRANSITIONS[state][event] ?? state) : state;
}

export function isHoldResult(state: HoldState): state is HoldResult {
  return state !== 'looking' && state !== 'counting';
}
