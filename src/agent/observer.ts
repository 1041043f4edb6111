// SPDX-License-Identifier: MIT
/** What the agent has learned of the world around it: leases, carriers, answers to probes; the facts of a plan. */
import { type HealthTarget, healthTargets } from '../appliance/health-targets.ts';
import type { Facts, Plan } from '../appliance/plan-types.ts';
import type { Config } from '../appliance/schema.ts';
import { type Board, portsOf } from './board.ts';
import { type HealthEvents, Prober } from './health.ts';
import { HeldLeases } from './held-leases.ts';
import type { Kernel } from './kernel.ts';
import { deadOnes } from './liveness.ts';
import type { Ports } from './ports.ts';
import { Uplinks } from './uplinks.ts';

export interface ObserverEvents {
  leasesChanged(): void;
  healthChanged: HealthEvents['changed'];
}

export class Observer {
  readonly leases: HeldLeases;
  readonly prober: Prober;
  #board: Board;
  #kernel: Kernel;
  #uplinks = new Uplinks();
  #probed: readonly HealthTarget[] = [];

  constructor(ports: Ports, kernel: Kernel, board: Board, events: ObserverEvents) {
    this.#board = board;
    this.#kernel = kernel;
    this.leases = new HeldLeases(ports, events.leasesChanged);
    this.prober = new Prober(ports, { changed: events.healthChanged });
  }

  ports(): string[] {
    return portsOf(this.#board, this.#kernel);
  }

  facts(config: Config | undefined): Facts {
    const dead = deadOnes({
      config,
      silent: this.prober.dead(),
      targets: this.#probed,
      withoutCarrier: (device) => this.#uplinks.withoutCarrier(device),
    });
    return { ports: this.ports(), leases: this.leases.all, ...dead };
  }

  targets(config: Config | undefined): HealthTarget[] {
    return config ? healthTargets(config, this.facts(config)) : [];
  }

  /** Takes in the links of now, as far as the plan has to do with them. */
  look(plan: Plan): { changed: boolean; carrierLost: string[] } {
    return this.#uplinks.update(this.#kernel.links(), plan);
  }

  /** Probes what this configuration has, from now on. */
  probe(config: Config): void {
    this.#probed = this.targets(config);
    this.prober.setTargets(this.#probed);
  }
}
