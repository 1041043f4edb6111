// SPDX-License-Identifier: MIT
/**
 * Owns the LEDs while the agent runs, and writes only what changes: the kernel blinks. A phase of the factory test borrows
 * them for some seconds. Before the agent and after it, the boot script S02leds has them.
 */
import { errorText, type Ports, type Timer } from '../ports.ts';
import { boardLeds, setLed } from './board-leds.ts';
import { type PanelState, type Pattern, patternsOf, type UplinkCount } from './patterns.ts';

const NO_UPLINKS: UplinkCount = { live: 0, configured: 0 };

export class FrontPanel {
  readonly #ports: Pick<Ports, 'files' | 'clock' | 'log'>;
  #state: PanelState = 'starting';
  #uplinks = NO_UPLINKS;
  /** What each LED shows, by name; absent: not known. */
  #shown = new Map<string, Pattern>();
  #lent: Timer | undefined;

  constructor(ports: Pick<Ports, 'files' | 'clock' | 'log'>) {
    this.#ports = ports;
  }

  /** Never throws: a LED that is missing or fails disturbs nobody, and is tried again with the next change. */
  show(state: PanelState, uplinks: UplinkCount = NO_UPLINKS): void {
    this.#state = state;
    this.#uplinks = uplinks;
    if (this.#lent === undefined) this.#write();
  }

  /** Somebody else has them for `seconds` at most. 0: they come back now. */
  lend(seconds: number): void {
    this.#lent?.cancel();
    this.#lent = seconds > 0 ? this.#ports.clock.after(seconds * 1000, () => this.lend(0)) : undefined;
    if (this.#lent !== undefined) return;
    this.#shown.clear();
    this.#write();
  }

  #write(): void {
    const { files, log } = this.#ports;
    try {
      const names = boardLeds(files);
      const wanted = patternsOf(this.#state, this.#uplinks, names.length);
      for (const [index, name] of names.entries()) this.#set(name, wanted[index] ?? 'off');
    } catch (error) {
      log('debug', `LEDs: ${errorText(error)}`);
    }
  }

  #set(name: string, pattern: Pattern): void {
    const { files, log } = this.#ports;
    if (this.#shown.get(name) === pattern) return;
    this.#shown.delete(name);
    try {
      setLed(files, name, pattern);
      this.#shown.set(name, pattern);
    } catch (error) {
      log('debug', `LED ${name}: ${errorText(error)}`);
    }
  }
}
