// SPDX-License-Identifier: MIT
/**
 * plaitd: puts its parts together and answers for them. The lifecycle says which configuration is in force, the
 * reconciler keeps the kernel so; everything that changes the kernel goes through one queue.
 */

import type { HealthTarget } from '../appliance/health-targets.ts';
import { bareIp } from '../appliance/ipv4.ts';
import { lanDevice, portDevice, uplinksOf } from '../appliance/model.ts';
import { TIME_CLIENT } from '../appliance/plan/time.ts';
import type { Facts } from '../appliance/plan-types.ts';
import { renderPlan } from '../appliance/render-plan.ts';
import { type Board, readBoard } from './board.ts';
import type { Chosen } from './boot-choice.ts';
import { ConfigLifecycle } from './config-lifecycle.ts';
import { ConfigStore } from './config-store.ts';
import { DhcpGuard } from './dhcp-guard.ts';
import type { FailedPart } from './failed-parts.ts';
import { Freshness } from './freshness.ts';
import { readIdentity, type StoredIdentity } from './identity.ts';
import type { Kernel } from './kernel.ts';
import type { UdpEvent } from './netlink/plait-udp.ts';
import { IFF_RUNNING } from './netlink/rtnl/link.ts';
import type { Observer } from './observer.ts';
import { FrontPanel } from './panel/front-panel.ts';
import type { PanelState, UplinkCount } from './panel/patterns.ts';
import { ResetButton } from './panel/reset-button.ts';
import { RUN } from './paths.ts';
import { errorText, type Ports } from './ports.ts';
import { Refusal } from './protocol.ts';
import { Reconciler } from './reconciler.ts';
import { SlotKeeper } from './slot-keeper.ts';
import { statusOf } from './status-of.ts';
import { Supervisor } from './supervisor.ts';
import { TaskQueue } from './task-queue.ts';
import { ClockKeeper } from './time/clock-keeper.ts';
import { Upgrader } from './upgrade/upgrader.ts';
import { type FedWatchdog, feedWatchdog } from './watchdog.ts';

/** A task that takes longer (ms) is stuck. */
const LONGEST_TASK = 5 * 60_000;

export class Daemon {
  readonly board: Board;
  readonly identity: StoredIdentity;
  readonly supervisor: Supervisor;
  readonly lifecycle: ConfigLifecycle;
  readonly clock: ClockKeeper;
  readonly upgrader: Upgrader;
  readonly panel: FrontPanel;
  #button: ResetButton;
  /** What the button has the LEDs show. */
  #buttonShows: PanelState | undefined;
  #ports: Ports;
  #reconciler: Reconciler;
  #queue = new TaskQueue();
  #guard: DhcpGuard;
  #freshness: Freshness;
  #slotKeeper: SlotKeeper;
  #watchdog: FedWatchdog | undefined;

