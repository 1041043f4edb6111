// SPDX-License-Identifier: MIT
import type { Progress } from './events.ts';
import { formatEvent } from './format.ts';

/** Between two lines about the clock of one guest, in ms. */
const CLOCK_LINES = 60_000;

/** Plain lines, for logs and pipes. The lines of stage logs only when `verbose`, and clocks once a minute. */
export function plainProgress(
  write: (text: string) => void,
  verbose: boolean,
  now: () => number = Date.now,
): Progress {
  const clockAfter = new Map<string, number>();
  return {
    on(event) {
      if (event.event === 'stage-line' && !verbose) return;
      if (event.event === 'stage-start') clockAfter.set(event.stage, now() + CLOCK_LINES);
      if (event.event === 'stage-clock') {
        if (now() < (clockAfter.get(event.stage) ?? 0)) return;
        clockAfter.set(event.stage, now() + CLOCK_LINES);
      }
      const text = formatEvent(event);
      if (text !== undefined) write(`${text}\n`);
    },
    close() {},
  };
}
