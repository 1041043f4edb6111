// SPDX-License-Identifier: MIT
/**
 * plaitd: brings the board up from its configuration and keeps it so. It holds which configuration is in use, the
 * facts that make it a plan, and the apply that waits for confirmation; everything that changes the kernel goes
 * through one queue.
 */

import { safeDefaults } from '../appliance/defaults.ts';
import { type HealthTarget, healthTargets } from '../appliance/health-targets.ts';
import { portDevice, uplinksOf } from '../appliance/model.ts';
import { plan } from '../appliance/plan.ts';
import type { Facts, Plan } from '../appliance/plan-types.ts';
import { renderPlan } from '../appliance/render-plan.ts';
import {
  type ApplyOptions,
  type ApplyPorts,
  type ApplyResult,
  applyPlan,
  dryRun,
  stepText,
  type Wanted,
} from './apply/engine.ts';
import { type ApplyRecord, readRecord, writeRecord } from './apply/record.ts';
import { type Board, portsOf, readBoard } from './board.ts';
import { confirmSlot } from './boot-state.ts';
import {
  type Chosen,
  check,
  chooseAtBoot,
  inShort,
  keepProved,
  markUnconfirmed,
  storeConfirmed,
  unmarkFailed,
} from './config-store.ts';
import { Prober, targetName } from './health.ts';
import type { Kernel } from './kernel.ts';
import { type HeldLease, leaseEvent, readLeases, writeLeases } from './leases.ts';
import { CONFIG, PENDING, RECORD, RUN } from './paths.ts';
import { errorText, type Ports, type Timer, type Watchdog } from './ports.ts';
import { Refusal } from './protocol.ts';
import { Supervisor } from './supervisor.ts';
import { Uplinks, withHeldDown } from './uplinks.ts';

/** So long must a start have been good before its slot and its configuration count as proved. */
const PROVING = 10_000;
/** Ports may appear after the agent: so long they are waited for before a configuration is given up. */
const PORTS_WAIT = 8000;
const PORTS_LOOK = 500;
/** Changes of facts come in swarms: one plan for those that come together. */
const GATHER = 20;
const RETRY_FIRST = 2000;
const RETRY_LONGEST = 60_000;
const WATCHDOG_SECONDS = 30;

interface Pending {
  text: string;
  /** Milliseconds since boot. */
  deadline: number;
  before: Chosen;
  timer: Timer;
}

export class Daemon {
  readonly board: Board;
  readonly supervisor: Supervisor;
  readonly uplinks: Uplinks;
  readonly prober: Prober;
  /** Called after a plan has been applied. */
  onUse: () => void = () => {};
  #ports: Ports;
  #kernel: Kernel;
  #record: ApplyRecord;
  #leases: Record<string, HeldLease>;
  #leaseTimers = new Map<string, Timer>();
  /** DHCP clients that have just started: their first word is that they hold nothing. */
  #freshClients = new Set<string>();
  #chosen: Chosen | undefined;
  #plan: Plan = { items: [] };
  #pending: Pending | undefined;
  #failures: string[] = [];
  #problem: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #applying = 0;
  #followTimer: Timer | undefined;
  #retryDelay = RETRY_FIRST;
  #stopping = false;
  #watchdog: Watchdog | undefined;