  constructor(ports: Ports, kernel: Kernel) {
    this.#ports = ports;
    this.board = readBoard(ports.files);
    this.identity = readIdentity(ports.disks, this.board.disk);
    this.supervisor = new Supervisor(ports);
    this.clock = new ClockKeeper(ports);
    this.panel = new FrontPanel(ports);
    this.#button = new ResetButton({
      ports,
      show: (state) => {
        this.#buttonShows = state;
        this.#showState();
      },
    });
    const { board, supervisor } = this;
    const queue = this.#queue;
    queue.onEnd = () => this.#showState();
    const enforcer = new Reconciler({ ports, kernel, board, supervisor, queue });
    this.#reconciler = enforcer;
    supervisor.onStart = (service) => {
      enforcer.observer.leases.clientStarted(service);
      if (service === TIME_CLIENT) this.clock.clientStarted();
    };
    this.#guard = new DhcpGuard(ports, (device) => {
      const link = kernel.links().find(({ name }) => name === device);
      return link && { index: link.index, carrier: (link.flags & IFF_RUNNING) !== 0 };
    });
    this.lifecycle = new ConfigLifecycle({
      ports,
      store: new ConfigStore(ports.files, PLAIT_VERSION),
      enforcer,
      guard: this.#guard,
      portNames: () => enforcer.observer.ports(),
      queue,
    });
    this.#freshness = new Freshness(ports, kernel, () => this.hasPeers());
    this.#slotKeeper = new SlotKeeper({
      ports,
      board,
      version: PLAIT_VERSION,
      status: () => statusOf(this, ports, kernel),
      unapplied: (carriedBefore) => this.#unapplied(carriedBefore),
      proved: () => this.lifecycle.proved(),
      changed: () => this.#showState(),
    });
    this.upgrader = new Upgrader({
      ports,
      kernel,
      board,
      lan: () => this.#lan(),
      version: PLAIT_VERSION,
      slots: this.#slotKeeper,
      pending: () => this.lifecycle.confirmLeft !== undefined,
    });
  }

  get firmware() {
    return this.#slotKeeper.status;
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
    void this.#startWatchdog();
    this.#slotKeeper.start();
    void this.upgrader.recover();
    this.clock.start();
    this.#showState();
    await this.#button.atStart();
    await this.lifecycle.start();
    this.#freshness.watch();
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

  /** Something happened to a session or a leg of a tunnel of mode `plait`; no events: perhaps something did. */
  peersChanged(events: readonly UdpEvent[]): void {
    for (const event of events) this.observer.udp.take(event);
    this.#reconciler.udpChanged();
    if (events.length === 0 || events.some(({ what }) => what === 'session up')) this.#freshness.watch();
  }

  /** Ends a running apply cleanly (it is undone) and lets go; the network stays as it is. */
  async stop(): Promise<void> {
    this.clock.stop();
    this.#button.stop();
    const idle = this.#queue.close();
    this.#guard.stop();
    this.#freshness.stop();
    this.#reconciler.stop();
    await idle;
    this.#slotKeeper.stop();
    this.upgrader.stop();
    await this.supervisor.stopAll();
    this.#watchdog?.leave();
  }

  targets(): HealthTarget[] {
    return this.observer.targets(this.#reconciler.config);
  }

  hasPlaitLinks(): boolean {
    return this.#reconciler.plan.items.some((item) => item.kind === 'link' && item.type.is === 'plait');
  }

  /** There are tunnels of mode `plait`. */
  hasPeers(): boolean {
    return this.#reconciler.plan.items.some((item) => item.kind === 'peer');
  }

  facts(): Facts {
    return this.#reconciler.facts();
  }

  /** Where hosts of the LAN reach this board. */
  #lan(): { device: string; address: string } | undefined {
    const { config, plan } = this.#reconciler;
    if (config === undefined) return undefined;
    const device = lanDevice(config);
    const { address } = config.lan;
    const applied = plan.items.some(
      (item) => item.kind === 'address' && item.dev === device && item.address === address,
    );
    return applied ? { device, address: bareIp(address) } : undefined;
  }

  /**
   * What of the configuration that is in force, or should be, is not. An uplink that fails and carried no traffic
   * before does not count: a bad lease is no fault of the firmware.
   */
  #unapplied(carriedBefore: readonly string[]): string[] {
    const { phase } = this.lifecycle;
    const settled = phase === 'confirmed' || (phase === 'defaults' && !this.lifecycle.hasConfirmed);
    const counts = ({ part = '' }: FailedPart) => !part.startsWith('uplink ') || carriedBefore.includes(part);
    return [
      ...(settled ? [] : [`the configuration (${phase})`]),
      ...this.failedParts
        .filter(counts)
        .map(({ part = 'what is left over', reason }) => `${part}: ${reason}`),
      ...(this.problem === undefined ? [] : [this.problem]),
    ];
  }

  #showState(): void {
    try {
      const uplinks = this.#uplinkCount();
      this.panel.show(this.#buttonShows ?? this.#panelState(uplinks), uplinks);
    } catch (error) {
      this.#ports.log('debug', `what the LEDs are to show: ${errorText(error)}`);
    }
  }

  #panelState({ live, configured }: UplinkCount): PanelState {
    const { phase } = this.lifecycle;
    if (phase === 'starting') return 'starting';
    const firmware = this.firmware?.state;
    const wrong = this.chosen?.reason !== undefined || this.problem !== undefined || firmware === 'failed';
    if (wrong || this.failedParts.length > 0 || (configured > 0 && live === 0)) return 'trouble';
    return phase === 'confirmed' && firmware !== 'trial' ? 'well' : 'trial';
  }

  #uplinkCount(): UplinkCount {
    const { config } = this.#reconciler;
    if (config === undefined) return { live: 0, configured: 0 };
    const uplinks = uplinksOf(config, this.facts());
    const live = uplinks.filter(
      ({ address, dead, missing, failed }) => address !== undefined && !dead && !missing && !failed,
    );
    return { live: live.length, configured: uplinks.length };
  }

  async #startWatchdog(): Promise<void> {
    this.#watchdog = await feedWatchdog(this.#ports, this.board.watchdog, this.#aliveCheck());
    if (this.#queue.closed) this.#watchdog?.leave();
  }

  /** False while one and the same task has been running for too long. */
  #aliveCheck(): () => boolean {
    const { clock } = this.#ports;
    let ended = this.#queue.ended;
    let since = clock.monotonic();
    return () => {
      if (!this.#queue.busy || this.#queue.ended !== ended) {
        ended = this.#queue.ended;
        since = clock.monotonic();
      }
      return clock.monotonic() - since < LONGEST_TASK;
    };
  }
}
