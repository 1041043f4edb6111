// SPDX-License-Identifier: MIT
/**
 * The program on a board that takes raw bytes from its terminal (receive.sh), as it is talked to from here. Nothing but its
 * answers tells that it is there: without one no chunk is sent, since a shell would take it for something typed.
 *
 * | what is known of it | by                                            | then                                               |
 * |---------------------|-----------------------------------------------|----------------------------------------------------|
 * | listening           | an answer, not long ago                       | a chunk may be sent                                |
 * | unsure              | an answer did not come, or this side was held | a carriage return, harmless to all, asks for one   |
 * | gone                | none came, three times                        | it has put the terminal back, or will, by itself   |
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SerialConsole } from '../console.ts';
import { ConsoleError, ConsoleTimeout, PortGone } from '../errors.ts';
import { quote, type Shell } from '../shell.ts';
import { sha256 } from './chunks.ts';

/** The board does not receive any more, or the line lets nothing whole through. */
export class TransferFailed extends ConsoleError {
  override name = 'TransferFailed';
}

/** How long each side waits for the other. */
export interface Pace {
  /** Tenths of a second without a byte that end a chunk, at most 255: longer than a sender's pauses under load. */
  readonly silence: number;
  /** Milliseconds that a slow board needs for an answer. */
  readonly work: number;
  /** Milliseconds after an answer in which the board waits for the next chunk for sure. */
  readonly listens: number;
  /** How much longer it does, in ms: what this side has sent by then has arrived. */
  readonly margin: number;
}

export const PACE: Pace = { silence: 20, work: 3_000, listens: 8_000, margin: 4_000 };

export interface ReceiverOptions {
  /** On the board; what is kept goes there. */
  readonly folder: string;
  /** SHA-256 of the list of chunks. */
  readonly list: string;
  /** Bytes of a chunk. */
  readonly block: number;
  readonly pace: Pace;
  /** Bits per second that the line has. */
  readonly speed: number;
  /** Bits per second to go on at until it ends. Absent: as it is. */
  readonly raised?: number;
  readonly signal?: AbortSignal;
}

/** Bytes that are sent before it is looked again whether to go on. */
const PIECE = 2_048;
/** Times that a chunk is sent before the line is given up, and that an answer is asked for. */
const TRIES = 5;
const ASKED = 3;
/** Chunks in a row that end the program on the board: unknown ones, and single keys. More than are sent here. */
const BAD_LIMIT = 2 * TRIES * ASKED;
const KEYS_LIMIT = TRIES + 1;
/** Bytes that may lie in buffers between this process and the line. */
const BUFFERED = 4_096;
/** So many times longer than by its speed a line may take. */
const SLOWER = 3;
/** Milliseconds until a program has started, and until its shell has asked for more. */
const PROMPT = 10_000;
/** Milliseconds in which a board changes its speed. */
const CHANGE = 300;
const PROGRAM = new URL('receive.sh', import.meta.url);

export class Receiver {
  readonly #shell: Shell;
  readonly #console: SerialConsole;
  readonly #options: ReceiverOptions;
  readonly #id = randomBytes(4).toString('hex');
  readonly #leave = Buffer.from(`leave ${this.#id}\r`);
  /** Of the last chunk that was kept. */
  #kept = '';
  /** When it surely listened last; undefined: unsure. */
  #heardAt: number | undefined;
  #gone = false;

  private constructor(shell: Shell, options: ReceiverOptions) {
    this.#shell = shell;
    this.#console = shell.console;
    this.#options = options;
  }

  /** Bits per second at which chunks are sent. */
  get speed(): number {
    return this.#options.raised ?? this.#options.speed;
  }

  /**
   * Starts the program from a shell's prompt. At the raised speed or not at all.
   * @throws TransferFailed when it does not answer: then the shell is there again, at the former speed; ConsoleError
   */
  static async start(shell: Shell, options: ReceiverOptions): Promise<Receiver> {
    const receiver = new Receiver(shell, options);
    await receiver.#start();
    return receiver;
  }

