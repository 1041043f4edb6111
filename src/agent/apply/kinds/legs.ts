// SPDX-License-Identifier: MIT
/** Settings of legs. */
import { type Context, type KindOperations, type Of, tolerateGone } from '../operation.ts';

const DEFAULT_WEIGHT = 1;

export const leg: KindOperations<'leg'> = {
  add(context, item) {
    set(context, item);
    return () => tolerateGone(() => set(context, { ...item, weight: DEFAULT_WEIGHT, enabled: true }));
  },
  // A leg's settings end with its membership, which its link's item tells of.
  remove: (context, item) => () => set(context, item),
  change(context, from, to) {
    set(context, to);
    return () => set(context, from);
  },
};

function set({ kernel, devices }: Context, item: Of<'leg'>): void {
  const change = { index: devices.index(item.dev), weight: item.weight, enabled: item.enabled };
  kernel.setLegs(devices.index(item.link), [change]);
}
