// SPDX-License-Identifier: MIT
/**
 * A serial console one can talk to like `expect`: send something, wait for something with a deadline. Works on
 * real ports and on pseudo-terminals. `shell.ts` builds logging in and running commands on it.
 */
import { realpathSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { SerialPort } from 'serialport';
import { ConsoleError, ConsoleTimeout, PortGone } from './errors.ts';
import { ExpectBuffer, type Match, type Pattern, type View } from './expect.ts';
import { Transcript } from './transcript.ts';

/** Milliseconds between looks at whether the port is still there. */
const WATCH = 1_000;

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
  readonly #port: SerialPort;
  readonly #buffer: ExpectBuffer;
  readonly #onText: ((text: string) => void) | undefined;
  readonly #gone: Promise<PortGone>;
  readonly #watch: NodeJS.Timeout;
  #closing = false;
  #lost: PortGone | undefined;

  /**
   * Opens `path` at `baud` bits per second, 8N1.
   * @throws ConsoleError when there is no such port or it may not be opened.
   */
  static async open(path: string, baud: number, options: ConsoleOptions = {}): Promise<SerialConsole> {
    // An exclusive pseudo-terminal would stay exclusive for as long as its other side lives.
    const lock = !realPath(path).startsWith('/dev/pts/');
    const port = new SerialPort({ path, baudRate: baud, lock, autoOpen: false });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => {
        if (error)
          reject(
            new ConsoleError(`Cannot open serial port ${path}: ${error.message.replace(/^Error:? */, '')}.`),
          );
        else resolve();
      });
    });
    return new SerialConsole(path, port, options);
  }

  private constructor(path: string, port: SerialPort, options: ConsoleOptions) {
    this.path = path;
    this.transcript = new Transcript(options.log);
    this.#port = port;
    this.#buffer = new ExpectBuffer(options.noise);
    this.#onText = options.onText;
    const decoder = new StringDecoder('utf8');
    port.on('data', (bytes: Buffer) => this.#received(decoder.write(bytes)));
    const { promise, resolve } = withResolve<PortGone>();
    this.#gone = promise;
    const end = (error?: Error | null) => resolve(this.#ended(error ?? undefined));
    port.once('close', end);
    port.once('error', end);
    // A port that is hung up while it is being read gives no error: serialport reads 0 bytes again and again.
    const device = deviceNumber(path);
    this.#watch = setInterval(() => {
      if (deviceNumber(path) !== device) end(new Error('the device is no longer there'));
    }, WATCH).unref();
    // Errors after the first say nothing new, and one without a listener would end the process.
    port.on('error', () => {});
  }

  /** Resolves when the port is closed or has vanished, with the reason. */
  get gone(): Promise<PortGone> {
    return this.#gone;
  }

  /**
   * Sends text as it is and waits until the port has taken it.
   * @throws PortGone
   */
  async send(text: string): Promise<void> {
    if (this.#lost) throw this.#lost;
    const written = new Promise<void>((resolve, reject) => {
      this.#port.write(text, 'utf8', (error) => (error ? reject(error) : resolve()));
    });
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

  /** Forgets what was printed and not consumed, so that the next expect() sees only what is new. */
  discard(): void {
    this.#buffer.discard();
  }

  /** Closes the port and the log. A wait under way ends with PortGone. Closing twice is fine. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#port.isOpen) {
      await new Promise<void>((resolve) => this.#port.close(() => resolve()));
    }
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
    clearInterval(this.#watch);
    this.#buffer.fail(this.#lost);
    this.transcript.close();
    if (this.#port.isOpen) this.#port.close(() => {});
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

/** The device a path leads to; undefined when there is none. */
function deviceNumber(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.rdev;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function list(patterns: readonly Pattern[]): string {
  return patterns
    .map((pattern) => (typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern)))
    .join(' or ');
}
