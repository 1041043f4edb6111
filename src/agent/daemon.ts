// SPDX-License-Identifier: MIT
/**
 * plaitd: brings the board up from its configuration and keeps it so. It holds which configuration is in use, the
 * facts that make it a plan, and the apply that waits for confirmation; everything that changes the kernel goes
 * through one queue.
 */

import type { HealthTarget } from '../appliance/health-targets.ts';
import { portDevice, uplinksOf } from '../appliance/model.ts';
import { plan } from '../appliance/plan.ts';
import type { Facts, Plan } from '../appliance/plan-types.ts';
import { renderPlan } from '../appliance/render-plan.ts';
import { Applier } from './applier.ts';
import { type ApplyResult, stepText } from './apply/engine.ts';
import { type Board, readBoard } from './board.ts';
import { type BootChoiceSource, bootChoice, choiceNow, defaults } from './boot-choice.ts';
import {
  type Chosen,
  check,
  inShort,
  markUnconfirmed,
  storeConfirmed,
  unmarkFailed,
} from './config-store.ts';
import { targetName } from './health.ts';
import type { Kernel } from './kernel.ts';
import { disableLeg } from './leg-switch.ts';
import { Observer } from './observer.ts';
import { RUN } from './paths.ts';
import { PendingApply } from './pending-apply.ts';
import { errorText, type Ports, type Timer } from './ports.ts';
import { Refusal } from './protocol.ts';
import { proved } from './proving.ts';
import { Supervisor } from './supervisor.ts';
import { TaskQueue } from './task-queue.ts';
import { withHeldDown } from './uplinks.ts';
import { type FedWatchdog, feedWatchdog } from './watchdog.ts';

/** So long must a start have been good before its slot and its configuration count as proved. */
const PROVING = 10_000;
/** Changes of facts come in swarms: one plan for those that come together. */
const GATHER = 20;
const RETRY_FIRST = 2000;
const RETRY_LONGEST = 60_000;

export class Daemon {
  readonly board: Board;
  readonly supervisor: Supervisor;
  readonly observer: Observer;
  /** Called after a plan has been applied. */
  onUse: () => void = () => {};
  #ports: Ports;
  #kernel: Kernel;
  #applier: Applier;
  #chosen: Chosen | undefined;
  #plan: Plan = { items: [] };
  #pending: PendingApply;
  #failures: string[] = [];
  #problem: string | undefined;
  #queue = new TaskQueue();
  #followTimer: Timer | undefined;
  #retryDelay = RETRY_FIRST;
  #watchdog: FedWatchdog | undefined;

  constructor(ports: Ports, kernel: Kernel) {
    this.#ports = ports;
    this.#kernel = kernel;
    this.board = readBoard(ports.files);
    this.supervisor = new Supervisor(ports);
    this.observer = new Observer(ports, kernel, this.board, {
      leasesChanged: () => this.follow(),
      healthChanged: (target, alive) => this.#healthChanged(target, alive),
    });
    this.supervisor.onStart = (service) => this.observer.leases.clientStarted(service);
    // A confirmation that came first has emptied the place.
    const expired = () => void this.revert('it was not confirmed in time').catch(() => undefined);
    this.#pending = new PendingApply(ports, expired);
    this.#applier = new Applier(ports, kernel, this.supervisor, () => this.#queue.closed);
  }

  get chosen(): Chosen | undefined {
    return this.#chosen;
  }

