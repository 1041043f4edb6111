// SPDX-License-Identifier: MIT
/**
 * The life of a configuration on the board: chosen at the start, applied by a person, pending until it is confirmed,
 * confirmed or rolled back. The phases and what leads from one to the next: config-phases.ts. What was confirmed is
 * kept by config-store.ts.
 */
import { checkBoard, missingPorts } from '../appliance/board-checks.ts';
import { parseConfig } from '../appliance/config.ts';
import { withoutDhcpServer } from '../appliance/defaults.ts';
import type { Problem } from '../appliance/problems.ts';
import type { Config } from '../appliance/schema.ts';
import type { ApplyResult } from './apply/engine.ts';
import { type BootChoiceSource, bootChoice, type Chosen, choiceNow, inShort } from './boot-choice.ts';
import { ConfigPhases, type Phase } from './config-phases.ts';
import type { ConfigStore } from './config-store.ts';
import { watchDefaults } from './default-services.ts';
import type { DhcpGuard } from './dhcp-guard.ts';
import { keepAccounts } from './kept-accounts.ts';
import { CONFIG } from './paths.ts';
import { PendingApply } from './pending-apply.ts';
import { errorText, type Ports } from './ports.ts';
import { Refusal } from './protocol.ts';
import type { TaskQueue } from './task-queue.ts';

/** What puts configurations in force (reconciler.ts). */
export interface Enforcer {
  preview(config: Config): string[];
  apply(config: Config): Promise<ApplyResult>;
  bringUp(config: Config): Promise<ApplyResult>;
}

export interface LifecycleParts {
  ports: Pick<Ports, 'clock' | 'files' | 'log'>;
  store: ConfigStore;
  enforcer: Enforcer;
  /** Says where safe defaults may serve addresses. */
  guard: Pick<DhcpGuard, 'watch' | 'stop'>;
  /** Names of the board's ports that are there. */
  portNames(): string[];
  queue: TaskQueue;
}

export interface Applied {
  changes: string[];
  pending: boolean;
  seconds?: number;
  /** What this firmware or this board does without. */
  warnings: Problem[];
}

