// SPDX-License-Identifier: MIT
/**
 * plaitd: puts its parts together and answers for them. The lifecycle says which configuration is in force, the
 * reconciler keeps the kernel so; everything that changes the kernel goes through one queue.
 */

import type { HealthTarget } from '../appliance/health-targets.ts';
import { portDevice, uplinksOf } from '../appliance/model.ts';
import type { Facts } from '../appliance/plan-types.ts';
import { renderPlan } from '../appliance/render-plan.ts';
import { type Board, readBoard } from './board.ts';
import type { Chosen } from './boot-choice.ts';
import { ConfigLifecycle } from './config-lifecycle.ts';
import { ConfigStore } from './config-store.ts';
import type { FailedPart } from './failed-parts.ts';
import type { Kernel } from './kernel.ts';
import type { Observer } from './observer.ts';
import { RUN } from './paths.ts';
import type { Ports } from './ports.ts';
import { Refusal } from './protocol.ts';
import { proved } from './proving.ts';
import { Reconciler } from './reconciler.ts';
import { Supervisor } from './supervisor.ts';
import { TaskQueue } from './task-queue.ts';
import { type FedWatchdog, feedWatchdog } from './watchdog.ts';

/** So long must a start have been good before its slot and its configuration count as proved. */
const PROVING = 10_000;

export class Daemon {
  readonly board: Board;
  readonly supervisor: Supervisor;
  readonly lifecycle: ConfigLifecycle;
  #ports: Ports;
  #reconciler: Reconciler;
  #queue = new TaskQueue();
  #watchdog: FedWatchdog | undefined;

  constructor(ports: Ports, kernel: Kernel) {
    this.#ports = ports;
    this.board = readBoard(ports.files);
    this.supervisor = new Supervisor(ports);
    const { board, supervisor } = this;
    const queue = this.#queue;
    const enforcer = new Reconciler({ ports, kernel, board, supervisor, queue });
    this.#reconciler = enforcer;
    this.lifecycle = new ConfigLifecycle({
      ports,
      store: new ConfigStore(ports.files, PLAIT_VERSION),
      enforcer,
      portNames: () => enforcer.observer.ports(),
      queue,
    });
  }

  get observer(): Observer {
    return this.#reconciler.observer;
  }

  get chosen(): Chosen | undefined {
    return this.lifecycle.chosen;
  }

  get applying(): boolean {
    return this.#queue.busy;
  }

  get problem(): string | undefined {
    return this.#reconciler.problem;
  }

  get failedParts(): readonly FailedPart[] {
    return this.#reconciler.failedParts;
  }

  /** Called after a plan has been applied. */
  set onUse(run: () => void) {
    this.#reconciler.onUse = run;
  }

  /** Brings the board up. Never throws: whatever fails, the agent stays and says why. */
  async boot(): Promise<void> {
    this.#ports.files.makeFolder(RUN, 0o755);
    this.observer.leases.watch();
    if (this.board.watchdog !== undefined) void this.#startWatchdog(this.board.watchdog);
    await this.lifecycle.start();
    this.#ports.clock.after(PROVING, () => {
      this.lifecycle.proved();
      proved(this.#ports, this.board);
    });
  }

  show(what: 'config' | 'plan'): string {
    if (what === 'plan') return renderPlan(this.#reconciler.plan);
    return this.chosen?.text ?? '# Safe defaults; there is no text of them.\n';
  }

  /** A DHCP client's word about the device it serves. */
  lease(device: string, event: string, env: Readonly<Record<string, string>>): void {
    const uplinks = Object.entries(this.#reconciler.config?.uplinks ?? {});
    const found = uplinks.find(([, uplink]) => portDevice(uplink) === device);
    if (found === undefined)
      throw new Refusal({ code: 'nothing', message: `${device} is the device of no uplink` });
    const [uplink] = found;
    this.observer.leases.take(uplink, event, env);
  }

  linksChanged(): void {
    this.#reconciler.linksChanged();
  }

  /** Ends a running apply cleanly (it is undone) and lets go; the network stays as it is. */
  async stop(): Promise<void> {
    const idle = this.#queue.close();
    this.#reconciler.stop();
    await idle;
    await this.supervisor.stopAll();
    this.#watchdog?.release();
  }

  targets(): HealthTarget[] {
    return this.observer.targets(this.#reconciler.config);
  }

  hasPlaitLinks(): boolean {
    return this.#reconciler.plan.items.some((item) => item.kind === 'link' && item.type.is === 'plait');
  }

  facts(): Facts {
    return this.#reconciler.facts();
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
