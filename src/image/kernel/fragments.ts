// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { BuildError } from '../errors.ts';

/** One wish of a configuration fragment. */
export interface Wish {
  /** `CONFIG_EXT4_FS`. */
  readonly symbol: string;
  /** As in a .config: `y`, `m`, `16`, `"plait"`; `n` for what must be off. */
  readonly value: string;
  /** `router.config:12`, for messages. */
  readonly where: string;
}

/** Reads a fragment. Throws a BuildError for a line that is neither a wish, a comment nor empty. */
export function parseFragment(text: string, name: string): Wish[] {
  return text.split('\n').flatMap((line, index) => {
    const where = `${name}:${index + 1}`;
    const unset = /^# (CONFIG_\w+) is not set$/.exec(line);
    if (unset) return [{ symbol: unset[1] ?? '', value: 'n', where }];
    if (line === '' || line.startsWith('#')) return [];
    const set = /^(CONFIG_\w+)=(y|m|n|-?\d+|0x[0-9a-f]+|"[^"]*")$/.exec(line);
    if (set) return [{ symbol: set[1] ?? '', value: set[2] ?? '', where }];
    throw new BuildError(
      `${where}: '${line}' is neither CONFIG_NAME=value, '# CONFIG_NAME is not set' nor a comment`,
    );
  });
}

/** Reads fragments and joins them; a wish says folder and file that it stands in. */
export async function readFragments(paths: readonly string[]): Promise<Wish[]> {
  const fragments = paths.map(async (path) => {
    const text = await readFile(path, 'utf8');
    return parseFragment(text, `${basename(dirname(path))}/${basename(path)}`);
  });
  return mergeFragments(await Promise.all(fragments));
}

/** Joins fragments; a later one overrides an earlier one. */
export function mergeFragments(fragments: readonly (readonly Wish[])[]): Wish[] {
  return [...new Map(fragments.flat().map((wish) => [wish.symbol, wish])).values()];
}

/** Wishes as the file that `make allnoconfig` starts from (KCONFIG_ALLCONFIG). */
export function formatConfig(wishes: readonly Wish[]): string {
  return wishes.map(({ symbol, value }) => `${symbol}=${value}\n`).join('');
}

/** Sets what a complete .config says of the wished symbols; all of them must stand in it. */
export function overrideConfig(config: string, wishes: readonly Wish[]): string {
  const bySymbol = new Map(wishes.map((wish) => [wish.symbol, wish.value]));
  return config
    .split('\n')
    .map((line) => {
      const symbol = /^(?:# )?(CONFIG_\w+)(?:=| is not set)/.exec(line)?.[1] ?? '';
      const value = bySymbol.get(symbol);
      if (value === undefined) return line;
      return value === 'n' ? `# ${symbol} is not set` : `${symbol}=${value}`;
    })
    .join('\n');
}

/**
 * Compares a built .config with the wishes: Kconfig drops in silence what it does not know or what depends on
 * something that is off. Gives a sentence for each wish that did not come true.
 */
export function unmetWishes(config: string, wishes: readonly Wish[]): string[] {
  const built = new Map(config.split('\n').flatMap(settingOf));
  return wishes.flatMap(({ symbol, value, where }) => {
    const found = built.get(symbol) ?? 'n';
    if (found === value) return [];
    return [
      `${where}: ${symbol}=${value} came out as ${found}; a symbol that it depends on is missing, or it is misspelt`,
    ];
  });
}

function settingOf(line: string): [string, string][] {
  const match = /^(CONFIG_\w+)=(.*)$/.exec(line);
  return match ? [[match[1] ?? '', match[2] ?? '']] : [];
}
