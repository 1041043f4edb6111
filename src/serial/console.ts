// SPDX-License-Identifier: MIT
/**
 * A serial console one can talk to like `expect`: send something, wait for something with a deadline. Works on
 * real ports and on pseudo-terminals. `shell.ts` builds logging in and running commands on it.
 */
import { StringDecoder } from 'node:string_decoder';
import { ConsoleError, ConsoleTimeout, PortGone } from './errors.ts';
import { ExpectBuffer, type Match, type Pattern, type View } from './expect.ts';
import type { Line } from './line.ts';
import { openLine } from './open-line.ts';
import { Transcript } from './transcript.ts';

export interface ConsoleOptions {
  /** File that gets everything the port prints. Default: none. */
  readonly log?: string;
  /** Messages that a clean view leaves out besides the kernel's; each pattern matches one with its line end. */
  readonly noise?: readonly RegExp[];
  /** Called with each chunk as it comes in, for showing it to a person. */
  readonly onText?: (text: string) => void;
}

export interface ExpectOptions extends View {
  /** Milliseconds until the wait is given up. There is no waiting without a deadline. */
  readonly timeout: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
}

/** An open serial port with what it has printed. */
export class SerialConsole {
  readonly path: string;
  readonly transcript: Transcript;
  readonly #line: Line;
  readonly #buffer: ExpectBuffer;
  readonly #onText: ((text: string) => void) | undefined;
  readonly #gone: Promise<PortGone>;
  #closing = false;
  #lost: PortGone | undefined;

  /**
   * Opens `path` at `baud` bits per second, 8N1: a device, or a console server as in `tcp://host:port` or
   * `telnet://host:port` (RFC 2217).
   * @throws ConsoleError when there is no such port or it may not be opened.
   */
  static async open(path: string, baud: number, options: ConsoleOptions = {}): Promise<SerialConsole> {
    return new SerialConsole(path, await openLine(path, baud), options);
  }

  constructor(path: string, line: Line, options: ConsoleOptions = {}) {
    this.path = path;
    this.transcript = new Transcript(options.log);
    this.#line = line;
    this.#buffer = new ExpectBuffer(options.noise);
    this.#onText = options.onText;
    const { promise, resolve } = withResolve<PortGone>();
    this.#gone = promise;
    const decoder = new StringDecoder('utf8');
    line.listen({
      data: (bytes) => this.#received(decoder.write(Buffer.from(bytes))),
      end: (error) => resolve(this.#ended(error)),
    });
  }

  /** Resolves when the port is closed or has vanished, with the reason. */
  get gone(): Promise<PortGone> {
    return this.#gone;
  }

  /**
   * Sends text or bytes as they are and waits until the port has taken them.
   * @throws PortGone
   */
  async send(what: string | Uint8Array): Promise<void> {
    if (this.#lost) throw this.#lost;
    const written = this.#line.write(typeof what === 'string' ? Buffer.from(what) : what);
    written.catch(() => {});
    const lost = await Promise.race([
      written.then(
        () => undefined,
        (error: Error) => this.#lost ?? new PortGone(`Cannot write to ${this.path}: ${error.message}.`),
      ),
      this.#gone,
    ]);
    if (lost) throw lost;
  }

  /** Sets bits per second. False: a line without a speed of its own. @throws PortGone */
  async setSpeed(baud: number): Promise<boolean> {
    if (this.#lost) throw this.#lost;
    return this.#line.setSpeed(baud);
  }

  /** Sends a BREAK. False: a line that has none. @throws PortGone */
  async sendBreak(): Promise<boolean> {
    if (this.#lost) throw this.#lost;
    return this.#line.sendBreak();
  }

  /** Sends a line as a person does: text and the Enter key (a carriage return). */
  sendLine(text = ''): Promise<void> {
    return this.send(`${text}\r`);
  }

  /**
   * Waits for a pattern, or for the first of several. What was printed up to the end of the match is consumed.
   * Text that came before the call and was not consumed counts.
   * @throws ConsoleTimeout with the last lines printed; PortGone; ConsoleError when aborted by the signal
   */
  async expect(wanted: Pattern | readonly Pattern[], options: ExpectOptions): Promise<Match> {
    const patterns = typeof wanted === 'string' || wanted instanceof RegExp ? [wanted] : wanted;
    const { signal, timeout } = options;
    const timer = setTimeout(() => this.#buffer.cancel(this.#timeout(patterns, timeout)), timeout);
    const abort = () =>
      this.#buffer.cancel(new ConsoleError(`Stopped waiting for ${list(patterns)} on ${this.path}.`));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const match = this.#buffer.wait(patterns, options);
      if (signal?.aborted) abort();
      return await match;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** What was printed and not consumed. */
  get unread(): string {
    return this.#buffer.unread;
  }

  /** Forgets what was printed and not consumed, so that the next expect() sees only what is new. */
  discard(): void {
    this.#buffer.discard();
  }

  /** Closes the port and the log. A wait under way ends with PortGone. Closing twice is fine. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#line.close();
    await this.#gone;
  }

  #received(text: string): void {
    this.transcript.append(text);
    this.#onText?.(text);
    this.#buffer.push(text, performance.now());
  }

  #ended(error: Error | undefined): PortGone {
    if (this.#lost) return this.#lost;
    const why = error ? `: ${error.message}` : '';
    this.#lost = this.#closing
      ? new PortGone(`Serial port ${this.path} was closed.`)
      : new PortGone(`Serial port ${this.path} vanished${why}.${this.transcript.describe()}`);
    this.#buffer.fail(this.#lost);
    this.transcript.close();
    this.#line.close().catch(() => {});
    return this.#lost;
  }

  #timeout(patterns: readonly Pattern[], timeout: number): ConsoleTimeout {
    const seconds = Number((timeout / 1000).toFixed(1));
    return new ConsoleTimeout(
      `No ${list(patterns)} within ${seconds} s on ${this.path}.${this.transcript.describe()}`,
    );
  }
}

function withResolve<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function list(patterns: readonly Pattern[]): string {
  return patterns
    .map((pattern) => (typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern)))
    .join(' or ');
}
