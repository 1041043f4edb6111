// SPDX-License-Identifier: MIT
/** The apply that waits for its confirmation, also over a restart of the agent. */
import type { Chosen } from './boot-choice.ts';
import { PENDING } from './paths.ts';
import { type Clock, errorText, type Files, type Log, type Timer } from './ports.ts';

interface Waiting {
  text: string;
  /** What to go back to. */
  before: Chosen;
  /** Milliseconds since boot. */
  deadline: number;
  timer: Timer;
  /** Counts applies, so that the deadline of one is no deadline of the next. */
  generation: number;
}

export class PendingApply {
  #clock: Clock;
  #files: Files;
  #log: Log;
  #expired: (generation: number) => void;
  #waiting: Waiting | undefined;
  #generation = 0;

  /** `expired` is called when the time is over, with the generation that it belongs to. */
  constructor(ports: { clock: Clock; files: Files; log: Log }, expired: (generation: number) => void) {
    this.#clock = ports.clock;
    this.#files = ports.files;
    this.#log = ports.log;
    this.#expired = expired;
  }

  get waiting(): Omit<Readonly<Waiting>, 'timer'> | undefined {
    return this.#waiting;
  }

  /** Milliseconds left to confirm; undefined when nothing waits. */
  get left(): number | undefined {
    return this.#waiting && Math.max(0, this.#waiting.deadline - this.#clock.monotonic());
  }

  /** Waits `within` ms for the confirmation of `text`. */
  begin(text: string, before: Chosen, within: number): void {
    const deadline = this.#clock.monotonic() + within;
    this.#wait(text, before, deadline);
    try {
      this.#files.write(PENDING, JSON.stringify({ text, deadline }), { mode: 0o600 });
    } catch (error) {
      // A restart of the agent then goes back at once, which is the safe side.
      this.#log('warning', `remembering what is pending: ${errorText(error)}`);
      this.#forget();
    }
  }

  end(): void {
    this.#waiting?.timer.cancel();
    this.#waiting = undefined;
    this.#forget();
  }

  /** What an agent before this one was waiting for; undefined when nothing, or too late. */
  saved(): { text: string; deadline: number } | undefined {
    try {
      const saved = this.#files.read(PENDING);
      if (saved === undefined) return undefined;
      const { text, deadline } = JSON.parse(saved) as Record<string, unknown>;
      if (typeof text === 'string' && typeof deadline === 'number' && deadline > this.#clock.monotonic())
        return { text, deadline };
    } catch {
      // Cut while being written: as good as none.
    }
    this.#forget();
    return undefined;
  }

  /** Goes on waiting for what `saved()` gave. */
  resume({ text, deadline }: { text: string; deadline: number }, before: Chosen): void {
    this.#wait(text, before, deadline);
  }

  #wait(text: string, before: Chosen, deadline: number): void {
    this.#waiting?.timer.cancel();
    const generation = ++this.#generation;
    const timer = this.#clock.after(deadline - this.#clock.monotonic(), () => this.#expired(generation));
    this.#waiting = { text, before, deadline, timer, generation };
  }

  #forget(): void {
    try {
      this.#files.remove(PENDING);
    } catch (error) {
      this.#log('warning', `forgetting what was pending: ${errorText(error)}`);
    }
  }
}
