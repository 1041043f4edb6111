// SPDX-License-Identifier: MIT
/** The difference between what is there and what is wanted, as steps in the order in which they can be done. */
import { type Item, key } from '../../appliance/plan-types.ts';
import { changeable, devicesOf, normalise, type StateItem, same } from './items.ts';

export type Step =
  | { do: 'add'; item: StateItem }
  | { do: 'remove'; item: StateItem }
  | { do: 'change'; from: StateItem; to: StateItem };

/**
 * Removals come first, last made first; then additions and changes in the order of `wanted`. `current` must be
 * normalised, and in an order in which it could be made. What is right already is left alone.
 */
export function difference(current: readonly StateItem[], wanted: readonly (Item | StateItem)[]): Step[] {
  const have = new Map(current.map((item) => [key(item), item] as const));
  const want = new Map(wanted.map(normalise).map((item) => [key(item), item] as const));
  const { anew, renewed } = touchedByLosses(have, want);
  const steps: Step[] = [];
  for (const [name, item] of [...have].reverse()) {
    if (!want.has(name) || anew.has(name)) steps.push({ do: 'remove', item });
  }
  const touched = new Set(steps.flatMap(filesOf));
  for (const [name, to] of want) {
    const from = have.get(name);
    const step =
      stepFor(from, to, anew.has(name), touched) ??
      (renewed.has(name) && from ? { do: 'change', from, to } : undefined);
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

type Keys = Set<string>;

/**
 * Keys of items that are there and wanted, and yet must be taken down and made again (`anew`), or set once more in
 * place (`renewed`). Routes are renewed: the kernel may drop those of a device or an address that goes, which ones is its
 * business, and a route that others share is never missing meanwhile.
 */
function touchedByLosses(
  have: ReadonlyMap<string, StateItem>,
  want: ReadonlyMap<string, StateItem>,
): { anew: Keys; renewed: Keys } {
  const anew: Keys = new Set();
  const renewed: Keys = new Set();
  const lostDevices: Keys = new Set();
  const lostAddresses: Keys = new Set();
  /** Links that lose their far end, and with it their UDP legs; legs that are lost, and with them their settings. */
  const lostPeers: Keys = new Set();
  const lostLegs: Keys = new Set();
  for (const [name, item] of have) {
    const wanted = want.get(name);
    const gone = wanted === undefined || !(same(item, wanted) || changeable(item, wanted));
    if (item.kind === 'link' && item.type.is !== 'physical' && gone) lostDevices.add(item.name);
    if (item.kind === 'peer' && gone) lostPeers.add(item.link);
    if (item.kind === 'udp-leg' && gone) lostLegs.add(`${item.link} ${item.name}`);
    if (item.kind === 'address' && gone) lostAddresses.add(item.dev).add(bareAddress(item.address));
    if (wanted !== undefined && gone) anew.add(name);
  }
  // In creation order, so that a device lost drags along those made on it, and theirs in turn.
  for (const [name, item] of have) {
    if (!want.has(name)) continue;
    const devices = devicesOf(item);
    const onLostDevice =
      devices.some((device) => lostDevices.has(device)) ||
      (item.kind === 'udp-leg' && lostPeers.has(item.link)) ||
      (item.kind === 'leg' && item.udp === true && lostLegs.has(`${item.link} ${item.dev}`));
    if (item.kind === 'route') {
      const addresses = [...devices, ...(item.src === undefined ? [] : [item.src])];
      if (onLostDevice || addresses.some((one) => lostAddresses.has(one))) renewed.add(name);
    } else if (onLostDevice) {
      anew.add(name);
      if (item.kind === 'link' && item.type.is !== 'physical') lostDevices.add(item.name);
      if (item.kind === 'peer') lostPeers.add(item.link);
      if (item.kind === 'udp-leg') lostLegs.add(`${item.link} ${item.name}`);
    }
  }
  return { anew, renewed };
}

function bareAddress(address: string): string {
  return address.split('/', 1)[0] ?? address;
}

function filesOf(step: Step): string[] {
  const item = step.do === 'change' ? step.to : step.item;
  return item.kind === 'file' ? [item.path] : [];
}