  get applying(): boolean {
    return this.#queue.busy;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Milliseconds left to confirm; undefined when nothing waits. */
  get confirmLeft(): number | undefined {
    return this.#pending.left;
  }

  /** Brings the board up. Never throws: whatever fails, the agent stays and says why. */
  async boot(): Promise<void> {
    this.#ports.files.makeFolder(RUN, 0o755);
    this.observer.leases.watch();
    if (this.board.watchdog !== undefined) void this.#startWatchdog(this.board.watchdog);
    const waiting = this.#restorePending();
    if (waiting !== undefined) {
      await this.#queue.add(() => this.#bringUp(waiting));
    } else {
      const chosen = await bootChoice(this.#choiceSource());
      await this.#queue.add(() => this.#bringUp(chosen));
    }
    this.#ports.clock.after(PROVING, () => this.#proved());
  }

  /** Applies a text and waits `within` ms for its confirmation. */
  apply(text: string, within: number): Promise<{ changes: string[]; pending: boolean; seconds?: number }> {
    return this.#queue.add(async () => {
      const checked = check(text, { ports: this.observer.ports() });
      if (!checked.ok)
        throw new Refusal({
          code: 'invalid',
          message: inShort(checked.problems),
          problems: checked.problems,
        });
      const before =
        this.#pending.waiting?.before ?? this.#chosen ?? defaults(this.#choiceSource(), 'nothing was in use');
      const wanted = plan(checked.config, this.facts());
      if (this.#applier.preview(wanted).length === 0 && !this.#pending.waiting) {
        // Comments or notation only: nothing could go wrong, nothing to confirm.
        storeConfirmed(this.#ports.files, text);
        this.#use({ source: 'plait.yaml', text, config: checked.config }, wanted);
        return { changes: [], pending: false };
      }
      this.#ports.log('notice', 'applying a new configuration');
      markUnconfirmed(this.#ports.files, text);
      const result = await this.#applier.apply(wanted);
      if (!result.ok) {
        unmarkFailed(this.#ports.files);
        const undone = result.undone
          ? 'everything is as it was'
          : 'not everything could be undone, see the log';
        throw new Refusal({ code: 'failed', message: `${result.reason}; ${undone}` });
      }
      this.#use({ source: 'candidate', text, config: checked.config }, wanted);
      this.#pending.begin(text, before, within);
      return { changes: result.changes, pending: true, seconds: Math.round(within / 1000) };
    });
  }

  /** Keeps what was applied. */
  confirm(): Promise<{ confirmed: boolean }> {
    return this.#queue.add(async () => {
      const pending = this.#pending.waiting;
      if (pending === undefined)
        throw new Refusal({ code: 'nothing', message: 'nothing waits for confirmation' });
      storeConfirmed(this.#ports.files, pending.text);
      this.#pending.end();
      if (this.#chosen)
        this.#chosen = { source: 'plait.yaml', text: pending.text, config: this.#chosen.config };
      this.#ports.log('notice', 'the new configuration is confirmed');
      return { confirmed: true };
    });
  }

  /** Goes back to what was in use before the apply that waits. */
  revert(why = 'asked to'): Promise<{ changes: string[] }> {
    return this.#queue.add(async () => {
      const pending = this.#pending.waiting;
      if (pending === undefined)
        throw new Refusal({ code: 'nothing', message: 'nothing waits for confirmation' });
      this.#pending.end();
      this.#ports.log('notice', `going back to the configuration before: ${why}`);
      return { changes: await this.#bringUp(pending.before) };
    });
  }

  /** What applying the text would change. */
  preview(text: string): string[] {
    const checked = check(text, { ports: this.observer.ports() });
    if (!checked.ok)
      throw new Refusal({ code: 'invalid', message: inShort(checked.problems), problems: checked.problems });
    return this.#applier.preview(plan(checked.config, this.facts())).map(stepText);
  }

  show(what: 'config' | 'plan'): string {
    if (what === 'plan') return renderPlan(this.#plan);
    return this.#chosen?.text ?? '# Safe defaults; there is no text of them.\n';
  }

  /** A DHCP client's word about the device it serves. */
  lease(device: string, event: string, env: Readonly<Record<string, string>>): void {
    const config = this.#chosen?.config;
    const found = Object.entries(config?.uplinks ?? {}).find(([, uplink]) => portDevice(uplink) === device);
    if (found === undefined)
      throw new Refusal({ code: 'nothing', message: `${device} is the device of no uplink` });
    const [uplink] = found;
    this.observer.leases.take(uplink, event, env);
  }

  /** The kernel says that links have changed. While applying they do all the time; it looks when it is done. */
  linksChanged(): void {
    if (this.#chosen === undefined || this.#queue.busy) return;
    const lost = this.observer.look(this.#plan);
    if (!lost.changed) return;
    for (const device of lost.carrierLost) this.#ports.log('info', `${device} has no carrier`);
    this.follow();
  }

  /** Plans anew with the facts of now, soon. */
  follow(delay = GATHER): void {
    this.#followTimer?.cancel();
    this.#followTimer = this.#ports.clock.after(delay, () => {
      this.#queue.add(() => this.#follow()).catch((error) => this.#ports.log('warning', errorText(error)));
    });
  }

  /** Ends a running apply cleanly (it is undone) and lets go; the network stays as it is. */
  async stop(): Promise<void> {
    const idle = this.#queue.close();
    this.#followTimer?.cancel();
    this.observer.prober.stop();
    await idle;
    await this.supervisor.stopAll();
    this.#watchdog?.release();
  }

  targets(): HealthTarget[] {
    return this.observer.targets(this.#chosen?.config);
  }

  hasPlaitLinks(): boolean {
    return this.#plan.items.some((item) => item.kind === 'link' && item.type.is === 'plait');
  }

  facts(): Facts {
    return this.observer.facts(this.#chosen?.config);
  }

  #choiceSource(): BootChoiceSource {
    const { clock, files, log } = this.#ports;
    const portNames = () => this.observer.ports();
    return { clock, files, log, portNames, ending: () => this.#queue.closed };
  }

  /** Applies a configuration that must come up; the safe defaults when it does not. */
  async #bringUp(chosen: Chosen): Promise<string[]> {
    const fallback = chosen.source === 'safe defaults';
    if (chosen.reason !== undefined)
      this.#ports.log('error', fallback ? `safe defaults: ${chosen.reason}` : chosen.reason);
    this.#chosen = chosen;
    const wanted = plan(chosen.config, this.facts());
    let result: ApplyResult;
    try {
      result = await this.#applier.apply(wanted, { bestEffort: fallback });
    } catch (error) {
      result = { ok: false, changes: [], reason: errorText(error), undone: false };
    }
    if (result.ok) {
      this.#use(chosen, wanted);
      this.#failures = result.failures;
      this.#ports.log('info', `${chosen.source} in use, ${result.changes.length} changes`);
      return result.changes;
    }
    if (fallback || this.#queue.closed) {
      this.#failures = [result.reason];
      return [];
    }
    return this.#bringUp(
      defaults(this.#choiceSource(), `${chosen.source} could not be applied: ${result.reason}`),
    );
  }

  #use(chosen: Chosen, wanted: Plan): void {
    this.#chosen = chosen;
    this.#plan = wanted;
    this.#problem = undefined;
    this.#retryDelay = RETRY_FIRST;
    // Devices just made tell their carrier only now.
    if (this.observer.look(wanted).changed) this.follow();
    this.onUse();
    this.observer.probe(chosen.config);
  }

  async #follow(): Promise<void> {
    const chosen = this.#chosen;
    if (chosen === undefined) return;
    const wanted = plan(chosen.config, this.facts());
    const possible = { items: withHeldDown(wanted, this.#kernel.links()) };
    const result = await this.#applier.apply(possible, { bestEffort: chosen.source === 'safe defaults' });
    if (result.ok) {
      if (result.changes.length > 0) this.#ports.log('info', result.changes.join('; '));
      this.#use(chosen, wanted);
      return;
    }
    if (this.#queue.closed) return;
    this.#problem = result.reason;
    this.#ports.log(
      'warning',
      `could not follow a change, again in ${this.#retryDelay / 1000} s: ${result.reason}`,
    );
    this.follow(this.#retryDelay);
    this.#retryDelay = Math.min(RETRY_LONGEST, this.#retryDelay * 2);
  }

  #healthChanged(target: HealthTarget, alive: boolean): void {
    this.#ports.log('info', `${targetName(target)} ${alive ? 'answers again' : 'is silent'}`);
    // First the leg itself: packets leave it at once. The rest of the plan follows.
    if (target.kind === 'leg' && !alive) disableLeg(this.#kernel, this.#ports.log, target.tunnel, target.leg);
    this.follow();
  }

  /** The agent was restarted while an apply waited: it goes on waiting for what is left of the time. */
  #restorePending(): Chosen | undefined {
    const saved = this.#pending.saved();
    const checked = saved && check(saved.text, { ports: this.observer.ports() });
    if (saved === undefined || !checked?.ok) {
      if (saved !== undefined) this.#pending.end();
      return undefined;
    }
    this.#pending.resume(saved, choiceNow(this.#choiceSource()));
    return { source: 'candidate', text: saved.text, config: checked.config };
  }

  #proved(): void {
    const { chosen } = this;
    const final = chosen?.source === 'plait.yaml' && this.#pending.waiting === undefined;
    proved(this.#ports, this.board, final ? chosen.text : undefined);
  }

  async #startWatchdog(module: string): Promise<void> {
    this.#watchdog = await feedWatchdog(this.#ports, module);
    if (this.#queue.closed) this.#watchdog?.release();
  }
}

/** Names of uplinks with what the model derives of them; for the status. */
export function modelUplinks(daemon: Daemon) {
  return daemon.chosen ? uplinksOf(daemon.chosen.config, daemon.facts()) : [];
}
