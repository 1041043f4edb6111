// SPDX-License-Identifier: MIT
/**
 * Lines from a terminal that may be anything: a slow serial line, a pasted text, a cable that is being plugged in. Bytes wait
 * until somebody reads a line, and are echoed only then. No cursor is moved but by one backspace at a time.
 */

export type Line =
  | { kind: 'line'; text: string; foreign: boolean }
  /** Ctrl-C, Ctrl-D on an empty line, or the terminal is gone. */
  | { kind: 'leave' }
  /** `cancel()` was called. */
  | { kind: 'cancelled' };

const BEL = '\x07';
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LF = 0x0a;
const CTRL_L = 0x0c;
const CR = 0x0d;
const CTRL_R = 0x12;
const CTRL_U = 0x15;
const ESC = 0x1b;
const DEL = 0x7f;

/** As long as the longest answer, a public key of RSA. */
const LONGEST_LINE = 4500;
/** Bytes that wait; what comes on top is lost, as with any terminal. */
const MOST_WAITING = 16 * 1024;
/** Bytes after which an escape sequence is over whatever it is. */
const LONGEST_ESCAPE = 16;

export class LineInput {
  #echo: (text: string) => void;
  #waiting: number[] = [];
  #text = '';
  /** Bytes beyond ASCII came in: noise, another speed, or letters that would be lost. */
  #foreign = false;
  #afterCr = false;
  /** Bytes of an escape sequence so far; 0: none. */
  #escape = 0;
  #ended = false;
  #reader: { secret: boolean; prompt: string; resolve: (line: Line) => void } | undefined;

  constructor(echo: (text: string) => void) {
    this.#echo = echo;
  }

  /** Takes in bytes. */
  feed(bytes: Uint8Array): void {
    for (const byte of bytes) if (this.#waiting.length < MOST_WAITING) this.#waiting.push(byte);
    this.#work();
  }

  /** There will be no more. */
  end(): void {
    this.#ended = true;
    this.#work();
  }

  /** Reads a line after this prompt. One at a time. */
  read(prompt: string, secret = false): Promise<Line> {
    if (this.#reader) throw new Error('a line is being read already');
    this.#echo(prompt);
    return new Promise((resolve) => {
      this.#reader = { secret, prompt, resolve };
      this.#text = '';
      this.#foreign = false;
      this.#work();
    });
  }

  /** Ends the read under way. */
  cancel(): void {
    this.#finish({ kind: 'cancelled' });
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Forgets what came in and was not read. */
  discard(): void {
    this.#waiting = [];
  }

  #work(): void {
    while (this.#reader && this.#waiting.length > 0) this.#take(this.#waiting.shift() ?? 0);
    if (this.#ended && this.#waiting.length === 0) this.#finish({ kind: 'leave' });
  }

  #take(byte: number): void {
    const afterCr = this.#afterCr;
    this.#afterCr = byte === CR;
    if (byte === LF && afterCr) return;
    if (this.#escape > 0) {
      this.#escape = endsEscape(byte, this.#escape) ? 0 : this.#escape + 1;
      return;
    }
    if (byte === CR || byte === LF) this.#finish({ kind: 'line', text: this.#text, foreign: this.#foreign });
    else if (byte === CTRL_C || (byte === CTRL_D && this.#text === '')) this.#finish({ kind: 'leave' });
    else if (byte === ESC) this.#escape = 1;
    else if (byte === BACKSPACE || byte === DEL) this.#erase(1);
    else if (byte === CTRL_U) this.#erase(this.#text.length);
    else if (byte === CTRL_L || byte === CTRL_R) this.#again();
    else if (byte >= 0x20 && byte < DEL) this.#type(String.fromCharCode(byte));
    else if (byte > DEL) this.#refuse();
  }

  #type(char: string): void {
    if (this.#text.length >= LONGEST_LINE) {
      this.#refuse();
      return;
    }
    this.#text += char;
    if (!this.#reader?.secret) this.#echo(char);
  }

  /** What cannot be part of an answer makes the whole line none, so that nobody gets another password than was typed. */
  #refuse(): void {
    if (!this.#foreign) this.#echo(BEL);
    this.#foreign = true;
  }

  #erase(count: number): void {
    if (!this.#reader?.secret) this.#echo('\b \b'.repeat(Math.min(count, this.#text.length)));
    this.#text = this.#text.slice(0, Math.max(0, this.#text.length - count));
    if (this.#text === '') this.#foreign = false;
  }

  /** The line once more, where a message of the kernel broke into it. */
  #again(): void {
    if (!this.#reader) return;
    this.#echo(`\n${this.#reader.prompt}${this.#reader.secret ? '' : this.#text}`);
  }

  #finish(line: Line): void {
    const reader = this.#reader;
    if (!reader) return;
    this.#reader = undefined;
    this.#echo('\n');
    reader.resolve(line);
  }
}

/** `ESC x`, or `ESC [` and `ESC O` up to their letter. */
function endsEscape(byte: number, count: number): boolean {
  if (count === 1) return byte !== 0x5b && byte !== 0x4f;
  return count >= LONGEST_ESCAPE || (byte >= 0x40 && byte <= 0x7e);
}
