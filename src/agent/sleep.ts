// SPDX-License-Identifier: MIT
import type { Clock } from './ports.ts';

/** Lets `ms` milliseconds pass. */
export function sleep(clock: Pick<Clock, 'after'>, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
