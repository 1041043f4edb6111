// SPDX-License-Identifier: MIT
/** The apply that waits for its confirmation, also over a restart of the agent. */
import type { Chosen } from './config-store.ts';
import { PENDING } from './paths.ts';
import type { Clock, Files, Timer } from './ports.ts';

interface Waiting {
  text: string;
  /** What to go back to. */
  before: Chosen;
  /** Milliseconds since boot. */
  deadline: number;
  timer: Timer;
}

export class PendingApply {
  #clock: Clock;
  #files: Files;
  #expired: () => void;
  #waiting: Waiting | undefined;

  /** `expired` is called when the time is over and nobody has confirmed. */
  constructor(ports: { clock: Clock; files: Files }, expired: () => void) {
    this.#clock = ports.clock;
    this.#files = ports.files;
    this.#expired = expired;
  }

  get waiting(): { readonly text: string; readonly before: Chosen } | undefined {
    return this.#waiting;
  }

  /** Milliseconds left to confirm; undefined when nothing waits. */
  get left(): number | undefined {
    return this.#waiting && Math.max(0, this.#waiting.deadline - this.#clock.monotonic());
  }

  /** Waits `within` ms for the confirmation of `text`. */
  begin(text: string, before: Chosen, within: number): void {
    this.#wait(text, before, this.#clock.monotonic() + within);
    const { deadline } = this.#waiting ?? {};
    this.#files.write(PENDING, JSON.stringify({ text, deadline }), { mode: 0o600 });
  }

  end(): void {
    this.#waiting?.timer.cancel();
    this.#waiting = undefined;
    this.#files.remove(PENDING);
  }

  /** What an agent before this one was waiting for; undefined when nothing, or too late. */
  saved(): { text: string; deadline: number } | undefined {
    try {
      const saved = this.#files.read(PENDING);
      if (saved === undefined) return undefined;
      const { text, deadline } = JSON.parse(saved) as Record<string, unknown>;
      if (typeof text === 'string' && typeof deadline === 'number' && deadline > this.#clock.monotonic())
        return { text, deadline };
      this.#files.remove(PENDING);
      return undefined;
    } catch {
      return undefined;
    }
  }

  /** Goes on waiting for what `saved()` gave. */
  resume({ text, deadline }: { text: string; deadline: number }, before: Chosen): void {
    this.#wait(text, before, deadline);
  }

  #wait(text: string, before: Chosen, deadline: number): void {
    this.#waiting?.timer.cancel();
    const timer = this.#clock.after(deadline - this.#clock.monotonic(), this.#expired);
    this.#waiting = { text, before, deadline, timer };
  }
}
