// SPDX-License-Identifier: MIT
/**
 * Keeps the kernel as the configuration in force and the facts of now want it: a plan is made and applied when a
 * configuration is put in force, and again whenever leases, carriers, ports or answers to probes change. A person's
 * configuration is applied all or nothing; following the facts is best effort, part by part. It does not know where
 * configurations come from (config-lifecycle.ts).
 */
import type { HealthTarget } from '../appliance/health-targets.ts';
import { liveLegs, portDevice } from '../appliance/model.ts';
import { uplinkPart } from '../appliance/part-names.ts';
import { plan } from '../appliance/plan.ts';
import { type Facts, key, type Plan, planOfParts } from '../appliance/plan-types.ts';
import { formatTarget } from '../appliance/probe-target.ts';
import type { Config } from '../appliance/schema.ts';
import { Applier } from './applier.ts';
import { type ApplyResult, stepText } from './apply/engine.ts';
import { devicesOf, normalise } from './apply/items.ts';
import { applyBestEffort, type Outcome } from './best-effort.ts';
import type { Board } from './board.ts';
import { type FailedPart, FailedParts } from './failed-parts.ts';
import { FlowMover } from './flow-mover.ts';
import { targetName } from './health.ts';
import type { Kernel } from './kernel.ts';
import { disableLeg } from './leg-switch.ts';
import { Observer } from './observer.ts';
import { USABLE } from './path-states.ts';
import { errorText, type Ports, type Timer } from './ports.ts';
import type { Supervisor } from './supervisor.ts';
import type { TaskQueue } from './task-queue.ts';
import type { PathChange } from './uplink-paths.ts';
import { withHeldDown } from './uplinks.ts';

/** Milliseconds. Changes of facts come in swarms: one plan for those that come together. */
const GATHER = 20;
/** A path that carries no more is left at once; what else changed then is in the same plan. */
const AT_ONCE = 0;
/** After a run that could not even look at the kernel. */
const RETRY_BROKEN_RUN = 5000;

export interface ReconcilerParts {
  ports: Ports;
  kernel: Kernel;
  board: Board;
  supervisor: Supervisor;
  /** Everything that changes the kernel goes through it; `apply` and `bringUp` are called from a task of it. */
  queue: TaskQueue;
}

export class Reconciler {
  readonly observer: Observer;
  /** Called after a plan has been applied. */
  onUse: () => void = () => {};
  #ports: Ports;
  #kernel: Kernel;
  #queue: TaskQueue;
  #applier: Applier;
  #failed: FailedParts;
  #flows: FlowMover;
  #config: Config | undefined;
  #plan: Plan = planOfParts([]);
  #problem: string | undefined;
  #timer: Timer | undefined;
  /** When the timer ends. */
  #due = 0;

  constructor({ ports, kernel, board, supervisor, queue }: ReconcilerParts) {
    this.#ports = ports;
    this.#kernel = kernel;
    this.#queue = queue;
    this.#failed = new FailedParts(ports.clock);
    this.#flows = new FlowMover(kernel, ports.log);
    this.observer = new Observer(ports, kernel, board, {
      leaseChanged: (uplink) => this.#uplinkChanged(uplink),
      targetChanged: (target, answers) => this.#targetChanged(target, answers),
      pathChanged: (change) => this.#pathChanged(change),
      failedParts: () => this.#failed.leftOut,
    });
    this.#applier = new Applier(ports, kernel, supervisor, () => queue.closed);
  }

  /** The configuration in force, or being put in force at the start. */
  get config(): Config | undefined {
    return this.#config;
  }

  get plan(): Plan {
    return this.#plan;
  }

  /** Why the last run did nothing at all; undefined when it did what it could. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What of the configuration could not be applied, and when it is tried again. */
  get failedParts(): readonly FailedPart[] {
    return this.#failed.list;
  }

