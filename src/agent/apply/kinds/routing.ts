// SPDX-License-Identifier: MIT
/** Addresses, routes and policy rules. */
import type { Address } from '../../netlink/rtnl/address.ts';
import { parsePrefix } from '../../netlink/rtnl/ipv4.ts';
import { type Route, RT_SCOPE_LINK, RT_SCOPE_UNIVERSE } from '../../netlink/rtnl/route.ts';
import type { Rule } from '../../netlink/rtnl/rule.ts';
import { PROTOCOL } from '../marks.ts';
import { type Context, type KindOperations, type Of, tolerateGone, unlessGone } from '../operation.ts';

export const address: KindOperations<'address'> = {
  add(context, item) {
    const added = addressOf(context, item);
    context.kernel.addAddress(added);
    return () => tolerateGone(() => context.kernel.deleteAddress(added));
  },
  remove(context, item) {
    return unlessGone(
      () => context.kernel.deleteAddress(addressOf(context, item)),
      () => context.kernel.addAddress(addressOf(context, item)),
    );
  },
};

export const route: KindOperations<'route'> = {
  add(context, item) {
    const added = routeOf(context, item);
    context.kernel.putRoute(added, false);
    return () => tolerateGone(() => context.kernel.deleteRoute(added));
  },
  remove(context, item) {
    return unlessGone(
      () => context.kernel.deleteRoute(routeOf(context, item)),
      () => context.kernel.putRoute(routeOf(context, item), true),
    );
  },
  change(context, from, to) {
    context.kernel.putRoute(routeOf(context, to), true);
    return () => context.kernel.putRoute(routeOf(context, from), true);
  },
};

export const rule: KindOperations<'rule'> = {
  add({ kernel }, item) {
    const added = ruleOf(item);
    kernel.addRule(added);
    return () => tolerateGone(() => kernel.deleteRule(added));
  },
  remove({ kernel }, item) {
    return unlessGone(
      () => kernel.deleteRule(ruleOf(item)),
      () => kernel.addRule(ruleOf(item)),
    );
  },
  change({ kernel }, from, to) {
    // First the new one: there is always one in force.
    kernel.addRule(ruleOf(to));
    const undoAdd = () => tolerateGone(() => kernel.deleteRule(ruleOf(to)));
    try {
      kernel.deleteRule(ruleOf(from));
    } catch (error) {
      undoAdd();
      throw error;
    }
    return () => {
      kernel.addRule(ruleOf(from));
      undoAdd();
    };
  },
};

function addressOf({ devices }: Context, item: Of<'address'>): Address {
  const { address: local, prefix } = parsePrefix(item.address);
  return {
    index: devices.index(item.dev),
    local,
    prefix,
    ...(item.peer === undefined ? {} : { peer: item.peer }),
    ...(item.kernelRoute ? {} : { noPrefixRoute: true }),
  };
}

function routeOf({ devices }: Context, item: Of<'route'>): Route {
  const { address: dst, prefix } = parsePrefix(item.dst);
  const { via, src, nexthops } = item;
  const byRouter = via !== undefined || nexthops !== undefined;
  return {
    table: item.table,
    protocol: PROTOCOL,
    scope: item.scope === 'link' ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
    dst,
    prefix,
    metric: item.metric ?? 0,
    ...(item.type === 'unreachable' ? { unreachable: true } : {}),
    ...(byRouter && !item.offlink ? { onlink: true } : {}),
    ...(item.dev === undefined ? {} : { oif: devices.index(item.dev) }),
    ...(via === undefined ? {} : { via }),
    ...(src === undefined ? {} : { src }),
    ...(nexthops === undefined
      ? {}
      : {
          nexthops: nexthops.map((hop) => ({
            oif: devices.index(hop.dev),
            weight: hop.weight,
            ...(hop.via === undefined ? {} : { via: hop.via }),
          })),
        }),
  };
}

function ruleOf(item: Of<'rule'>): Rule {
  return {
    priority: item.priority,
    protocol: PROTOCOL,
    table: item.table,
    ...(item.from === undefined ? {} : { from: parsePrefix(item.from) }),
    ...(item.to === undefined ? {} : { to: parsePrefix(item.to) }),
    ...(item.iif === undefined ? {} : { iif: item.iif }),
    ...(item.mark === undefined ? {} : { mark: item.mark }),
    ...(item.suppressPrefixLength === undefined ? {} : { suppressPrefixLength: item.suppressPrefixLength }),
  };
}