export class ConfigLifecycle {
  readonly #parts: LifecycleParts;
  #phases = new ConfigPhases();
  #chosen: Chosen | undefined;
  #pending: PendingApply;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#pending = new PendingApply(parts.ports, (generation) => this.#deadline(generation));
  }

  get phase(): Phase {
    return this.#phases.current;
  }

  get chosen(): Chosen | undefined {
    return this.#chosen;
  }

  /** Something was confirmed on this board at some time. */
  get hasConfirmed(): boolean {
    return this.#parts.store.confirmed().length > 0;
  }

  /** Milliseconds left to confirm; undefined when nothing is pending. */
  get confirmLeft(): number | undefined {
    return this.#pending.left;
  }

  /** The working copy differs from what is in force: `plaitctl apply` would use it. */
  get edited(): boolean {
    const copy = this.#parts.store.workingCopy();
    return copy !== undefined && copy !== this.#chosen?.text;
  }

  /** Brings up what the board starts with. */
  async start(): Promise<void> {
    const pending = this.#restorePending();
    const chosen = pending ?? (await bootChoice(this.#choiceSource()));
    await this.#parts.queue.add(() => this.#bringUp(chosen));
    this.#lookAtWorkingCopy();
  }

  /** Applies a text and waits `within` ms for its confirmation. */
  apply(text: string, within: number): Promise<Applied> {
    return this.#parts.queue.add(async () => {
      const { config, warnings, missing } = this.#mustBeUsable(text);
      if (!this.#phases.allows('apply'))
        throw new Refusal({ code: 'failed', message: 'the board is still starting; try again in a moment' });
      this.#phases.take('apply');
      try {
        const applied = await this.#apply({ source: 'pending', text, config, warnings }, within);
        return { ...applied, warnings: [...warnings, ...missing] };
      } catch (error) {
        this.#phases.take('failed');
        throw error;
      }
    });
  }

  /** Keeps what was applied, for the next start too. */
  confirm(): Promise<{ confirmed: boolean }> {
    return this.#parts.queue.add(async () => {
      const { text } = this.#mustBePending();
      this.#confirmText(text);
      this.#pending.end();
      this.#phases.take('confirm');
      if (this.#chosen) this.#nowConfirmed(this.#chosen);
      this.#parts.ports.log('notice', 'the new configuration is confirmed');
      return { confirmed: true };
    });
  }

  /** Rolls back to what was in use before the apply that is pending. */
  revert(): Promise<{ changes: string[] }> {
    return this.#parts.queue.add(async () => {
      this.#mustBePending();
      return { changes: await this.#rollBack('revert') };
    });
  }

  /** What applying the text would change. */
  preview(text: string): string[] {
    return this.#parts.enforcer.preview(this.#mustBeUsable(text).config);
  }

  /** What is in force ran healthy: this firmware keeps it as its own, to come back to after a rollback. */
  proved(): void {
    const text = this.phase === 'confirmed' ? this.#chosen?.text : undefined;
    if (text === undefined) return;
    try {
      this.#parts.store.adopt(text);
    } catch (error) {
      this.#parts.ports.log('warning', `keeping the configuration that proved good: ${errorText(error)}`);
    }
  }

  async #apply(candidate: Chosen, within: number): Promise<Applied> {
    const { enforcer, store, ports } = this.#parts;
    const { text = '', config, warnings } = candidate;
    const before = this.#pending.waiting?.before ?? this.#chosen;
    if (before === undefined) throw new Error('nothing is in force that could be gone back to');
    try {
      store.markStarted();
    } catch (error) {
      throw new Refusal({ code: 'failed', message: `nothing can be stored: ${errorText(error)}` });
    }
    const unchanged = before === this.#chosen && before.source === 'confirmed' && same(before.config, config);
    if (!unchanged) ports.log('notice', 'applying a new configuration');
    const result = await enforcer.apply(config);
    if (!result.ok) {
      const undone = result.undone
        ? 'everything is as it was'
        : 'not everything could be undone, see the log';
      throw new Refusal({ code: 'failed', message: `${result.reason}; ${undone}` });
    }
    const { changes } = result;
    if (unchanged) {
      // Comments or notation only: there is nothing else to go back to.
      this.#confirmText(text);
      this.#nowConfirmed(candidate);
      this.#phases.take('unchanged');
      return { changes, pending: false, warnings };
    }
    this.#parts.guard.stop();
    this.#chosen = candidate;
    this.#pending.begin(text, before, within);
    this.#phases.take('applied');
    return { changes, pending: true, seconds: Math.round(within / 1000), warnings };
  }

  #nowConfirmed(chosen: Chosen): void {
    this.#chosen = { ...chosen, source: 'confirmed' };
    keepAccounts(this.#parts.ports, chosen.config);
  }

  /** Confirmed is what the store has; the working copy only follows. */
  #confirmText(text: string): void {
    const { store, ports } = this.#parts;
    try {
      store.confirm(text);
    } catch (error) {
      throw new Refusal({ code: 'failed', message: `it could not be stored: ${errorText(error)}` });
    }
    try {
      store.refreshWorkingCopy(text);
    } catch (error) {
      ports.log('warning', `writing ${CONFIG}: ${errorText(error)}`);
    }
  }

  #mustBeUsable(text: string): { config: Config; warnings: Problem[]; missing: Problem[] } {
    const parsed = parseConfig(text);
    const facts = { ports: this.#parts.portNames() };
    const problems = parsed.ok ? checkBoard(parsed.config, facts) : parsed.problems;
    if (parsed.ok && problems.length === 0) {
      return {
        config: parsed.config,
        warnings: parsed.warnings,
        missing: missingPorts(parsed.config, facts),
      };
    }
    throw new Refusal({ code: 'invalid', message: inShort(problems), problems });
  }

  #mustBePending() {
    const pending = this.#pending.waiting;
    if (pending === undefined || !this.#phases.allows('confirm'))
      throw new Refusal({ code: 'nothing', message: 'nothing waits for confirmation' });
    return pending;
  }

  #deadline(generation: number): void {
    const { queue, ports } = this.#parts;
    const expire = async () => {
      // A confirmation, or another apply, may have come first.
      if (this.#pending.waiting?.generation === generation) await this.#rollBack('deadline');
    };
    queue.add(expire).catch((error) => ports.log('warning', `going back: ${errorText(error)}`));
  }

  #rollBack(event: 'revert' | 'deadline'): Promise<string[]> {
    const { before } = this.#mustBePending();
    this.#pending.end();
    this.#phases.take(event);
    const why = event === 'revert' ? 'asked to' : 'it was not confirmed in time';
    this.#parts.ports.log('notice', `going back to the configuration before: ${why}`);
    return this.#bringUp(before);
  }

  #choiceSource(): BootChoiceSource {
    const { ports, store, queue, portNames } = this.#parts;
    const { clock, files, log } = ports;
    return { clock, files, log, store, portNames, ending: () => queue.closed };
  }

  /** Puts in force what must come up: what cannot be had of it is left out. */
  async #bringUp(chosen: Chosen): Promise<string[]> {
    const { ports, enforcer } = this.#parts;
    const { source, reason, config } = chosen;
    if (reason !== undefined) ports.log('error', source === 'confirmed' ? reason : `${source}: ${reason}`);
    for (const warning of chosen.warnings) ports.log('warning', inShort([warning]));
    this.#chosen = chosen;
    this.#parts.guard.stop();
    const fallback = source === 'safe defaults';
    const result = await enforcer.bringUp(fallback ? withoutDhcpServer(config) : config);
    this.#phases.take(ARRIVED[source]);
    if (fallback)
      watchDefaults(this.#parts, chosen, {
        inForce: () => this.phase === 'defaults',
        changed: (now) => {
          this.#chosen = now;
        },
      });
    if (source === 'confirmed') keepAccounts(ports, config);
    if (result.ok) ports.log('info', `${source} configuration in use, ${result.changes.length} changes`);
    else ports.log('error', `the ${source} configuration could not be applied: ${result.reason}`);
    return result.ok ? result.changes : [];
  }

  /** The agent was restarted while an apply was pending: it goes on waiting for what is left of the time. */
  #restorePending(): Chosen | undefined {
    const saved = this.#pending.saved();
    if (saved === undefined) return undefined;
    const parsed = parseConfig(saved.text);
    if (!parsed.ok) {
      this.#pending.end();
      return undefined;
    }
    const { config, warnings } = parsed;
    this.#pending.resume(saved, choiceNow(this.#choiceSource()));
    return { source: 'pending', text: saved.text, config, warnings };
  }

  /** Tells of work that nobody applied; a copy that is missing is made anew. */
  #lookAtWorkingCopy(): void {
    const { store, ports } = this.#parts;
    const { source, text } = this.#chosen ?? {};
    if (this.edited)
      ports.log('notice', `${CONFIG} differs from what is in use; "plaitctl apply" would use it`);
    if (source !== 'confirmed' || text === undefined || store.workingCopy() !== undefined) return;
    try {
      store.refreshWorkingCopy(text);
    } catch (error) {
      ports.log('warning', `writing ${CONFIG}: ${errorText(error)}`);
    }
  }
}

const ARRIVED = {
  confirmed: 'confirmed text',
  pending: 'resume',
  'safe defaults': 'safe defaults',
} as const;

/** They mean the same: what is left out is filled in, and comments and notation are gone. */
function same(a: Config, b: Config): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
