// SPDX-License-Identifier: MIT
/**
 * The serial line of one board while it starts: what comes first, at whatever speed; the login; and whether its firmware was
 * seen since, which means that it was started anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SerialConsole } from '../../serial/console.ts';
import { ConsoleError, ConsoleTimeout } from '../../serial/errors.ts';
import { findSpeed, SPEEDS } from '../../serial/find-speed.ts';
import { reachBoard, whenRubbish } from '../../serial/reach-board.ts';
import { LOGIN_PROMPT, SETUP_OFFER, SETUP_PROMPT, SHELL_PROMPT, type Shell } from '../../serial/shell.ts';
import type { FirmwareDriver } from '../bios/firmware.ts';

export interface LineOptions {
  readonly port: string;
  readonly driver: FirmwareDriver;
  /** Bits per second that a board of this list should have. */
  readonly speed: number;
  /** File that gets all that the board prints. */
  readonly log: string;
  readonly signal: AbortSignal;
}

export type FirstSign =
  | { readonly is: 'banner'; readonly banner: string; readonly speed: number }
  | { readonly is: 'login' };

/** GRUB's first words: the firmware is through. */
const SYSTEM_STARTS = /Plait: starting slot [ab]/;
/** Characters kept to find a banner in; a banner is shorter. */
const TAIL = 200;
/** Milliseconds to listen at one speed before others are tried, when nothing comes at all. */
const AT_ONE_SPEED = 8_000;
/** Milliseconds in which an adapter sends what it has. */
const DRAIN = 200;
/** Milliseconds between two keys that make a silent login speak. */
const POKE = 2_000;

export class BoardLine {
  readonly console: SerialConsole;
  readonly #options: LineOptions;
  #speed: number;
  /** Bits per second of the firmware, as far as it was heard. */
  #firmwareSpeed: number;
  #tail = '';
  /** Banners seen since the line was opened. */
  #banners = 0;
  readonly #waiting = new Set<AbortController>();

  private constructor(console: SerialConsole, options: LineOptions) {
    this.console = console;
    this.#options = options;
    this.#speed = options.speed;
    this.#firmwareSpeed = options.speed;
  }

  /** @throws ConsoleError when there is no such port, or it may not be opened */
  static async open(options: LineOptions): Promise<BoardLine> {
    let line: BoardLine | undefined;
    const console = await SerialConsole.open(options.port, options.speed, {
      log: options.log,
      onText: (text) => line?.watch(text),
    });
    line = new BoardLine(console, options);
    return line;
  }

  get banners(): number {
    return this.#banners;
  }

  /** Bits per second that it was last found, or set, at. */
  get speed(): number {
    return this.#speed;
  }

