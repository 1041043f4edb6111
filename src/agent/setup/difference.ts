// SPDX-License-Identifier: MIT
/** What changes between two texts, line by line. */

const SECRET = /^(\s*password-hash: ).*/;
/** Beyond this the table of the comparison is too large for a small board: all of both is shown. */
const MOST_CELLS = 250_000;

/** Lines with `-` and `+`; those that stay are left out. Secrets are not shown. */
export function difference(before: string, after: string): string[] {
  const old = linesOf(before);
  const fresh = linesOf(after);
  const length = old.length * fresh.length > MOST_CELLS ? undefined : longestCommon(old, fresh);
  const out: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (length && i < old.length && j < fresh.length && old[i] === fresh[j]) {
      i++;
      j++;
    } else if (
      i < old.length &&
      (j >= fresh.length || !length || at(length, i + 1, j) >= at(length, i, j + 1))
    ) {
      out.push(`- ${hidden(old[i++])}`);
    } else {
      out.push(`+ ${hidden(fresh[j++])}`);
    }
  }
  return out;
}

/** [i][j]: length of the longest common part of what comes after line i and line j. */
function longestCommon(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    const row = table[i] ?? [];
    for (let j = b.length - 1; j >= 0; j--)
      row[j] =
        a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
  }
  return table;
}

function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}

function hidden(line = ''): string {
  return line.replace(SECRET, '$1(not shown)');
}