  constructor(ports: Ports, kernel: Kernel) {
    this.#ports = ports;
    this.#kernel = kernel;
    this.board = readBoard(ports.files);
    this.supervisor = new Supervisor(ports);
    this.supervisor.onStart = (name) => void this.#freshClients.add(name);
    this.#record = readRecord(ports.files, RECORD);
    this.#leases = readLeases(ports.files, ports.clock.monotonic());
    this.uplinks = new Uplinks();
    this.prober = new Prober(ports, { changed: (target, alive) => this.#healthChanged(target, alive) });
  }

  get chosen(): Chosen | undefined {
    return this.#chosen;
  }

  get applying(): boolean {
    return this.#applying > 0;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Milliseconds left to confirm; undefined when nothing waits. */
  get confirmLeft(): number | undefined {
    return this.#pending && Math.max(0, this.#pending.deadline - this.#ports.clock.monotonic());
  }

  /** Brings the board up. Never throws: whatever fails, the agent stays and says why. */
  async boot(): Promise<void> {
    this.#ports.files.makeFolder(RUN, 0o755);
    for (const [uplink, lease] of Object.entries(this.#leases)) this.#watchLease(uplink, lease);
    void this.#startWatchdog();
    const waiting = this.#restorePending();
    if (waiting !== undefined) {
      await this.#enqueue(() => this.#bringUp(waiting));
    } else {
      const chosen = await this.#chooseWithPorts();
      await this.#enqueue(() => this.#bringUp('config' in chosen ? chosen : this.#defaults(chosen.reason)));
    }
    this.#ports.clock.after(PROVING, () => this.#proved());
  }

  /** Applies a text and waits `within` ms for its confirmation. */
  apply(text: string, within: number): Promise<{ changes: string[]; pending: boolean; seconds?: number }> {
    return this.#enqueue(async () => {
      const checked = check(text, { ports: this.#portNames() });
      if (!checked.ok)
        throw new Refusal({
          code: 'invalid',
          message: inShort(checked.problems),
          problems: checked.problems,
        });
      const before = this.#pending?.before ?? this.#chosen ?? this.#defaults('nothing was in use');
      const wanted = plan(checked.config, this.#facts());
      if (dryRun(this.#applyPorts(), wanted).length === 0 && !this.#pending) {
        // Comments or notation only: nothing could go wrong, nothing to confirm.
        storeConfirmed(this.#ports.files, text);
        this.#use({ source: 'plait.yaml', text, config: checked.config }, wanted);
        return { changes: [], pending: false };
      }
      this.#ports.log('notice', 'applying a new configuration');
      markUnconfirmed(this.#ports.files, text);
      const result = await this.#run(wanted);
      if (!result.ok) {
        unmarkFailed(this.#ports.files);
        const undone = result.undone
          ? 'everything is as it was'
          : 'not everything could be undone, see the log';
        throw new Refusal({ code: 'failed', message: `${result.reason}; ${undone}` });
      }
      this.#use({ source: 'candidate', text, config: checked.config }, wanted);
      this.#await(text, before, within);
      return { changes: result.changes, pending: true, seconds: Math.round(within / 1000) };
    });
  }

  /** Keeps what was applied. */
  confirm(): Promise<{ confirmed: boolean }> {
    return this.#enqueue(async () => {
      const pending = this.#pending;
      if (pending === undefined)
        throw new Refusal({ code: 'nothing', message: 'nothing waits for confirmation' });
      storeConfirmed(this.#ports.files, pending.text);
      this.#endPending();
      if (this.#chosen)
        this.#chosen = { source: 'plait.yaml', text: pending.text, config: this.#chosen.config };
      this.#ports.log('notice', 'the new configuration is confirmed');
      return { confirmed: true };
    });
  }

  /** Goes back to what was in use before the apply that waits. */
  revert(why = 'asked to'): Promise<{ changes: string[] }> {
    return this.#enqueue(async () => {
      const pending = this.#pending;
      if (pending === undefined)
        throw new Refusal({ code: 'nothing', message: 'nothing waits for confirmation' });
      this.#endPending();
      this.#ports.log('notice', `going back to the configuration before: ${why}`);
      return { changes: await this.#bringUp(pending.before) };
    });
  }

  /** What applying the text would change. */
  preview(text: string): string[] {
    const checked = check(text, { ports: this.#portNames() });
    if (!checked.ok)
      throw new Refusal({ code: 'invalid', message: inShort(checked.problems), problems: checked.problems });
    return dryRun(this.#applyPorts(), plan(checked.config, this.#facts())).map(stepText);
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
    const said = leaseEvent(event, env);
    const fresh = this.#freshClients.delete(`udhcpc-${uplink}`);
    if (said.what === 'ignored') return;
    if (said.what === 'held') {
      const lease = { ...said.lease, until: this.#ports.clock.monotonic() + said.lease.seconds * 1000 };
      const before = this.#leases[uplink];
      this.#leases[uplink] = lease;
      this.#watchLease(uplink, lease);
      if (before?.address !== lease.address)
        this.#ports.log('info', `uplink ${uplink} has the lease ${lease.address}`);
    } else if (said.what === 'deconfig' && fresh && this.#leases[uplink] !== undefined) {
      // The client was restarted; the lease is as good as it was.
      return;
    } else {
      this.#loseLease(uplink);
    }
    writeLeases(this.#ports.files, this.#leases);
    this.follow();
  }

  /** The kernel says that links have changed. While applying they do all the time; it looks when it is done. */
  linksChanged(): void {
    if (this.#chosen === undefined || this.applying) return;
    const lost = this.uplinks.update(this.#kernel.links(), this.#plan);
    if (!lost.changed) return;
    for (const device of lost.carrierLost) this.#ports.log('info', `${device} has no carrier`);
    this.follow();
  }

  /** Plans anew with the facts of now, soon. */
  follow(delay = GATHER): void {
    this.#followTimer?.cancel();
    this.#followTimer = this.#ports.clock.after(delay, () => {
      this.#enqueue(() => this.#follow()).catch((error) => this.#ports.log('warning', errorText(error)));
    });
  }

  /** Ends a running apply cleanly (it is undone) and lets go; the network stays as it is. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#followTimer?.cancel();
    this.prober.stop();
    await this.#queue;
    await this.supervisor.stopAll();
    this.#watchdog?.release();
  }

  targets(): HealthTarget[] {
    return this.#chosen ? healthTargets(this.#chosen.config, this.#facts()) : [];
  }

  hasPlaitLinks(): boolean {
    return this.#plan.items.some((item) => item.kind === 'link' && item.type.is === 'plait');
  }

  facts(): Facts {
    return this.#facts();
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      if (this.#stopping) throw new Refusal({ code: 'failed', message: 'plaitd is ending' });
      this.#applying++;
      try {
        return await task();
      } finally {
        this.#applying--;
      }
    };
    const result = this.#queue.then(run, run);
    // The queue goes on after a task that failed; who asked for it hears of the failure.
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #facts(): Facts {
    const { config } = this.#chosen ?? {};
    const silent = this.prober.dead();
    const noCarrier = new Set(
      config === undefined
        ? []
        : Object.entries(config.uplinks)
            .filter(([, uplink]) => this.uplinks.withoutCarrier(portDevice(uplink)))
            .map(([name]) => name),
    );
    const deadLegs: Record<string, string[]> = {};
    const bury = (tunnel: string, leg: string) => {
      deadLegs[tunnel] ??= [];
      if (!deadLegs[tunnel].includes(leg)) deadLegs[tunnel].push(leg);
    };
    for (const target of silent) if (target.kind === 'leg') bury(target.tunnel, target.leg);
    for (const target of this.#legTargets) if (noCarrier.has(target.uplink)) bury(target.tunnel, target.leg);
    const silentUplinks = silent.flatMap((target) => (target.kind === 'uplink' ? [target.uplink] : []));
    return {
      ports: this.#portNames(),
      leases: this.#leases,
      deadUplinks: [...new Set([...noCarrier, ...silentUplinks])],
      deadLegs,
    };
  }

  #legTargets: (HealthTarget & { kind: 'leg' })[] = [];

  #portNames(): string[] {
    return portsOf(this.board, this.#kernel);
  }

  async #chooseWithPorts(): Promise<Chosen | { reason: string }> {
    const { clock, files, log } = this.#ports;
    const end = clock.monotonic() + PORTS_WAIT;
    for (;;) {
      const chosen = this.#chooseNow();
      const missing =
        'reason' in chosen && !('config' in chosen) && /is not a port of this board/.test(chosen.reason);
      if (!missing || clock.monotonic() >= end || this.#stopping || files.read(CONFIG) === undefined)
        return chosen;
      log('debug', `waiting for ports: ${chosen.reason}`);
      await new Promise<void>((resolve) => clock.after(PORTS_LOOK, resolve));
    }
  }

  #chooseNow(): Chosen | { reason: string } {
    try {
      return chooseAtBoot(this.#ports.files, { ports: this.#portNames() });
    } catch (error) {
      return { reason: `${CONFIG} cannot be read: ${errorText(error)}` };
    }
  }

  #defaults(reason: string): Chosen {
    return { source: 'safe defaults', config: safeDefaults({ ports: this.#portNames() }), reason };
  }

  /** Applies a configuration that must come up; the safe defaults when it does not. */
  async #bringUp(chosen: Chosen): Promise<string[]> {
    const fallback = chosen.source === 'safe defaults';
    if (chosen.reason !== undefined)
      this.#ports.log('error', fallback ? `safe defaults: ${chosen.reason}` : chosen.reason);
    this.#chosen = chosen;
    const wanted = plan(chosen.config, this.#facts());
    let result: ApplyResult;
    try {
      result = await this.#run(wanted, { bestEffort: fallback });
    } catch (error) {
      result = { ok: false, changes: [], reason: errorText(error), undone: false };
    }
    if (result.ok) {
      this.#use(chosen, wanted);
      this.#failures = result.failures;
      this.#ports.log('info', `${chosen.source} in use, ${result.changes.length} changes`);
      return result.changes;
    }
    if (fallback || this.#stopping) {
      this.#failures = [result.reason];
      return [];
    }
    return this.#bringUp(this.#defaults(`${chosen.source} could not be applied: ${result.reason}`));
  }

  #run(wanted: Wanted, options: ApplyOptions = {}): Promise<ApplyResult> {
    return applyPlan(this.#applyPorts(), wanted, { ...options, cancelled: () => this.#stopping });
  }

  #applyPorts(): ApplyPorts {
    const { files, processes, log } = this.#ports;
    return {
      kernel: this.#kernel,
      files,
      processes,
      services: this.supervisor,
      record: this.#record,
      log,
      saveRecord: () => writeRecord(files, RECORD, this.#record),
    };
  }

  #use(chosen: Chosen, wanted: Plan): void {
    this.#chosen = chosen;
    this.#plan = wanted;
    this.#problem = undefined;
    this.#retryDelay = RETRY_FIRST;
    // Devices just made tell their carrier only now.
    if (this.uplinks.update(this.#kernel.links(), wanted).changed) this.follow();
    this.onUse();
    const targets = this.targets();
    this.#legTargets = targets.filter((target) => target.kind === 'leg');
    this.prober.setTargets(targets);
  }

  async #follow(): Promise<void> {
    const chosen = this.#chosen;
    if (chosen === undefined) return;
    const wanted = plan(chosen.config, this.#facts());
    const possible = { items: withHeldDown(wanted, this.#kernel.links()) };
    const result = await this.#run(possible, { bestEffort: chosen.source === 'safe defaults' });
    if (result.ok) {
      if (result.changes.length > 0) this.#ports.log('info', result.changes.join('; '));
      this.#use(chosen, wanted);
      return;
    }
    if (this.#stopping) return;
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
    if (target.kind === 'leg' && !alive) this.#disableLeg(target.tunnel, target.leg);
    this.follow();
  }

  #disableLeg(tunnel: string, leg: string): void {
    try {
      const link = this.#kernel.plaitLinks().find(({ name }) => name === tunnel);
      const found = link?.legs.find(({ name }) => name === `${tunnel}.${leg}`);
      if (link && found) this.#kernel.setLegs(link.index, [{ index: found.index, enabled: false }]);
    } catch (error) {
      this.#ports.log('warning', `disabling leg ${leg} of ${tunnel}: ${errorText(error)}`);
    }
  }

  #watchLease(uplink: string, lease: HeldLease): void {
    this.#leaseTimers.get(uplink)?.cancel();
    const left = lease.until - this.#ports.clock.monotonic();
    const expire = () => {
      this.#loseLease(uplink);
      writeLeases(this.#ports.files, this.#leases);
      this.follow();
    };
    this.#leaseTimers.set(uplink, this.#ports.clock.after(left, expire));
  }

  #loseLease(uplink: string): void {
    this.#leaseTimers.get(uplink)?.cancel();
    this.#leaseTimers.delete(uplink);
    if (this.#leases[uplink] !== undefined) this.#ports.log('info', `uplink ${uplink} has lost its lease`);
    delete this.#leases[uplink];
  }

  #await(text: string, before: Chosen, within: number): void {
    this.#pending?.timer.cancel();
    const deadline = this.#ports.clock.monotonic() + within;
    this.#pending = { text, before, deadline, timer: this.#timeout(within) };
    this.#ports.files.write(PENDING, JSON.stringify({ text, deadline }), { mode: 0o600 });
  }

  #timeout(within: number): Timer {
    return this.#ports.clock.after(within, () => {
      // A confirmation that came first has emptied the place.
      this.revert('it was not confirmed in time').catch(() => undefined);
    });
  }

  #endPending(): void {
    this.#pending?.timer.cancel();
    this.#pending = undefined;
    this.#ports.files.remove(PENDING);
  }

  /** The agent was restarted while an apply waited: it goes on waiting for what is left of the time. */
  #restorePending(): Chosen | undefined {
    try {
      const saved = this.#ports.files.read(PENDING);
      if (saved === undefined) return undefined;
      const { text, deadline } = JSON.parse(saved) as { text: string; deadline: number };
      const checked = check(text, { ports: this.#portNames() });
      const left = deadline - this.#ports.clock.monotonic();
      if (!checked.ok || !(left > 0)) {
        this.#ports.files.remove(PENDING);
        return undefined;
      }
      const chosen = this.#chooseNow();
      const before = 'config' in chosen ? chosen : this.#defaults(chosen.reason);
      this.#pending = { text, deadline, before, timer: this.#timeout(left) };
      return { source: 'candidate', text, config: checked.config };
    } catch {
      return undefined;
    }
  }

  #proved(): void {
    const { files, disks, log } = this.#ports;
    const { bootStateBlocks, disk, slot } = this.board;
    try {
      if (this.#chosen?.source === 'plait.yaml' && this.#chosen.text !== undefined && !this.#pending) {
        keepProved(files, this.#chosen.text);
      }
    } catch (error) {
      log('warning', `keeping the configuration that proved good: ${errorText(error)}`);
    }
    try {
      if (bootStateBlocks && disk && slot && confirmSlot(disks, disk, bootStateBlocks, slot)) {
        log('info', `slot ${slot} is confirmed`);
      }
    } catch (error) {
      log('error', `confirming slot ${slot}: ${errorText(error)}`);
    }
  }

  async #startWatchdog(): Promise<void> {
    const { watchdog: module } = this.board;
    if (module === undefined) return;
    const { clock, log, processes } = this.#ports;
    try {
      await processes.run(['modprobe', module]);
      const watchdog = this.#ports.watchdog(WATCHDOG_SECONDS);
      if (watchdog === undefined) {
        log('info', `${module} found no watchdog`);
        return;
      }
      this.#watchdog = watchdog;
      const feed = () => {
        if (this.#stopping) return;
        watchdog.feed();
        clock.after((watchdog.timeout * 1000) / 3, feed);
      };
      feed();
    } catch (error) {
      log('warning', `watchdog: ${errorText(error)}`);
    }
  }
}

/** Names of uplinks with what the model derives of them; for the status. */
export function modelUplinks(daemon: Daemon) {
  return daemon.chosen ? uplinksOf(daemon.chosen.config, daemon.facts()) : [];
}
