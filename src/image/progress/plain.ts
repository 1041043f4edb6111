// SPDX-License-Identifier: MIT
import type { Progress } from './events.ts';
import { formatEvent } from './format.ts';

/** Plain lines, for logs and pipes. The lines of stage logs only when `verbose`. */
export function plainProgress(write: (text: string) => void, verbose: boolean): Progress {
  return {
    on(event) {
      if (event.event === 'stage-line' && !verbose) return;
      const text = formatEvent(event);
      if (text !== undefined) write(`${text}\n`);
    },
    close() {},
  };
}
