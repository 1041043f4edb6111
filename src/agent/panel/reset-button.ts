// SPDX-License-Identifier: MIT
/**
 * The button at the start of the board, before a configuration is chosen: held for 5 s it resets the board to defaults. Looked
 * at once in a start of the board, however often the agent starts.
 */
import { describeReset, finishReset, noteReleased, readReset, resetToDefaults } from '../config-reset.ts';
import { BUTTON_SEEN } from '../paths.ts';
import { errorText, type Key, type KeyEvents, type Ports, type Timer } from '../ports.ts';
import { findButton } from './button-device.ts';
import {
  HOLD,
  type HoldEvent,
  type HoldResult,
  type HoldState,
  isHoldResult,
  nextHold,
  SETTLE,
} from './hold.ts';
import type { PanelState } from './patterns.ts';

/** Milliseconds in which a person lets go of a button; one that is down for longer is stuck. */
const RELEASE = 60_000;
/** Loading evdev takes longer (ms) on no board that works. */
const LOADING = 5_000;

export interface ResetButtonParts {
  ports: Pick<Ports, 'clock' | 'files' | 'key' | 'log' | 'processes'>;
  /** Shows it on the LEDs; undefined: nothing any more. */
  show(state: Extract<PanelState, 'counting' | 'reset'> | undefined): void;
}

export class ResetButton {
  readonly #parts: ResetButtonParts;
  #key: Key | undefined;
  #timers: Timer[] = [];
  /** Takes what happens to the button. */
  #take: (event: HoldEvent) => void = () => {};
  #stopped = false;

  constructor(parts: ResetButtonParts) {
    this.#parts = parts;
  }

  /** Never throws. Resolves at once on a board without button, and after 5 s at most on one whose button is held. */
  async atStart(): Promise<void> {
    const { files, log } = this.#parts.ports;
    try {
      if (finishReset(files)) this.#tell();
      if (files.read(BUTTON_SEEN) !== undefined) return;
      const result = await this.#look();
      if (result === undefined || this.#stopped) return;
      files.write(BUTTON_SEEN, `${result}\n`);
      this.#act(result);
    } catch (error) {
      this.stop();
      log('error', `the button at the start: ${errorText(error)}`);
    }
  }

  /** The agent ends, or there is nothing more to see. */
  stop(): void {
    this.#stopped = true;
    this.#take('lost');
    this.#close();
  }

  /** Undefined: there is no button, or nothing can be read of it. */
  async #look(): Promise<HoldResult | undefined> {
    const { files, log, processes } = this.#parts.ports;
    const found = findButton(files);
    if (found === undefined) return undefined;
    if (found.path === undefined) await processes.run(['modprobe', 'evdev'], { timeout: LOADING });
    const path = findButton(files)?.path;
    if (path === undefined) {
      log('warning', 'the board has a button, and the kernel gives no device file for it');
      return undefined;
    }
    return this.#stopped ? undefined : await this.#hold(path, found.code);
  }

  #hold(path: string, code: number): Promise<HoldResult> {
    const { clock, files, key, log } = this.#parts.ports;
    const trusted = readReset(files)?.released !== false;
    return new Promise((resolve) => {
      let state: HoldState = 'looking';
      this.#take = (event) => {
        const before = state;
        state = nextHold(before, event);
        if (state === before) return;
        if (!isHoldResult(state)) {
          this.#parts.show('counting');
          log('notice', `the button is down: held for ${HOLD / 1000} s, it resets the board to defaults`);
          return;
        }
        this.#take = () => {};
        this.#cancelTimers();
        resolve(state);
      };
      const events: KeyEvents = {
        changed: (down) => this.#take(down ? 'down' : 'up'),
        lost: (error) => {
          log('warning', `the button: ${errorText(error)}`);
          this.#take('lost');
        },
      };
      this.#key = key(path, code, events);
      this.#timers = [
        clock.after(SETTLE, () => this.#take(trusted ? 'settled' : 'settled, not trusted')),
        clock.after(HOLD, () => this.#take('time')),
      ];
      if (this.#key.down) this.#take('down');
    });
  }

  #act(result: HoldResult): void {
    const { clock, files, log } = this.#parts.ports;
    if (result !== 'held') {
      this.#close();
      if (result === 'stuck')
        log('warning', 'the button is down, and was never let go since it reset the board: stuck?');
      if (result === 'let go') log('notice', 'the button was let go: nothing is reset');
      if (result === 'up' || result === 'let go') noteReleased(files);
      return;
    }
    resetToDefaults(files, clock.wall());
    this.#tell();
    this.#parts.show('reset');
    this.#awaitRelease();
  }

  /** In the background: the start goes on. */
  #awaitRelease(): void {
    const { clock, files, log } = this.#parts.ports;
    this.#take = (event) => {
      this.#close();
      try {
        if (event === 'up') noteReleased(files);
        if (event === 'time') log('warning', `the button is still down after ${RELEASE / 1000} s: stuck?`);
      } catch (error) {
        log('warning', `the button was let go: ${errorText(error)}`);
      }
    };
    this.#timers = [clock.after(RELEASE, () => this.#take('time'))];
  }

  #tell(): void {
    const { files, log } = this.#parts.ports;
    log('notice', describeReset(files) ?? 'the board is reset');
  }

  #close(): void {
    this.#take = () => {};
    this.#cancelTimers();
    this.#key?.close();
    this.#key = undefined;
    this.#parts.show(undefined);
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }
}
