// SPDX-License-Identifier: MIT
import { looksLikeKey } from './keys.ts';

/** What is wrong with a configuration, told so that the reader can mend it without looking anything up. */
export type Problem = {
  /** Where: `uplinks.dsl.rate.up`, `lan.ports[1]`; empty for the document as a whole. */
  path: string;
  /** What was seen there, shortened; undefined when nothing was there. Secrets are replaced. */
  value: string | number | boolean | null | undefined;
  /** What is wrong with it, as the end of a sentence that begins with path and value. */
  message: string;
  /** What to write instead. */
  remedy: string;
  /** Line of the document, counted from 1, where it is known. */
  line?: number;
};

/** More than this many are cut off: nobody reads them, and hostile input could make millions. */
export const MAX_PROBLEMS = 50;

const LONGEST_VALUE = 80;
const SECRET_KEYS = ['password-hash'];
/** A public key is shown; any other value that looks like a key may be a secret in the wrong place. */
const PUBLIC_KEYS = ['peer'];

/** One sentence for people: `line 4: lan.address "10.0.0.1" has no prefix length: write 10.0.0.1/24.` */
export function describe(problem: Problem): string {
  const line = problem.line === undefined ? '' : `line ${problem.line}: `;
  const where = problem.path === '' ? 'the document' : problem.path;
  const value = problem.value === undefined ? '' : ` ${JSON.stringify(problem.value)}`;
  return printable(`${line}${where}${value} ${problem.message}: ${problem.remedy}.`);
}

/** A problem at `path` (keys and list positions), its value made fit to show. */
export function problemAt(
  path: readonly (string | number)[],
  value: unknown,
  message: string,
  remedy: string,
): Problem {
  const last = path[path.length - 1];
  const named = typeof last === 'string' && SECRET_KEYS.includes(last) && value !== undefined;
  const isKey = typeof value === 'string' && looksLikeKey(value) && !PUBLIC_KEYS.includes(String(last));
  const secret = named || isKey;
  return { path: formatPath(path), value: secret ? '(not shown)' : brief(value), message, remedy };
}

/** `['lan', 'ports', 0]` → `lan.ports[0]`; keys that are not plain words are quoted. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(shorten(part))}]`;
  }
  return text;
}

/** Sentences go to terminals, and may quote bytes that would steer one. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

function brief(value: unknown): Problem['value'] {
  if (typeof value === 'string') return shorten(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null || value === undefined) return value;
  return Array.isArray(value) ? '[list]' : '{mapping}';
}

/** At most a line's worth of foreign text. */
export function shorten(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
