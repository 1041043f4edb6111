// SPDX-License-Identifier: MIT
/**
 * What a console prints besides the answer: kernel messages that break into a line at any column, and
 * the escape sequences of line editors. `clean()` takes them out and keeps the way back to the original.
 */

/** A kernel message with its time stamp, up to and with its line end. */
export const KERNEL_MESSAGE = /\[ {0,4}\d{1,7}\.\d{6}\](?:\[ {0,4}[TC]\d+\])? [^\n]*\n/;

/** Control sequences (colours, cursor, queries) as line editors send them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const ESCAPE_SEQUENCE = /\x1b\[[0-9;?]*[ -/]*[@-~]/;

/** A text without its noise. */
export interface Cleaned {
  readonly text: string;
  /** The offset in the original that belongs to an offset in `text` (the end of what stands before it). */
  original(offset: number): number;
}

/**
 * Takes complete kernel messages, escape sequences and whatever `more` matches out of `raw`. A message that
 * has not ended yet stays until its end has come. The patterns in `more` match one message with its line end.
 */
export function clean(raw: string, more: readonly RegExp[] = []): Cleaned {
  const noise = new RegExp(
    [KERNEL_MESSAGE, ESCAPE_SEQUENCE, ...more].map((r) => `(?:${r.source})`).join('|'),
    'g',
  );
  const pieces: { at: number; from: number; text: string }[] = [];
  let from = 0;
  let at = 0;
  const keep = (to: number) => {
    if (to > from) pieces.push({ at, from, text: raw.slice(from, to) });
    at += Math.max(0, to - from);
  };
  for (const found of raw.matchAll(noise)) {
    keep(found.index);
    from = found.index + found[0].length;
  }
  keep(raw.length);
  return {
    text: pieces.map((piece) => piece.text).join(''),
    original(offset) {
      const piece = pieces.findLast((candidate) => candidate.at < offset);
      return piece === undefined ? 0 : piece.from + Math.min(offset - piece.at, piece.text.length);
    },
  };
}
