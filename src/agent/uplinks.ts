// SPDX-License-Identifier: MIT
/** What link events change for the agent: carriers of devices, and devices of the plan that come and go. */
import type { Item, Plan, RouteItem } from '../appliance/plan-types.ts';
import type { StateItem } from './apply/items.ts';
import { LINK_ALIAS } from './apply/marks.ts';
import type { PlanOfState } from './apply/parts.ts';
import { IFF_RUNNING, IFF_UP, type Link } from './netlink/rtnl/link.ts';

export class Uplinks {
  #running = new Map<string, boolean>();
  #indexes = new Map<string, number>();

  /** Its cable, or what stands for it, is out, or somebody set it down. A device that does not exist has nothing to lose. */
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
      running.set(name, (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0);
    }
    const carrierLost = [...running].filter(([name, now]) => !now && this.#running.get(name) === true);
    const changed = differs(indexes, this.#indexes) || differs(running, this.#running);
    this.#running = running;
    this.#indexes = indexes;
    return { changed, carrierLost: carrierLost.map(([name]) => name) };
  }
}

/**
 * The plan as far as it can be had while somebody holds devices down by hand (`ip link set … down`): they stay down,
 * and routes by them wait. The next `plaitctl apply` brings them up again.
 */
export function withHeldDown(plan: Plan, links: readonly Link[]): PlanOfState {
  const held = new Set(
    links.filter((link) => link.alias === LINK_ALIAS && !(link.flags & IFF_UP)).map((link) => link.name),
  );
  const heldItems = (items: readonly Item[]) =>
    items.flatMap((item): StateItem[] => {
      if (item.kind === 'link' && held.has(item.name)) return [{ ...item, down: true }];
      return item.kind === 'route' ? withoutDevices(item, held) : [item];
    });
  const parts = plan.parts.map((part) => ({ ...part, items: heldItems(part.items) }));
  return { parts, items: parts.flatMap(({ items }) => items) };
}

function withoutDevices(route: RouteItem, held: ReadonlySet<string>): RouteItem[] {
  const { nexthops, ...rest } = route;
  if (nexthops === undefined) return route.dev !== undefined && held.has(route.dev) ? [] : [route];
  const left = nexthops.filter((hop) => !held.has(hop.dev));
  const [first] = left;
  if (first === undefined) return [];
  if (left.length > 1) return [{ ...route, nexthops: left }];
  return [{ ...rest, dev: first.dev, ...(first.via === undefined ? {} : { via: first.via }) }];
}

function differs<T>(now: ReadonlyMap<string, T>, before: ReadonlyMap<string, T>): boolean {
  return now.size !== before.size || [...now].some(([name, value]) => before.get(name) !== value);
}