  /**
   * Waits until a board prints the banner of its firmware, or asks for a login. @throws ConsoleTimeout when neither came
   * within `timeout` milliseconds
   */
  async firstSign(timeout: number): Promise<FirstSign> {
    const end = performance.now() + timeout;
    while (performance.now() < end) {
      // A banner is printed once: who looks for other speeds all the time would miss it.
      const sign = await this.#signAtThisSpeed(Math.min(end, performance.now() + AT_ONE_SPEED));
      if (sign !== undefined) return sign;
      if (!(await this.#findSpeed())) await this.setSpeed(this.#options.speed);
    }
    throw new ConsoleTimeout(
      `Nothing that can be read came on ${this.#options.port} within ${Math.round(timeout / 1000)} s.`,
    );
  }

  /**
   * Waits for the banner alone, at the speed that the firmware was last heard at, or at a guess, which rubbish proves wrong.
   * @throws ConsoleTimeout, also when the system starts and no banner was read
   */
  async banner(timeout: number, guess?: number): Promise<FirstSign & { is: 'banner' }> {
    const { driver, signal, port } = this.#options;
    const speed = guess ?? this.#firmwareSpeed;
    if (speed !== this.#speed) {
      // What was typed last leaves the adapter's buffer at the speed that it was typed at.
      await sleep(DRAIN);
      await this.setSpeed(speed);
    }
    const rubbish = whenRubbish(this.console);
    const ends = guess === undefined ? signal : AbortSignal.any([signal, rubbish.signal]);
    try {
      const found = await this.console.expect([driver.banner, SYSTEM_STARTS], { timeout, signal: ends });
      if (found.index === 0) return { is: 'banner', banner: found.text, speed: this.#speed };
    } catch (error) {
      if (
        !(error instanceof ConsoleError) ||
        !rubbish.signal.aborted ||
        signal.aborted ||
        guess === undefined
      )
        throw error;
    } finally {
      rubbish.stop();
    }
    throw new ConsoleTimeout(
      `The firmware of the board at ${port} was not heard at ${speed} bits per second.`,
    );
  }

  /** Speeds that the firmware may have, when it was not heard at the one that it was taken for. */
  get otherSpeeds(): readonly number[] {
    return SPEEDS.filter((speed) => speed !== this.#firmwareSpeed);
  }

  /** @throws NoAnswer, OtherProduct, LoginRefused, PortGone */
  async logIn(timeout: number): Promise<Shell> {
    const { signal } = this.#options;
    const { shell } = await reachBoard(this.console, {
      ...{ user: 'root', timeout, signal },
      say: (text) => {
        const speed = / speaks at (\d+) bits/.exec(text)?.[1];
        if (speed !== undefined) this.#speed = Number(speed);
      },
    });
    return shell;
  }

  /** Aborted when the firmware is seen once more. `stop()` when it is not waited for any more. */
  whenBanner(): { readonly signal: AbortSignal; stop(): void } {
    const seen = new AbortController();
    this.#waiting.add(seen);
    return { signal: seen.signal, stop: () => void this.#waiting.delete(seen) };
  }

  async setSpeed(speed: number): Promise<void> {
    await this.console.setSpeed(speed);
    this.#speed = speed;
  }

  /** The firmware was set to it. */
  firmwareSpeedIs(speed: number): void {
    this.#firmwareSpeed = speed;
  }

  close(): Promise<void> {
    return this.console.close();
  }

  private watch(text: string): void {
    const { driver } = this.#options;
    this.#tail += text;
    if (driver.says.test(this.#tail)) this.#firmwareSpeed = this.#speed;
    const found = driver.banner.exec(this.#tail);
    if (found === null) {
      this.#tail = this.#tail.slice(-TAIL);
    } else {
      this.#banners++;
      for (const waiting of this.#waiting) waiting.abort();
      this.#firmwareSpeed = this.#speed;
      this.#tail = this.#tail.slice(found.index + found[0].length);
    }
  }

  /** False: nothing can be read at any speed now. */
  async #findSpeed(): Promise<boolean> {
    const { speed, signal } = this.#options;
    const speeds = [speed, ...SPEEDS.filter((other) => other !== speed)];
    const found = await findSpeed(this.console, {
      ...{ timeout: 1, speeds, signal },
      onTry: (one) => {
        this.#speed = one;
      },
    });
    if (found.state === 'found') {
      // Other speeds were tried after it: what came at those is rubbish.
      if (found.speed !== this.#speed) this.console.discard();
      this.#speed = found.speed;
    }
    return found.state === 'found' || found.state === 'fixed';
  }

  /** Undefined: it cannot be read any more, or nothing that is known came. */
  async #signAtThisSpeed(end: number): Promise<FirstSign | undefined> {
    const { driver, signal } = this.#options;
    const wanted = [driver.banner, LOGIN_PROMPT, SHELL_PROMPT, SETUP_PROMPT, SETUP_OFFER];
    const rubbish = whenRubbish(this.console);
    try {
      while (performance.now() < end) {
        try {
          const found = await this.console.expect(wanted, {
            timeout: POKE,
            signal: AbortSignal.any([signal, rubbish.signal]),
          });
          return found.index === 0
            ? { is: 'banner', banner: found.text, speed: this.#speed }
            : { is: 'login' };
        } catch (error) {
          if (rubbish.signal.aborted && !signal.aborted) return undefined;
          if (!(error instanceof ConsoleTimeout)) throw error;
          await this.console.sendLine();
        }
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof ConsoleError) || !rubbish.signal.aborted || signal.aborted) throw error;
      return undefined;
    } finally {
      rubbish.stop();
    }
  }
}
