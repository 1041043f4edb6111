// SPDX-License-Identifier: MIT
/**
 * The phases of the configuration, as a table. Whatever is not in the table cannot happen, and who asks for it is
 * refused.
 *
 * | phase          | what runs                        | ends by itself | a restart of the agent  | a power cut      |
 * |----------------|----------------------------------|----------------|-------------------------|------------------|
 * | `starting`     | nothing yet                      | yes            | starts again            | starts again     |
 * | `confirmed`    | a text that was confirmed        | no             | the same                | the same         |
 * | `defaults`     | safe defaults                    | no             | confirmed texts again   | the same         |
 * | `trying`       | a text is being applied          | yes            | goes back               | goes back        |
 * | `pending`      | that text, until the deadline    | yes            | stays pending           | goes back        |
 * | `rolling back` | what ran before is being applied | yes            | goes on                 | goes back        |
 *
 * "Goes back" and "starts again" mean: the newest confirmed text that can be used, else the safe defaults
 * (boot-choice.ts). Beside the phase there are two marks. `edited`: the working copy /data/plait.yaml differs from
 * what runs. `proved`: what is confirmed ran healthy on this firmware (slot-proof.ts), which then keeps it as its own.
 */

export type Phase = 'starting' | 'confirmed' | 'defaults' | 'trying' | 'pending' | 'rolling back';

export type PhaseEvent =
  /** A confirmed text was brought up. */
  | 'confirmed text'
  /** No confirmed text can be used. */
  | 'safe defaults'
  /** An agent before this one left a text pending. */
  | 'resume'
  | 'apply'
  /** The new text is in force. */
  | 'applied'
  /** The new text means the same as the confirmed one. */
  | 'unchanged'
  /** The new text could not be applied; all is as it was. */
  | 'failed'
  | 'confirm'
  | 'revert'
  | 'deadline';

/** `before`: the phase in which the text was applied. */
type Next = Phase | 'before';

export const TRANSITIONS: Readonly<Record<Phase, Readonly<Partial<Record<PhaseEvent, Next>>>>> = {
  starting: { 'confirmed text': 'confirmed', 'safe defaults': 'defaults', resume: 'pending' },
  confirmed: { apply: 'trying' },
  defaults: { apply: 'trying' },
  trying: { applied: 'pending', unchanged: 'confirmed', failed: 'before' },
  pending: { apply: 'trying', confirm: 'confirmed', revert: 'rolling back', deadline: 'rolling back' },
  'rolling back': { 'confirmed text': 'confirmed', 'safe defaults': 'defaults' },
};

export class ConfigPhases {
  #phase: Phase = 'starting';
  #before: Phase = 'starting';

  get current(): Phase {
    return this.#phase;
  }

  allows(event: PhaseEvent): boolean {
    return TRANSITIONS[this.#phase][event] !== undefined;
  }

  /** @throws when the table has no such transition: a fault of the caller. */
  take(event: PhaseEvent): void {
    const next = TRANSITIONS[this.#phase][event];
    if (next === undefined)
      throw new Error(`"${event}" cannot happen while the configuration is ${this.#phase}`);
    const from = this.#phase;
    this.#phase = next === 'before' ? this.#before : next;
    if (this.#phase === 'trying') this.#before = from;
  }
}
