// SPDX-License-Identifier: MIT
/** What the agent has learned of the world around it: leases, carriers, answers to probes; the facts of a plan. */
import { type HealthTarget, healthTargets } from '../appliance/health-targets.ts';
import type { Facts, Plan } from '../appliance/plan-types.ts';
import type { Config } from '../appliance/schema.ts';
import { type Board, portsOf } from './board.ts';
import { Prober } from './health.ts';
import { HeldLeases } from './held-leases.ts';
import type { Kernel } from './kernel.ts';
import { deadOnes } from './liveness.ts';
import type { Ports } from './ports.ts';
import { UdpWatch } from './udp-watch.ts';
import { type PathChange, UplinkPaths } from './uplink-paths.ts';
import { Uplinks } from './uplinks.ts';

export interface ObserverEvents {
  leaseChanged(uplink: string): void;
  /** A target has fallen silent or answers again. */
  targetChanged(target: HealthTarget, answers: boolean): void;
  pathChanged(change: PathChange): void;
  /** Parts of the plan that are left out just now. */
  failedParts(): readonly string[];
}

export class Observer {
  readonly leases: HeldLeases;
  readonly prober: Prober;
  readonly paths: UplinkPaths;
  readonly udp: UdpWatch;
  #board: Board;
  #kernel: Kernel;
  #uplinks = new Uplinks();
  #probed: readonly HealthTarget[] = [];
  #events: ObserverEvents;
  #ports: string[] = [];

  constructor(ports: Ports, kernel: Kernel, board: Board, events: ObserverEvents) {
    this.#board = board;
    this.#kernel = kernel;
    this.#events = events;
    this.leases = new HeldLeases(ports, events.leaseChanged);
    this.prober = new Prober(ports, {
      changed: (target, answers) => {
        events.targetChanged(target, answers);
        this.#judge(target);
      },
      proved: (target) => this.#judge(target),
    });
    this.udp = new UdpWatch(ports, kernel);
    this.paths = new UplinkPaths(ports, (target) => this.prober.health(target));
  }

  ports(): string[] {
    return portsOf(this.#board, this.#kernel);
  }

  facts(config: Config | undefined): Facts {
    const dead = deadOnes({
      config,
      silent: this.prober.dead(),
      deadPaths: this.paths.unusable(),
      targets: this.#probed,
      withoutCarrier: (device) => this.#uplinks.withoutCarrier(device),
    });
    return {
      ports: this.ports(),
      leases: this.leases.all,
      deadUplinks: dead.deadUplinks,
      deadLegs: { ...dead.deadLegs, ...(config === undefined ? {} : this.udp.deadLegs(config)) },
      failedParts: this.#events.failedParts(),
    };
  }

  targets(config: Config | undefined): HealthTarget[] {
    return config ? healthTargets(config, this.facts(config)) : [];
  }

  /** Takes in the links of now, as far as the plan has to do with them, and the ports that came or went. */
  look(plan: Plan): { changed: boolean; carrierLost: string[] } {
    const ports = this.ports();
    const portsChanged = ports.join(' ') !== this.#ports.join(' ');
    this.#ports = ports;
    const { changed, carrierLost } = this.#uplinks.update(this.#kernel.links(), plan);
    return { changed: changed || portsChanged, carrierLost };
  }

  /** Probes what this configuration has, from now on. */
  probe(config: Config): void {
    this.#probed = this.targets(config);
    this.prober.setTargets(this.#probed);
    for (const change of this.paths.setTargets(config, this.#probed)) this.#events.pathChanged(change);
  }

  #judge(target: HealthTarget): void {
    const change = target.kind === 'uplink' ? this.paths.judge(target.uplink) : undefined;
    if (change !== undefined) this.#events.pathChanged(change);
  }
}
