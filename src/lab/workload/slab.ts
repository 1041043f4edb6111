// SPDX-License-Identifier: MIT
/** What the kernel's allocator holds, of the whole guest. */
import type { Results } from './results.ts';

export interface SlabCache {
  readonly objects: number;
  /** Bytes of one, with what the allocator puts beside it. */
  readonly size: number;
}

/** Freed objects that KASAN keeps, and those that CPUs keep, are given back first. */
export const SLAB_COMMAND =
  'for cache in /sys/kernel/slab/*; do [ -L $cache ] || echo 1 >$cache/shrink; done; cat /proc/slabinfo';

/** Caches by their names. */
export function readSlab(results: Results, name: string): ReadonlyMap<string, SlabCache> {
  const lines = [...results.text(name).matchAll(/^(\S+) +(\d+) +\d+ +(\d+) /gm)];
  return new Map(
    lines.map(([, cache = '', objects, size]) => [cache, { objects: Number(objects), size: Number(size) }]),
  );
}
