// SPDX-License-Identifier: MIT
/**
 * Keeps the kernel as the configuration in force and the facts of now want it: a plan is made and applied when a
 * configuration is put in force, and again whenever leases, carriers or answers to probes change. It does not know
 * where configurations come from (config-lifecycle.ts).
 */
import type { HealthTarget } from '../appliance/health-targets.ts';
import { plan } from '../appliance/plan.ts';
import type { Facts, Plan } from '../appliance/plan-types.ts';
import type { Config } from '../appliance/schema.ts';
import { Applier } from './applier.ts';
import { type ApplyResult, stepText } from './apply/engine.ts';
import type { Board } from './board.ts';
import { targetName } from './health.ts';
import type { Kernel } from './kernel.ts';
import { disableLeg } from './leg-switch.ts';
import { Observer } from './observer.ts';
import { errorText, type Ports, type Timer } from './ports.ts';
import type { Supervisor } from './supervisor.ts';
import type { TaskQueue } from './task-queue.ts';
import { withHeldDown } from './uplinks.ts';

/** Changes of facts come in swarms: one plan for those that come together. */
const GATHER = 20;
const RETRY_FIRST = 2000;
const RETRY_LONGEST = 60_000;

export interface ReconcilerParts {
  ports: Ports;
  kernel: Kernel;
  board: Board;
  supervisor: Supervisor;
  /** Everything that changes the kernel goes through it; `apply` and `bringUp` are called from a task of it. */
  queue: TaskQueue;
}

/** How a configuration is kept in force: for the safe defaults anything is better than nothing. */
export interface Keeping {
  bestEffort?: boolean;
}

export class Reconciler {
  readonly observer: Observer;
  /** Called after a plan has been applied. */
  onUse: () => void = () => {};
  #ports: Ports;
  #kernel: Kernel;
  #queue: TaskQueue;
  #applier: Applier;
  #config: Config | undefined;
  #keeping: Keeping = {};
  #plan: Plan = { items: [] };
  #failures: string[] = [];
  #problem: string | undefined;
  #timer: Timer | undefined;
  #retryDelay = RETRY_FIRST;

  constructor({ ports, kernel, board, supervisor, queue }: ReconcilerParts) {
    this.#ports = ports;
    this.#kernel = kernel;
    this.#queue = queue;
    this.observer = new Observer(ports, kernel, board, {
      leasesChanged: () => this.schedule(),
      healthChanged: (target, alive) => this.#healthChanged(target, alive),
    });
    supervisor.onStart = (service) => this.observer.leases.clientStarted(service);
    this.#applier = new Applier(ports, kernel, supervisor, () => queue.closed);
  }

  /** The configuration in force, or being put in force at the start. */
  get config(): Config | undefined {
    return this.#config;
  }

  get plan(): Plan {
    return this.#plan;
  }

  /** Why the last change of facts could not be followed; undefined when it could. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What could not be set of the configuration in force. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  facts(): Facts {
    return this.observer.facts(this.#config);
  }

  /** Steps that applying the configuration would take. */
  preview(config: Config): string[] {
    return this.#applier.preview(plan(config, this.facts())).map(stepText);
  }

  /** Applies a person's configuration, all or nothing; it is in force when the result is `ok`. */
  async apply(config: Config): Promise<ApplyResult> {
    const wanted = plan(config, this.facts());
    const result = await this.#applier.apply(wanted);
    if (result.ok) this.#use(config, wanted, {});
    if (result.ok) this.#failures = [];
    return result;
  }

  /** Applies what the board starts with or goes back to, as far as it can be had; the rest is tried again. */
  async bringUp(config: Config, keeping: Keeping = {}): Promise<ApplyResult> {
    // Facts are those of this configuration, whatever becomes of it.
    this.#config = config;
    const wanted = plan(config, this.facts());
    const result = await this.#tryToApply(wanted, { bestEffort: true });
    if (result.ok) this.#use(config, wanted, keeping);
    this.#failures = result.ok ? result.failures : [result.reason];
    if (this.#failures.length > 0 && !this.#queue.closed) this.schedule(this.#retryDelay);
    return result;
  }

  /** The kernel says that links have changed. While applying they do all the time; it looks when it is done. */
  linksChanged(): void {
    if (this.#config === undefined || this.#queue.busy) return;
    const lost = this.observer.look(this.#plan);
    if (!lost.changed) return;
    for (const device of lost.carrierLost) this.#ports.log('info', `${device} has no carrier`);
    this.schedule();
  }

  /** Reconciles with the facts of then, after `delay` ms. */
  schedule(delay = GATHER): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(delay, () => {
      this.#queue.add(() => this.#reconcile()).catch((error) => this.#ports.log('warning', errorText(error)));
    });
  }

  /** No more probes and no more plans; the network stays as it is. */
  stop(): void {
    this.#timer?.cancel();
    this.observer.prober.stop();
  }

  async #tryToApply(wanted: Plan, keeping: Keeping): Promise<ApplyResult> {
    try {
      return await this.#applier.apply(wanted, keeping);
    } catch (error) {
      return { ok: false, changes: [], reason: errorText(error), undone: false };
    }
  }

  #use(config: Config, wanted: Plan, keeping: Keeping): void {
    this.#config = config;
    this.#keeping = keeping;
    this.#plan = wanted;
    this.#problem = undefined;
    this.#retryDelay = RETRY_FIRST;
    // Devices just made tell their carrier only now.
    if (this.observer.look(wanted).changed) this.schedule();
    this.onUse();
    this.observer.probe(config);
  }

  async #reconcile(): Promise<void> {
    const config = this.#config;
    if (config === undefined) return;
    const wanted = plan(config, this.facts());
    const possible = { items: withHeldDown(wanted, this.#kernel.links()) };
    const result = await this.#applier.apply(possible, this.#keeping);
    if (result.ok) {
      if (result.changes.length > 0) this.#ports.log('info', result.changes.join('; '));
      this.#use(config, wanted, this.#keeping);
      this.#failures = result.failures;
      return;
    }
    if (this.#queue.closed) return;
    this.#problem = result.reason;
    this.#ports.log(
      'warning',
      `could not follow a change, again in ${this.#retryDelay / 1000} s: ${result.reason}`,
    );
    this.schedule(this.#retryDelay);
    this.#retryDelay = Math.min(RETRY_LONGEST, this.#retryDelay * 2);
  }

  #healthChanged(target: HealthTarget, alive: boolean): void {
    this.#ports.log('info', `${targetName(target)} ${alive ? 'answers again' : 'is silent'}`);
    // First the leg itself: packets leave it at once. The rest of the plan follows.
    if (target.kind === 'leg' && !alive) disableLeg(this.#kernel, this.#ports.log, target.tunnel, target.leg);
    this.schedule();
  }
}
