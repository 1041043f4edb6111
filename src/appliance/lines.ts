// SPDX-License-Identifier: MIT
/** Where in the text each value of a YAML document stands. */
import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import { formatPath } from './problems.ts';

/** Line number, from 1, of each key and list entry by its path as `formatPath()` writes it. */
export function linesByPath(text: string, events: readonly Event[]): Map<string, number> {
  const lines = new Map<string, number>();
  const lineAt = lineCounter(text);
  let next = 0;

  // Reads one node, whose path is known, and leaves `next` behind it.
  const node = (path: (string | number)[]): void => {
    const event = events[next++];
    if (!event || event.type === EVENT_ID.POP) return;
    if (event.type === EVENT_ID.SEQUENCE) {
      for (let index = 0; !atEnd(); index++) entry([...path, index]);
      next++;
    } else if (event.type === EVENT_ID.MAPPING) {
      while (!atEnd()) {
        const key = events[next];
        const name = key?.type === EVENT_ID.SCALAR ? getScalarValue(text, key) : '';
        const keyPath = [...path, name];
        lines.set(formatPath(keyPath), lineAt(start(key)));
        node(keyPath);
        node(keyPath);
      }
      next++;
    }
  };
  const entry = (path: (string | number)[]): void => {
    lines.set(formatPath(path), lineAt(start(events[next])));
    node(path);
  };
  const atEnd = (): boolean => next >= events.length || events[next]?.type === EVENT_ID.POP;

  if (events[next]?.type === EVENT_ID.DOCUMENT) next++;
  if (!atEnd()) node([]);
  return lines;
}

/** The line of a path, or of the nearest thing around it that has one. */
export function lineOf(lines: ReadonlyMap<string, number>, path: string): number | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return undefined;
}

function start(event: Event | undefined): number {
  if (!event) return 0;
  if ('valueStart' in event) return event.valueStart;
  if ('start' in event) return event.start;
  return 'anchorStart' in event ? event.anchorStart : 0;
}

/** Positions are asked for in rising order, so one pass over the text is enough. */
function lineCounter(text: string): (position: number) => number {
  let line = 1;
  let seen = 0;
  return (position) => {
    for (; seen < position && seen < text.length; seen++) if (text[seen] === '\n') line++;
    return line;
  };
}
