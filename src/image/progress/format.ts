// SPDX-License-Identifier: MIT
import type { BuildEvent } from './events.ts';

type Formatters = {
  [K in BuildEvent['event']]: (event: Extract<BuildEvent, { event: K }>) => string | undefined;
};

/** One formatter per kind of event; `undefined` says nothing. */
const formatters: Formatters = {
  'build-start': (e) => `plait ${e.version}: building the image for ${e.board}, engine ${e.engine}`,
  'packages-ask': () => 'Debian packages are missing, and installing them wants a password',
  'packages-install': (e) => `installing Debian packages: ${e.packages.join(' ')}`,
  fetch: () => undefined,
  fetched: (e) => `fetched ${e.what} (${duration(e.seconds)})`,
  note: (e) => e.text,
  plan: (e) => {
    if (e.of === 'cell') return `${count(e.stages.length, 'cell')} to run`;
    return e.stages.length === 0 ? 'nothing has changed' : `${count(e.stages.length, 'stage')} to build`;
  },
  'stage-start': () => undefined,
  'stage-cached': () => undefined,
  'stage-damaged': (e) => `${e.stage}: its copy in the cache is damaged (${e.file}); building it again`,
  'stage-built': (e) => `${e.stage} (${duration(e.seconds)})`,
  'stage-failed': (e) => `${e.stage} FAILED after ${duration(e.seconds)}`,
  'stage-clock': (e) => `${e.stage}: its clock is at ${duration(e.simulated)}`,
  'stage-line': (e) => `${e.stage} | ${e.line}`,
  'build-done': (e) =>
    [
      ...e.summary,
      `${e.out}:`,
      ...e.files.map((file) => `  ${size(file.size).padStart(10)}  ${file.name}`),
      `done in ${duration(e.seconds)}: ${count(e.built, 'stage')} built, downloads took ${duration(e.downloads)} of it`,
      ...e.last,
    ].join('\n'),
  'build-failed': () => undefined,
  'mirror-found': (e) => `${e.board}: all sources are found`,
  'mirror-done': (e) => `all sources are in ${e.dir}, with the signed indexes that a build checks them by`,
  'mirror-failed': () => undefined,
};

/** An event as text for people, or `undefined` when it says nothing to them. */
export function formatEvent(event: BuildEvent): string | undefined {
  // The table is complete by its type; TypeScript cannot see that key and argument agree.
  const format = formatters[event.event] as (event: BuildEvent) => string | undefined;
  return format(event);
}

/** `0.4 s`, `12 s`, `3 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `980 B`, `14.2 kB`, `3.1 MB`, `4.0 GB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
