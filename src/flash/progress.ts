// SPDX-License-Identifier: MIT
/** How far each card is: rate and time left, of all its steps together. */
import type { CardProgress, Step } from './card.ts';

/** Weight of a byte in each step: reading is about twice as fast as writing on a card. */
const WEIGHT: Readonly<Record<Step, number>> = {
  ...{ capacity: 2, compare: 1, write: 2, verify: 1, 'boot sector': 2 },
};

export interface CardView {
  readonly step: Step;
  /** Of all steps that are to come or done, 0 to 1. */
  readonly share: number;
  /** Bytes a second in this step. */
  readonly rate: number;
  /** Seconds, undefined while nothing is known. */
  readonly left: number | undefined;
}

export interface ExpectedSteps {
  /** Bytes of each step that will come, as far as they are known. */
  readonly bytes: Partial<Record<Step, number>>;
}

/** Follows one card. All times are milliseconds of one clock. */
export class CardMeter {
  private readonly expected: Partial<Record<Step, number>>;
  private readonly begin: number;
  private step: Step | undefined;
  private stepBegin: number;
  private doneInStep = 0;
  private earlier = 0;

  constructor({ bytes }: ExpectedSteps, now: number) {
    this.expected = { ...bytes };
    this.begin = now;
    this.stepBegin = now;
  }

  on({ step, done, total }: CardProgress, now: number): CardView {
    if (step !== this.step) {
      if (this.step !== undefined) this.earlier += (this.expected[this.step] ?? 0) * WEIGHT[this.step];
      this.step = step;
      this.stepBegin = now;
    }
    this.expected[step] = Math.max(total, this.expected[step] ?? 0);
    if (step !== 'verify') this.expected[step] = total;
    this.doneInStep = done;
    return this.view(now);
  }

  private view(now: number): CardView {
    const step = this.step as Step;
    const all = Object.entries(this.expected).reduce(
      (sum, [name, bytes]) => sum + bytes * WEIGHT[name as Step],
      0,
    );
    const done = Math.min(all, this.earlier + this.doneInStep * WEIGHT[step]);
    const share = all === 0 ? 1 : done / all;
    const seconds = Math.max(0.001, (now - this.stepBegin) / 1000);
    const elapsed = (now - this.begin) / 1000;
    return {
      ...{ step, share, rate: this.doneInStep / seconds },
      left: share > 0.02 && elapsed > 0.5 ? (elapsed * (1 - share)) / share : undefined,
    };
  }
}
