// SPDX-License-Identifier: MIT
/** Items of plan and state side by side: the same notation for the same thing, sameness, and what hangs on what. */
import type { AddressItem, Item, LinkItem, PeerItem, RouteItem } from '../../appliance/plan-types.ts';

/**
 * An item as it is in the kernel. In a plan no device is down, no address has the kernel's own route to its subnet, and
 * all gateways are on their devices; somebody else, or an older agent, may have made things otherwise. A far end may have
 * been set with keys that the files do not hold any more.
 */
export type StateItem =
  | Exclude<Item, LinkItem | AddressItem | RouteItem | PeerItem>
  | (PeerItem & { otherKey?: true; otherPreshared?: true })
  | (LinkItem & { down?: true })
  | (AddressItem & { kernelRoute?: true })
  | (RouteItem & { offlink?: true });

/** One notation for each thing, so that keys and fields can be compared as text. */
export function normalise(item: StateItem): StateItem {
  switch (item.kind) {
    case 'route': {
      const { scope, metric, ...rest } = item;
      const behindGateway = item.via !== undefined || item.nexthops?.some((hop) => hop.via !== undefined);
      const dst = item.dst === '0.0.0.0/0' ? 'default' : withLength(item.dst);
      const reach =
        item.type === 'unreachable' ? {} : { scope: scope ?? (behindGateway ? 'global' : 'link') };
      return { ...rest, dst, ...reach, ...(metric ? { metric } : {}) };
    }
    case 'rule':
      return {
        ...item,
        ...(item.from === undefined ? {} : { from: withLength(item.from) }),
        ...(item.to === undefined ? {} : { to: withLength(item.to) }),
      };
    case 'address':
      return { ...item, address: withLength(item.address) };
    default:
      return item;
  }
}

/** Does the kernel already have what is wanted? Both sides normalised and of the same key. */
export function same(current: StateItem, wanted: StateItem): boolean {
  if (current.kind === 'link' && wanted.kind === 'link') {
    const mtu = wanted.mtu === undefined ? { mtu: current.mtu } : {};
    const type =
      wanted.type.is === 'plait' && wanted.type.mtuLimit === undefined ? { type: current.type } : {};
    return equal(current, { ...wanted, ...mtu, ...type });
  }
  if (current.kind === 'qdisc' && wanted.kind === 'qdisc') {
    // The kernel keeps rates as bytes and bursts as ticks of a clock: they read back rounded.
    return close(current.rate, wanted.rate) && close(current.burst, wanted.burst);
  }
  if (current.kind === 'service' && wanted.kind === 'service') {
    return equal(current.argv, wanted.argv);
  }
  if (current.kind === 'udp-leg' && wanted.kind === 'udp-leg')
    return equal(current, { ...wanted, number: current.number });
  return equal(current, wanted);
}

/** Can the difference be made in place? Otherwise the thing and all that hangs on it are made anew. */
export function changeable(current: StateItem, wanted: StateItem): boolean {
  if (current.kind === 'link' && wanted.kind === 'link') {
    const [from, to] = [current.type, wanted.type];
    if (from.is === 'vlan' && to.is === 'vlan') return from.id === to.id && from.parent === to.parent;
    if (from.is === 'direct' && to.is === 'direct') return from.parent === to.parent;
    return from.is === to.is;
  }
  // Links of one port have one key, and each its own far end: all are taken away before one is set anew.
  if (current.kind === 'peer' && wanted.kind === 'peer')
    return (
      current.otherKey !== true &&
      current.key === wanted.key &&
      current.peer === wanted.peer &&
      current.listen === wanted.listen
    );
  return current.kind !== 'address';
}

/** Devices that the item needs to exist. */
export function devicesOf(item: StateItem): string[] {
  switch (item.kind) {
    case 'link': {
      const below = 'parent' in item.type ? [item.type.parent] : [];
      return item.master === undefined ? below : [...below, item.master];
    }
    case 'address':
    case 'qdisc':
      return [item.dev];
    case 'route':
      return [...(item.dev === undefined ? [] : [item.dev]), ...(item.nexthops ?? []).map((hop) => hop.dev)];
    case 'leg':
      return item.udp ? [item.link] : [item.link, item.dev];
    case 'peer':
    case 'leg-rules':
      return [item.link];
    case 'udp-leg':
      return [item.link, item.uplink];
    case 'table':
      return item.table.chains.flatMap(({ base }) => base?.device ?? []);
    case 'fast-path':
      return [...item.devices];
    case 'service':
      // A helper told of a device by name holds on to the device that had it when it started.
      return item.argv;
    default:
      return [];
  }
}

/** A field that is undefined is as good as none. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((one, index) => equal(one, b[index]));
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name of Object.keys(left)) if (!equal(left[name], right[name])) return false;
  return Object.keys(right).every((name) => left[name] !== undefined || right[name] === undefined);
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(64, b / 100);
}

function withLength(prefix: string): string {
  return prefix === 'default' || prefix.includes('/') ? prefix : `${prefix}/32`;
}
