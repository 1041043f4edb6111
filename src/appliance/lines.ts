// SPDX-License-Identifier: MIT
/** Where in the text each value of a YAML document stands, and how it is written there. */
import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';
import { formatPath } from './problems.ts';

export type Place = {
  /** From 1. */
  line: number;
  /** The value, when it is a single one. */
  written?: string;
};

/** The place of each key and list entry by its path as `formatPath()` writes it. */
export function placesByPath(text: string, events: readonly Event[]): Map<string, Place> {
  const places = new Map<string, Place>();
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
        const line = lineAt(start(key));
        node(keyPath);
        places.set(formatPath(keyPath), { line, ...written(events[next]) });
        node(keyPath);
      }
      next++;
    }
  };
  const entry = (path: (string | number)[]): void => {
    places.set(formatPath(path), { line: lineAt(start(events[next])), ...written(events[next]) });
    node(path);
  };
  const written = (event: Event | undefined): { written?: string } =>
    event?.type === EVENT_ID.SCALAR ? { written: getScalarValue(text, event) } : {};
  const atEnd = (): boolean => next >= events.length || events[next]?.type === EVENT_ID.POP;

  if (events[next]?.type === EVENT_ID.DOCUMENT) next++;
  if (!atEnd()) node([]);
  return places;
}

/** The line of a path, or of the nearest thing around it that has one. */
export function lineOf(places: ReadonlyMap<string, Place>, path: string): number | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
    const line = places.get(at)?.line;
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
