// SPDX-License-Identifier: MIT
/** Settings of legs. */
import { type Context, type KindOperations, type Of, tolerateGone } from '../operation.ts';

const AS_IT_JOINS = { weight: 1, rate: 0, priority: 0, enabled: true };

export const leg: KindOperations<'leg'> = {
  add(context, item) {
    set(context, item);
    return () => tolerateGone(() => set(context, { ...item, ...AS_IT_JOINS }));
  },
  // A leg's settings end with its membership, which its link's item tells of.
  remove: (context, item) => () => set(context, item),
  change(context, from, to) {
    set(context, to);
    return () => set(context, from);
  },
};

function set({ kernel, devices }: Context, item: Of<'leg'>): void {
  const { dev, udp, weight, rate, priority = 0, enabled } = item;
  const change = { leg: udp ? dev : devices.index(dev), weight, rate, priority, enabled };
  kernel.setLegs(devices.index(item.link), [change]);
}
