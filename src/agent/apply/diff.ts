// SPDX-License-Identifier: MIT
/** The difference between what is there and what is wanted, as steps in the order in which they can be done. */
import { type Item, key } from '../../appliance/plan-types.ts';
import { changeable, devicesOf, normalise, type StateItem, same } from './items.ts';

export type Step =
  | { do: 'add'; item: StateItem }
  | { do: 'remove'; item: StateItem }
  | { do: 'change'; from: StateItem; to: StateItem };

/**
 * Removals come first, last made first; then additions and changes in the order of `wanted`. `current` must be in
 * an order in which it could be made. What is right already is left alone.
 */
export function difference(current: readonly StateItem[], wanted: readonly (Item | StateItem)[]): Step[] {
  const have = new Map(current.map((item) => [key(item), normalise(item)] as const));
  const want = new Map(wanted.map((item) => [key(normalise(item)), normalise(item)] as const));
  const anew = madeAnew(have, want);
  const steps: Step[] = [];
  for (const [name, item] of [...have].reverse()) {
    if (!want.has(name) || anew.has(name)) steps.push({ do: 'remove', item });
  }
  const touched = new Set(steps.flatMap(filesOf));
  for (const [name, to] of want) {
    const from = have.get(name);
    const step = stepFor(from, to, anew.has(name), touched);
    if (step === undefined) continue;
    steps.push(step);
    for (const path of filesOf(step)) touched.add(path);
  }
  return steps;
}

function stepFor(
  from: StateItem | undefined,
  to: StateItem,
  anew: boolean,
  touched: ReadonlySet<string>,
): Step | undefined {
  if (from === undefined || anew) return { do: 'add', item: to };
  if (!same(from, to)) return { do: 'change', from, to };
  const restart = to.kind === 'service' && to.files.some((path) => touched.has(path));
  return restart ? { do: 'change', from, to } : undefined;
}

/** Keys of items wanted and there, which yet must be taken down and made again. */
function madeAnew(have: ReadonlyMap<string, StateItem>, want: ReadonlyMap<string, StateItem>): Set<string> {
  const anew = new Set<string>();
  const lostDevices = new Set<string>();
  // The kernel may drop the routes of a device whose address goes; which ones is its business, so all are renewed.
  const lostAddresses = new Set<string>();
  for (const [name, item] of have) {
    const wanted = want.get(name);
    const gone = wanted === undefined || !(same(item, wanted) || changeable(item, wanted));
    if (item.kind === 'link' && item.type.is !== 'physical' && gone) lostDevices.add(item.name);
    if (item.kind === 'address' && gone) lostAddresses.add(item.dev);
    if (wanted !== undefined && gone) anew.add(name);
  }
  // In creation order, so that a device lost drags along those made on it, and theirs in turn.
  for (const [name, item] of have) {
    const devices = devicesOf(item);
    const lost =
      devices.some((device) => lostDevices.has(device)) ||
      (item.kind === 'route' && devices.some((device) => lostAddresses.has(device)));
    if (!lost || !want.has(name)) continue;
    anew.add(name);
    if (item.kind === 'link' && item.type.is !== 'physical') lostDevices.add(item.name);
  }
  return anew;
}

function filesOf(step: Step): string[] {
  const item = step.do === 'change' ? step.to : step.item;
  return item.kind === 'file' ? [item.path] : [];
}
