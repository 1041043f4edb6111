// SPDX-License-Identifier: MIT
/** How far the clock of a guest is that runs on simulated time. The guest writes it once in a simulated second. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds of wall-clock time between two looks. */
const LOOK = 2000;

/** A line of the guest's script. The shell reads the time itself; only `sleep` is a process. */
export const CLOCK_LINE =
  '( while sleep 1; do read -r up rest </proc/uptime; echo "$up" >/lab/clock; done ) &';

/** Calls `tell` with the guest's seconds now and then; the function that it gives ends that. */
export function watchClock(folder: string, tell: (seconds: number) => void): () => void {
  const timer = setInterval(async () => {
    const text = await readFile(join(folder, 'clock'), 'utf8').catch(() => '');
    const seconds = Number.parseFloat(text);
    if (Number.isFinite(seconds)) tell(seconds);
  }, LOOK);
  return () => clearInterval(timer);
}
