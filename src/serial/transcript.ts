// SPDX-License-Identifier: MIT
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Characters kept in memory for error messages; the file has everything. */
const KEPT = 16_384;

/**
 * What a console printed: all of it in a file when one is named, the end of it in memory. What is sent is not
 * recorded (the other side echoes what may be seen, and does not echo passwords).
 */
export class Transcript {
  readonly file: string | undefined;
  #descriptor: number | undefined;
  #tail = '';

  /** Starts `file` anew, with its folder. */
  constructor(file?: string) {
    this.file = file;
    if (file !== undefined) {
      mkdirSync(dirname(file), { recursive: true });
      this.#descriptor = openSync(file, 'w');
    }
  }

  append(text: string): void {
    if (this.#descriptor !== undefined) writeSync(this.#descriptor, text);
    this.#tail = (this.#tail + text).slice(-KEPT);
  }

  /** The last `count` lines that hold anything, without carriage returns. */
  lastLines(count: number): string[] {
    const lines = this.#tail.split(/\r*\n|\r/).map((line) => line.trimEnd());
    return lines.filter((line) => line !== '').slice(-count);
  }

  /** The last lines and where the rest is, as an appendix to an error message. */
  describe(count = 15): string {
    const lines = this.lastLines(count).map((line) => `  | ${line}`);
    const shown = lines.length > 0 ? `\nLast lines:\n${lines.join('\n')}` : '\nNothing was printed.';
    return this.file === undefined ? shown : `${shown}\nFull log: ${this.file}`;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
