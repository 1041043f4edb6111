// SPDX-License-Identifier: MIT
/**
 * The life of a configuration on the board: chosen at the start, applied by a person, pending until it is confirmed,
 * confirmed or rolled back. What is stored when, and what is started from, is the store's (config-store.ts).
 */
import { type BootChoiceSource, bootChoice, choiceNow, defaults } from './boot-choice.ts';
import {
  type Chosen,
  check,
  inShort,
  markUnconfirmed,
  storeConfirmed,
  unmarkFailed,
} from './config-store.ts';
import { PendingApply } from './pending-apply.ts';
import type { Ports } from './ports.ts';
import { Refusal } from './protocol.ts';
import type { Reconciler } from './reconciler.ts';
import type { TaskQueue } from './task-queue.ts';

export class ConfigLifecycle {
  #ports: Ports;
  #reconciler: Reconciler;
  #queue: TaskQueue;
  #chosen: Chosen | undefined;
  #pending: PendingApply;

  constructor(ports: Ports, reconciler: Reconciler, queue: TaskQueue) {
    this.#ports = ports;
    this.#reconciler = reconciler;
    this.#queue = queue;
    // A confirmation that came first has emptied the place.
    const expired = () => void this.revert('it was not confirmed in time').catch(() => undefined);
    this.#pending = new PendingApply(ports, expired);
  }

  get chosen(): Chosen | undefined {
    return this.#chosen;
  }

  /** Milliseconds left to confirm; undefined when nothing is pending. */
  get confirmLeft(): number | undefined {
    return this.#pending.left;
  }

  /** The text of plait.yaml that is in force and pending no more; undefined when something else is. */
  get settledText(): string | undefined {
    const settled = this.#chosen?.source === 'plait.yaml' && this.#pending.waiting === undefined;
    return settled ? this.#chosen?.text : undefined;
  }

  /** Brings up what the board starts with. */
  async start(): Promise<void> {
    const pending = this.#restorePending();
    const chosen = pending ?? (await bootChoice(this.#choiceSource()));
    await this.#queue.add(() => this.#bringUp(chosen));
  }

  /** Applies a text and waits `within` ms for its confirmation. */
  apply(text: string, within: number): Promise<{ changes: string[]; pending: boolean; seconds?: number }> {
    return this.#queue.add(async () => {
      const config = this.#checked(text);
      const before =
        this.#pending.waiting?.before ?? this.#chosen ?? defaults(this.#choiceSource(), 'nothing was in use');
      if (this.#reconciler.preview(config).length === 0 && !this.#pending.waiting) {
        // Comments or notation only: nothing could go wrong, nothing to confirm.
        storeConfirmed(this.#ports.files, text);
        await this.#reconciler.apply(config);
        this.#chosen = { source: 'plait.yaml', text, config };
        return { changes: [], pending: false };
      }
      this.#ports.log('notice', 'applying a new configuration');
      markUnconfirmed(this.#ports.files, text);
      const result = await this.#reconciler.apply(config);
      if (!result.ok) {
        unmarkFailed(this.#ports.files);
        const undone = result.undone
          ? 'everything is as it was'
          : 'not everything could be undone, see the log';
        throw new Refusal({ code: 'failed', message: `${result.reason}; ${undone}` });
      }
      this.#chosen = { source: 'candidate', text, config };
      this.#pending.begin(text, before, within);
      return { changes: result.changes, pending: true, seconds: Math.round(within / 1000) };
    });
  }

  /** Keeps what was applied. */
  confirm(): Promise<{ confirmed: boolean }> {
    return this.#queue.add(async () => {
      const { text } = this.#mustBePending();
      storeConfirmed(this.#ports.files, text);
      this.#pending.end();
      if (this.#chosen) this.#chosen = { source: 'plait.yaml', text, config: this.#chosen.config };
      this.#ports.log('notice', 'the new configuration is confirmed');
      return { confirmed: true };
    });
  }

  /** Rolls back to what was in use before the apply that is pending. */
  revert(why = 'asked to'): Promise<{ changes: string[] }> {
    return this.#queue.add(async () => {
      const { before } = this.#mustBePending();
      this.#pending.end();
      this.#ports.log('notice', `going back to the configuration before: ${why}`);
      return { changes: await this.#bringUp(before) };
    });
  }

  /** What applying the text would change. */
  preview(text: string): string[] {
    return this.#reconciler.preview(this.#checked(text));
  }

  #checked(text: string) {
    const checked = check(text, { ports: this.#reconciler.observer.ports() });
    if (checked.ok) return checked.config;
    throw new Refusal({ code: 'invalid', message: inShort(checked.problems), problems: checked.problems });
  }

  #mustBePending() {
    const pending = this.#pending.waiting;
    if (pending === undefined)
      throw new Refusal({ code: 'nothing', message: 'nothing waits for confirmation' });
    return pending;
  }

  #choiceSource(): BootChoiceSource {
    const { clock, files, log } = this.#ports;
    const portNames = () => this.#reconciler.observer.ports();
    return { clock, files, log, portNames, ending: () => this.#queue.closed };
  }

  /** Applies a configuration that must come up; the safe defaults when it does not. */
  async #bringUp(chosen: Chosen): Promise<string[]> {
    const { log } = this.#ports;
    const fallback = chosen.source === 'safe defaults';
    if (chosen.reason !== undefined)
      log('error', fallback ? `safe defaults: ${chosen.reason}` : chosen.reason);
    this.#chosen = chosen;
    const result = await this.#reconciler.bringUp(chosen.config, { bestEffort: fallback });
    if (result.ok) {
      log('info', `${chosen.source} in use, ${result.changes.length} changes`);
      return result.changes;
    }
    if (fallback || this.#queue.closed) return [];
    const reason = `${chosen.source} could not be applied: ${result.reason}`;
    return this.#bringUp(defaults(this.#choiceSource(), reason));
  }

  /** The agent was restarted while an apply was pending: it goes on waiting for what is left of the time. */
  #restorePending(): Chosen | undefined {
    const saved = this.#pending.saved();
    const checked = saved && check(saved.text, { ports: this.#reconciler.observer.ports() });
    if (saved === undefined || !checked?.ok) {
      if (saved !== undefined) this.#pending.end();
      return undefined;
    }
    this.#pending.resume(saved, choiceNow(this.#choiceSource()));
    return { source: 'candidate', text: saved.text, config: checked.config };
  }
}
