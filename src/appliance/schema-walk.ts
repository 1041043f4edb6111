// SPDX-License-Identifier: MIT
/** Questions about the schema itself: which keys it has, and which keys of a document it does not have. */
import { closest, distance } from 'fastest-levenshtein';
import type * as v from 'valibot';
import { type Problem, problemAt } from './problems.ts';

type Schema = v.GenericSchema | v.GenericPipeItem;
type Path = readonly (string | number)[];

/** The parts of valibot's schema objects that hold other schemas. */
type Parts = {
  wrapped?: Schema;
  pipe?: readonly Schema[];
  entries?: Record<string, Schema>;
  key?: Schema;
  value?: Schema;
  item?: Schema;
};

/** Every key path of the schema, names and numbers of entries as `*`: `uplinks.*.rate.up`, `lan.ports`. */
export function keyPaths(schema: Schema, prefix = ''): string[] {
  const { entries, key, value, item } = parts(schema);
  if (item) return keyPaths(item, parts(item).entries ? `${prefix}.*` : prefix);
  const children = entries ?? (key && value ? { '*': value } : {});
  return Object.entries(children).flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return [path, ...keyPaths(child, path)];
  });
}

/** A key that the schema does not know, or a name that no entry may have. */
export interface OddKey {
  kind: 'unknown' | 'unusable';
  problem: Problem;
}

/** Each odd key of the document; for an unknown one, the problem names the nearest one that is known. */
export function oddKeys(schema: Schema, value: unknown, path: Path = []): OddKey[] {
  const { entries, value: each, item } = parts(schema);
  if (Array.isArray(value)) {
    return item ? value.flatMap((element, index) => oddKeys(item, element, [...path, index])) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const at = [...path, key];
    if (entries) {
      const known = Object.hasOwn(entries, key) ? entries[key] : undefined;
      return known ? oddKeys(known, child, at) : [unknownKey(key, child, at, Object.keys(entries))];
    }
    if (!each) return [];
    // valibot skips these silently.
    if (['__proto__', 'prototype', 'constructor'].includes(key)) {
      return [
        { kind: 'unusable', problem: problemAt(at, child, 'is not a usable name', 'choose another name') },
      ];
    }
    return oddKeys(each, child, at);
  });
}

function unknownKey(key: string, value: unknown, path: Path, known: string[]): OddKey {
  const near = closest(key.slice(0, 64), known);
  const alike = distance(key.slice(0, 64), near) <= Math.max(2, near.length / 2);
  const remedy = alike ? `write ${near}` : `the nearest is ${near}; known here: ${known.join(', ')}`;
  return { kind: 'unknown', problem: problemAt(path, value, 'is not a known key', remedy) };
}

function parts(schema: Schema): Parts {
  const here = schema as Parts;
  if (here.wrapped) return parts(here.wrapped);
  const inner = here.pipe?.find((part) => {
    const { entries, value, item } = part as Parts;
    return part !== schema && (entries ?? value ?? item);
  });
  return inner ? (inner as Parts) : here;
}
