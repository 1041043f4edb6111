// SPDX-License-Identifier: MIT
/** The balancing of traffic over the uplinks. Sessions stay where they are from one setting to the next. */
import type { BalanceSettings } from '../../netlink/balance.ts';
import type { Context, Of } from '../operation.ts';
import { replacedWhole } from './replaced-whole.ts';

export const balance = replacedWhole<'balance'>(
  'balance',
  (context, item) => context.kernel.setBalance(settings(context, item)),
  ({ kernel }) => kernel.clearBalance(),
);

function settings({ devices }: Context, item: Of<'balance'>): BalanceSettings {
  const { strategy, mask, deadSessions, local, inputs, excludes, uplinks } = item;
  return {
    strategy,
    mask,
    deadSessions,
    local,
    ...(inputs === undefined ? {} : { inputs: inputs.map((name) => devices.index(name)) }),
    excludes,
    uplinks: uplinks.map(({ dev, ...uplink }) => ({ index: devices.index(dev), ...uplink })),
  };
}
