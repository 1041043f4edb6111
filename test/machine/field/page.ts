// SPDX-License-Identifier: MIT
/**
 * Writes a page of what was typed and printed. The same course of events gives the same bytes: what differs from run to run
 * becomes `…`, and lines that come or not, as the machine is busy or not, are left out.
 */

/** What stands for something on this machine: a folder, a port, a key. */
export type Names = ReadonlyMap<string, string>;

/** Progress, and waiting. */
const PASSING = [
  /^ {2}[\d.]+( of [\d.]+)? MB$/,
  /^plait: Nothing to read on .* yet/,
  /^plait: .* speaks at \d+ bits per second\.$/,
  /^plait: The board has changed its speed\.$/,
];

/** In this order: a hash before the digits in it. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, '…'],
  [/\bkey [0-9a-f]{8,16}\b/g, 'key …'],
  [/^\d+(?= changes made)/gm, '…'],
  [/\d+(\.\d+)? (MB\/s|MB|MiB|kB|ms|s|h|min)(?![\w])/g, '… $2'],
];

/** What was printed, as the page shows it. */
export function steady(printed: string, names: Names = new Map()): string {
  let text = printed.replace(/\r+\n?/g, '\n');
  for (const [volatile, name] of names) text = text.replaceAll(volatile, name);
  const lines = text.split('\n').map((line) => line.trimEnd());
  text = lines.filter((line) => !PASSING.some((pattern) => pattern.test(line))).join('\n');
  for (const [pattern, instead] of VOLATILE) text = text.replace(pattern, instead);
  return text.replace(/^\n+|\n+$/g, '');
}

export class FieldPage {
  readonly #names: Map<string, string>;
  /** The same hash has the same name on all of the page, so that a reader sees what is unchanged. */
  readonly #hashes = new Map<string, string>();
  readonly #parts: string[] = ['<!-- SPDX-License-Identifier: MIT -->'];

  constructor(names: Names) {
    this.#names = new Map(names);
  }

  /** A heading, or a paragraph. */
  say(...paragraphs: string[]): void {
    this.#parts.push(...paragraphs);
  }

  /** A command at `prompt`, and what it printed. */
  typed(prompt: '$' | '#', command: string, printed: string): void {
    const output = this.#steady(printed);
    this.#parts.push(fence(`${prompt} ${command}${output === '' ? '' : `\n${output}`}`));
  }

  /** A file that was written. */
  file(name: string, text: string): void {
    this.#parts.push(`\`${name}\`:`, fence(text.trimEnd()));
  }

  console(printed: string): void {
    this.#parts.push('*Serial console:*', fence(this.#steady(printed)));
  }

  get text(): string {
    return `${this.#parts.join('\n\n')}\n`;
  }

  #steady(printed: string): string {
    // What `sha256sum` prints is there to be compared.
    const named = printed.replace(/^([0-9a-f]{64})(?= {2}\/)/gm, (hash) => this.#hash(hash));
    return steady(named, this.#names);
  }

  #hash(hash: string): string {
    const known = this.#hashes.get(hash) ?? `(hash ${this.#hashes.size + 1})`;
    this.#hashes.set(hash, known);
    return known;
  }
}

function fence(text: string): string {
  return ['```text', text, '```'].join('\n');
}
