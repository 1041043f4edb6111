// SPDX-License-Identifier: MIT
/** What link events change for the agent: carriers of devices, and devices of the plan that come and go. */
import type { Plan } from '../appliance/plan-types.ts';
import { IFF_RUNNING, IFF_UP, type Link } from './netlink/rtnl.ts';

export class Uplinks {
  #running = new Map<string, boolean>();
  #indexes = new Map<string, number>();

  /** Up, but its cable or what stands for it is not. A device that does not exist has no carrier to lose. */
  withoutCarrier(device: string): boolean {
    return this.#running.get(device) === false;
  }

  /** Takes in the links of now; `changed`: something that the plan depends on is different. */
  update(links: readonly Link[], plan: Plan): { changed: boolean; carrierLost: string[] } {
    const names = new Set(plan.items.flatMap((item) => (item.kind === 'link' ? [item.name] : [])));
    const running = new Map<string, boolean>();
    const indexes = new Map<string, number>();
    for (const { name, index, flags } of links) {
      if (!names.has(name)) continue;
      indexes.set(name, index);
      if (flags & IFF_UP) running.set(name, (flags & IFF_RUNNING) !== 0);
    }
    const carrierLost = [...running].filter(([name, now]) => !now && this.#running.get(name) === true);
    const changed = differs(indexes, this.#indexes) || differs(running, this.#running);
    this.#running = running;
    this.#indexes = indexes;
    return { changed, carrierLost: carrierLost.map(([name]) => name) };
  }
}

function differs<T>(now: ReadonlyMap<string, T>, before: ReadonlyMap<string, T>): boolean {
  return now.size !== before.size || [...now].some(([name, value]) => before.get(name) !== value);
}