  facts(): Facts {
    return this.observer.facts(this.#config);
  }

  /** Steps that applying the configuration would take. */
  preview(config: Config): string[] {
    return this.#applier.preview(plan(config, this.#factsFor(config)), this.#failed.steps).map(stepText);
  }

  /**
   * Applies a person's configuration, all or nothing; it is in force when the result is `ok`. What failed before and is
   * as it was in the configuration before does not count: it goes on being tried.
   */
  async apply(config: Config): Promise<ApplyResult> {
    const facts = this.#factsFor(config);
    const wanted = plan(config, facts);
    const result = await this.#applier.apply(wanted, this.#failed.steps);
    if (!result.ok) return result;
    const kept = this.#unchangedFailures(config);
    this.#failed.forget((part) => part !== undefined && !kept.includes(part));
    this.#use(config, wanted, facts);
    return result;
  }

  /** Applies what the board starts with or rolls back to, as far as it can be had; the rest is tried again. */
  async bringUp(config: Config): Promise<ApplyResult> {
    // Facts are those of this configuration, whatever becomes of it.
    this.#config = config;
    this.#failed.forget();
    const outcome = await this.#reconcileNow();
    if (outcome !== undefined) return { ok: true, changes: outcome.changes };
    return { ok: false, changes: [], reason: this.#problem ?? 'it was cancelled', undone: false };
  }

  /** The kernel says that links have changed. While applying they do all the time; it looks when it is done. */
  linksChanged(): void {
    if (this.#config === undefined || this.#queue.busy) return;
    const lost = this.observer.look(this.#plan);
    if (!lost.changed) return;
    for (const device of lost.carrierLost) this.#ports.log('info', `${device} has no carrier`);
    // What failed for want of a device may have it now.
    this.#failed.forget();
    this.schedule(lost.carrierLost.length > 0 ? AT_ONCE : GATHER);
  }

  /** The kernel says that a session, or a leg that is no device, has changed. */
  udpChanged(): void {
    const config = this.#config;
    if (config === undefined) return;
    const backups = (now: Facts) => JSON.stringify(backupLegs(config, now));
    const before = backups(this.facts());
    this.observer.udp.refresh(config);
    // Legs by backups wait for others; all else the kernel does by itself.
    if (backups(this.facts()) !== before) this.schedule(AT_ONCE);
  }

  /** Reconciles in `delay` ms with the facts of then; a run that is scheduled for earlier stays. */
  schedule(delay = GATHER): void {
    const due = this.#ports.clock.monotonic() + delay;
    if (this.#timer !== undefined && this.#due <= due) return;
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = this.#ports.clock.after(delay, () => {
      this.#timer = undefined;
      this.#queue.add(() => this.#reconcile()).catch((error) => this.#ports.log('warning', errorText(error)));
    });
  }

  /** No more probes and no more plans; the network stays as it is. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.observer.prober.stop();
  }

  /** `facts`: those that the plan was made from. */
  #use(config: Config, wanted: Plan, facts: Facts): void {
    this.#config = config;
    this.#plan = wanted;
    this.#problem = undefined;
    this.#flows.settle(config, facts);
    // Devices just made tell their carrier only now.
    if (this.observer.look(wanted).changed) this.schedule();
    else if (this.#failed.retryIn !== undefined) this.schedule(this.#failed.retryIn);
    this.observer.udp.refresh(config);
    if (JSON.stringify(backupLegs(config, this.facts())) !== JSON.stringify(backupLegs(config, facts)))
      this.schedule();
    this.onUse();
    this.observer.probe(config);
  }

  async #reconcile(): Promise<void> {
    const outcome = await this.#reconcileNow();
    if (outcome !== undefined && outcome.changes.length > 0)
      this.#ports.log('info', outcome.changes.join('; '));
  }

  /** Undefined: it was cancelled, or nothing could be done at all. */
  async #reconcileNow(): Promise<Outcome | undefined> {
    const config = this.#config;
    if (config === undefined) return undefined;
    const facts = this.observer.facts(config);
    let outcome: Outcome;
    try {
      outcome = await applyBestEffort(this.#bestEffort(config, facts), this.#failed);
    } catch (error) {
      this.#problem = errorText(error);
      this.#ports.log('warning', `cannot reconcile, again in ${RETRY_BROKEN_RUN / 1000} s: ${this.#problem}`);
      this.schedule(RETRY_BROKEN_RUN);
      return undefined;
    }
    if (outcome.cancelled) return undefined;
    for (const { part = 'left over', step, reason } of outcome.news) {
      this.#ports.log('warning', `${part} failed, will be tried again: ${step}: ${reason}`);
    }
    this.#use(config, outcome.plan, facts);
    return outcome;
  }

  #bestEffort(config: Config, facts: Facts) {
    return {
      planWithout: (failedParts: readonly string[]) => plan(config, { ...facts, failedParts }),
      apply: (wanted: Plan, options: { leave: ReadonlySet<string>; essential: readonly string[] }) =>
        this.#applier.applyParts(withHeldDown(wanted, this.#kernel.links()), options),
      hasFirewall: () => this.#applier.hasFirewall,
      uplinks: Object.keys(config.uplinks),
      countsOn: (wanted: Plan, item: string, uplink: string) => {
        const settings = config.uplinks[uplink];
        const found = wanted.items.find((candidate) => key(normalise(candidate)) === item);
        return (
          settings !== undefined && found !== undefined && devicesOf(found).includes(portDevice(settings))
        );
      },
    };
  }

  /** For a configuration that is not in force yet. */
  #factsFor(config: Config): Facts {
    return { ...this.observer.facts(config), failedParts: this.#unchangedFailures(config) };
  }

  /** Parts that fail now and are, in the other configuration, what they are in this one. */
  #unchangedFailures(config: Config): string[] {
    const settingsOf = ({ uplinks, tunnels, lan }: Config, part: string): unknown => {
      const [kind, name = ''] = part.split(' ');
      const tunnel = name.split('.')[0] ?? '';
      if (kind === 'uplink') return uplinks[name];
      if (kind === 'tunnel' || kind === 'leg') return tunnels[tunnel];
      return { uplinks, tunnels, lan };
    };
    return this.#failed.leftOut.filter(
      (part) =>
        this.#config !== undefined &&
        JSON.stringify(settingsOf(config, part)) === JSON.stringify(settingsOf(this.#config, part)),
    );
  }

  #uplinkChanged(uplink: string): void {
    this.#failed.forget((part) => part === uplinkPart(uplink));
    this.schedule();
  }

  #targetChanged(target: HealthTarget, answers: boolean): void {
    const what = target.kind === 'uplink' ? ` (${formatTarget(target.target, target.method)})` : '';
    this.#ports.log('info', `${targetName(target)}${what} ${answers ? 'answers again' : 'is silent'}`);
    if (target.kind === 'uplink') return;
    // First the leg itself: packets leave it at once. The rest of the plan follows.
    if (!answers) disableLeg(this.#kernel, this.#ports.log, target.tunnel, target.leg);
    this.schedule();
  }

  #pathChanged({ uplink, from, to }: PathChange): void {
    this.#ports.log('info', `uplink ${uplink} is ${to}, was ${from}`);
    if (USABLE[from] !== USABLE[to]) this.schedule(USABLE[to] ? GATHER : AT_ONCE);
  }
}

/** Which legs of mode `plait` by backup uplinks may carry. */
function backupLegs(config: Config, facts: Facts): string[] {
  return liveLegs(config, facts)
    .filter(({ tunnel, uplink }) => config.tunnels[tunnel]?.mode === 'plait' && uplink.config.backup)
    .map(({ device, enabled }) => `${device} ${enabled}`);
}