  /** Sends a chunk until the board has kept it. @throws TransferFailed, PortGone, ConsoleError when aborted */
  async deliver(chunk: Uint8Array): Promise<void> {
    const wanted = short(sha256(chunk));
    for (let tries = 0; tries < TRIES; tries++) {
      if (!this.#surelyListens()) await this.#ask();
      // The answer alone may have been lost.
      if (this.#kept === wanted) return;
      if (await this.#send(chunk)) await this.#answer(this.#time(chunk.length));
    }
    if (this.#kept === wanted) return;
    throw new TransferFailed(
      `${this.#console.path} lets no chunk of ${chunk.length} bytes through: ${TRIES} were damaged.`,
    );
  }

  /**
   * Ends the program; the shell is there again, with the terminal's mode and speed of before. Where nothing answers, the board
   * comes back by itself, which is waited for.
   * @throws ConsoleTimeout when no shell comes; PortGone
   */
  async leave(): Promise<void> {
    const { pace, speed, raised } = this.#options;
    const left = !this.#gone && (await this.#askToLeave());
    if (raised !== undefined) await this.#console.setSpeed(speed);
    if (!left) await sleep(this.#comesBack() + 100 * pace.silence);
    this.#console.discard();
    await this.#shell.waitForPrompt({ timeout: PROMPT });
  }

  async #askToLeave(): Promise<boolean> {
    for (let asked = 0; asked < ASKED; asked++) {
      // What was sent of a chunk ends by silence.
      if (!this.#surelyListens()) await sleep(100 * this.#options.pace.silence + CHANGE);
      await this.#console.send(this.#leave);
      const came = await this.#answer(this.#time(this.#leave.length), false);
      if (came === short(sha256(this.#leave))) return true;
    }
    return false;
  }

  async #start(): Promise<void> {
    const { folder, list, block, pace, raised, signal } = this.#options;
    const program = `${folder}/receive.sh`;
    await this.#shell.writeFile(program, await programText(), signal && { signal });
    const quiet = Math.ceil(this.#comesBack() / (100 * pace.silence));
    const words = [
      this.#id,
      list,
      sha256(this.#leave),
      block,
      pace.silence,
      quiet,
      BAD_LIMIT,
      KEYS_LIMIT,
      raised ?? '',
    ];
    this.#console.discard();
    await this.#console.sendLine(`(cd ${quote(folder)} && sh receive.sh ${words.join(' ')})`);
    const ready = new RegExp(`@${this.#id} ready\\r*\\n`);
    try {
      await this.#console.expect(ready, { clean: true, timeout: PROMPT, ...(signal && { signal }) });
      if (raised !== undefined) {
        await this.#console.setSpeed(raised);
        await sleep(CHANGE);
      }
      await this.#ask();
    } catch (error) {
      if (error instanceof ConsoleTimeout) this.#gone = true;
      if (!(error instanceof PortGone)) await this.leave().catch(() => {});
      if (!(error instanceof ConsoleTimeout)) throw error;
      throw new TransferFailed(`The board does not begin to receive. ${error.message}`);
    }
  }

  #surelyListens(): boolean {
    return this.#heardAt !== undefined && performance.now() - this.#heardAt < this.#listens();
  }

  /** Asks for an answer by a chunk that is none, and that any program takes for the Enter key. */
  async #ask(): Promise<void> {
    for (let asked = 0; asked < ASKED; asked++) {
      this.#console.discard();
      await this.#console.sendLine();
      if ((await this.#answer(this.#time(1))) !== undefined) return;
    }
    this.#gone = true;
    throw new TransferFailed(
      `The board does not receive any more on ${this.#console.path}: it was restarted, or the line was down.`,
    );
  }

  /** False: this process was held up so long that nobody may listen any more. */
  async #send(chunk: Uint8Array): Promise<boolean> {
    const { signal } = this.#options;
    this.#console.discard();
    for (let at = 0; at < chunk.length; at += PIECE) {
      const begin = performance.now();
      await this.#console.send(chunk.subarray(at, at + PIECE));
      if (!signal?.aborted && performance.now() - begin < this.#listens()) continue;
      this.#heardAt = undefined;
      if (signal?.aborted) throw new ConsoleError('Stopped sending.');
      return false;
    }
    return true;
  }

  /** What came there, by the beginning of its SHA-256; undefined: no answer in `timeout` ms. */
  async #answer(timeout: number, stoppable = true): Promise<string | undefined> {
    const signal = stoppable ? this.#options.signal : undefined;
    const line = new RegExp(`@${this.#id} ([0-9a-f]{16}) ([0-9a-f]{16}|-)\\r*\\n`);
    try {
      const { groups } = await this.#console.expect(line, {
        clean: true,
        timeout,
        ...(signal && { signal }),
      });
      const [came = '', kept = ''] = groups;
      this.#kept = kept;
      this.#heardAt = performance.now();
      return came;
    } catch (error) {
      if (!(error instanceof ConsoleTimeout)) throw error;
      this.#heardAt = undefined;
      return undefined;
    }
  }

  /**
   * Milliseconds until the answer to so many bytes must have come: they were damaged, and the line had to fall silent. Console
   * servers and emulators are slower than the speed that is set.
   */
  #time(bytes: number): number {
    const { silence, work } = this.#options.pace;
    return SLOWER * lineTime(bytes + BUFFERED, this.speed) * 1_000 + 3 * silence * 100 + work;
  }

  #listens(): number {
    return this.#options.pace.listens + lineTime(BUFFERED, this.speed) * 1_000;
  }

  #comesBack(): number {
    return this.#listens() + this.#options.pace.margin;
  }
}

/** Seconds that bytes take on a line, 8N1. */
export function lineTime(bytes: number, speed: number): number {
  return (bytes * 10) / speed;
}

/** Without its comments: each byte is typed. */
async function programText(): Promise<string> {
  return (await readFile(PROGRAM, 'utf8')).replace(/^\s*#.*\n/gm, '').replace(/^\t+/gm, '');
}

function short(hash: string): string {
  return hash.slice(0, 16);
}
