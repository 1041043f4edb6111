// SPDX-License-Identifier: MIT
import type { Progress } from './events.ts';

/** For machines: each event as one line of JSON with its time. The lines of stage logs only when `verbose`. */
export function jsonProgress(
  write: (text: string) => void,
  verbose: boolean,
  now = () => new Date(),
): Progress {
  return {
    on(event) {
      if (event.event === 'stage-line' && !verbose) return;
      write(`${JSON.stringify({ time: now().toISOString(), ...event })}\n`);
    },
    close() {},
  };
}
