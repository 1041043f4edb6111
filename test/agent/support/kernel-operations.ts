// SPDX-License-Identifier: MIT
/**
 * Operations on a kernel by names of devices, and what comes of them: the same list is given to the tests' kernel in
 * memory and to the real one, and both must say the same.
 */
import type { Kernel } from '../../../src/agent/kernel.ts';
import type { Address } from '../../../src/agent/netlink/rtnl/address.ts';
import { IFF_UP } from '../../../src/agent/netlink/rtnl/link.ts';
import type { Route } from '../../../src/agent/netlink/rtnl/route.ts';
import type { Rule } from '../../../src/agent/netlink/rtnl/rule.ts';

/** As the agent's `Route`, with names of devices. */
export type NamedRoute = Omit<Route, 'oif' | 'nexthops'> & {
  dev?: string;
  nexthops?: { dev: string; via?: string; weight: number }[];
};
export type NamedAddress = Omit<Address, 'index'> & { dev: string };

export type Operation =
  | { do: 'plug in' | 'pull out'; port: string }
  | { do: 'up' | 'down' | 'delete'; dev: string }
  | { do: 'bridge'; dev: string }
  | { do: 'add address' | 'delete address'; address: NamedAddress }
  | { do: 'add route' | 'replace route' | 'delete route'; route: NamedRoute }
  | { do: 'add rule' | 'delete rule'; rule: Rule };

/** Ports come and go by other hands than the agent's. */
export interface Ports {
  plugIn(port: string): void;
  pullOut(port: string): void;
}

/** `ok` or the code of the error, and all state after it. */
export interface Came {
  answer: string;
  state: string[];
}

const NO_DEVICE = 9999;

export function performAll(kernel: Kernel, ports: Ports, operations: readonly Operation[]): Came[] {
  // A device that has gone is still asked for by its old number, as the agent may do.
  const indexes = new Map<string, number>();
  return operations.map((operation) => {
    for (const { name, index } of kernel.links()) indexes.set(name, index);
    let answer = 'ok';
    try {
      perform(kernel, ports, operation, (name) => indexes.get(name) ?? NO_DEVICE);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === undefined) throw error;
      answer = code;
    }
    return { answer, state: stateOf(kernel) };
  });
}

function perform(kernel: Kernel, ports: Ports, operation: Operation, index: (name: string) => number): void {
  switch (operation.do) {
    case 'plug in':
      ports.plugIn(operation.port);
      break;
    case 'pull out':
      ports.pullOut(operation.port);
      break;
    case 'up':
    case 'down':
      kernel.changeLink({ index: index(operation.dev), up: operation.do === 'up' });
      break;
    case 'delete':
      kernel.deleteLink(index(operation.dev));
      break;
    case 'bridge':
      kernel.createLink({ name: operation.dev, info: { kind: 'bridge' } });
      break;
    case 'add address':
    case 'delete address': {
      const { dev, ...rest } = operation.address;
      const address = { ...rest, index: index(dev) };
      if (operation.do === 'add address') kernel.addAddress(address);
      else kernel.deleteAddress(address);
      break;
    }
    case 'add rule':
      kernel.addRule(operation.rule);
      break;
    case 'delete rule':
      kernel.deleteRule(operation.rule);
      break;
    default: {
      const { dev, nexthops, ...rest } = operation.route;
      const route: Route = {
        ...rest,
        ...(dev === undefined ? {} : { oif: index(dev) }),
        ...(nexthops && { nexthops: nexthops.map(({ dev, ...hop }) => ({ ...hop, oif: index(dev) })) }),
      };
      if (operation.do === 'delete route') kernel.deleteRoute(route);
      else kernel.putRoute(route, operation.do === 'replace route');
    }
  }
}

/** What the agent sees of it. */
function stateOf(kernel: Kernel): string[] {
  const links = kernel.links().filter(({ name }) => name !== 'lo');
  const name = (index: number | undefined) => links.find((link) => link.index === index)?.name;
  const addresses = kernel.addresses().filter(({ index }) => name(index) !== undefined);
  // Priority 0 and those behind 32765 are the kernel's own.
  const rules = kernel.rules().filter(({ priority }) => priority > 0 && priority < 32_766);
  return [
    // Carrier follows a moment later, by itself.
    ...links.map(({ name: one, flags }) => `link ${one} ${flags & IFF_UP ? 'up' : 'down'}`),
    ...addresses.map(({ index, local, prefix, noPrefixRoute }) => {
      return `address ${name(index)} ${local}/${prefix}${noPrefixRoute ? ' no route' : ''}`;
    }),
    ...kernel.routes().map(({ oif, nexthops, ...route }) => {
      const hops = nexthops?.map(({ oif: dev, via, weight }) => [name(dev), via, weight]);
      return `route ${inOrder({ ...route, dev: name(oif), hops })}`;
    }),
    ...rules.map((rule) => `rule ${inOrder({ ...rule })}`),
  ].sort();
}

function inOrder(fields: Record<string, unknown>): string {
  return JSON.stringify(
    Object.entries(fields)
      .filter(([, field]) => field !== undefined)
      .sort(),
  );
}
