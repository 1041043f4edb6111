// SPDX-License-Identifier: MIT
import { createLogUpdate } from 'log-update';
import type { Progress } from './events.ts';
import { duration, formatEvent } from './format.ts';
import { Remaining } from './remaining.ts';

/** For people at a terminal: finished stages as lines, below them what is at work, elapsed and about how much is left. */
export function terminalProgress(stream: NodeJS.WriteStream, verbose: boolean, parallel: number): Progress {
  const live = createLogUpdate(stream);
  const remaining = new Remaining(parallel);
  const begin = Date.now();
  let fetching: string | undefined;
  let asking = false;
  const show = () => {
    if (!asking) live(status(remaining, begin, fetching));
  };
  const timer = setInterval(show, 500);
  return {
    on(event) {
      remaining.on(event, Date.now());
      // Until what comes next, the terminal belongs to the question and to sudo.
      asking = event.event === 'packages-ask' || (asking && event.event === 'packages-install');
      if (event.event === 'fetch') fetching = event.what;
      // A fetch that failed has no end of its own; the plan comes after all of them.
      if (event.event === 'fetched' || event.event === 'plan') fetching = undefined;
      const text =
        (event.event === 'stage-line' && !verbose) || event.event === 'stage-clock'
          ? undefined
          : formatEvent(event);
      if (text !== undefined) {
        live.clear();
        stream.write(`${text}\n`);
      }
      if (event.event === 'build-done' || event.event === 'build-failed') clearInterval(timer);
      else if (event.event !== 'stage-line' || verbose) show();
    },
    close() {
      clearInterval(timer);
      live.clear();
      live.done();
    },
  };
}

/** The live lines: one of totals, one for each stage at work. */
export function status(
  remaining: Remaining,
  begin: number,
  fetching: string | undefined,
  now = Date.now(),
): string {
  const elapsed = `${duration((now - begin) / 1000)} elapsed`;
  if (fetching !== undefined) return `  fetching ${fetching} … ${elapsed}`;
  const left = remaining.left(now) / 1000;
  const about = remaining.total > 0 && left >= 1 ? `, about ${duration(left)} left` : '';
  const stagesDone = remaining.total > 0 ? `${remaining.done} of ${remaining.total} stages, ` : '';
  const head = `  ${stagesDone}${elapsed}${about}`;
  const stages = [...remaining.running].map(([name, { since, expected, simulated }]) => {
    const of = expected >= 1000 ? ` of about ${duration(expected / 1000)}` : '';
    const clock = simulated === undefined ? '' : `, its clock is at ${duration(simulated)}`;
    return `  > ${name}: ${duration((now - since) / 1000)}${of}${clock}`;
  });
  return [head, ...stages].join('\n');
}
