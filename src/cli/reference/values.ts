// SPDX-License-Identifier: MIT
/** What may stand for an option's value or an argument, for shells that complete it. */
import type { Argument, Option } from 'commander';

/** Some of these words, a path, or what only the user knows. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'directory' | 'any' };

const named = new WeakMap<Option | Argument, () => Promise<readonly string[]>>();

/** Says which words there are for an option or argument that takes others too: patterns, or names that may be mistyped. */
export function completedBy<T extends Option | Argument>(
  what: T,
  words: () => readonly string[] | Promise<readonly string[]>,
): T {
  named.set(what, async () => words());
  return what;
}

/** By the choices it has, else by the name in its angle brackets: `<file>`, `<dir>`. */
export async function valuesOf(what: Option | Argument, name: string): Promise<Values> {
  const words = what.argChoices ?? (await named.get(what)?.());
  if (words !== undefined) return { kind: 'words', words };
  if (['file', 'manifest', 'devices'].includes(name)) return { kind: 'file' };
  return { kind: name === 'dir' ? 'directory' : 'any' };
}
