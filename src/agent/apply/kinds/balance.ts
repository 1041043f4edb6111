// SPDX-License-Identifier: MIT
/** The balancing of traffic over the uplinks. Settings replace one another whole; sessions stay where they are. */
import type { BalanceSettings } from '../../netlink/balance.ts';
import {
  type Context,
  type Done,
  type KindOperations,
  type Of,
  tolerateGone,
  unlessGone,
  withModule,
} from '../operation.ts';

export const balance: KindOperations<'balance'> = {
  add(context, item) {
    const { kernel, record } = context;
    const known = record.balance;
    const undo = () => {
      tolerateGone(() => kernel.clearBalance());
      record.balance = known;
    };
    return withModule(context, 'plait_balance', 'ENOENT', () => {
      kernel.setBalance(settings(context, item));
      record.balance = true;
      return undo;
    });
  },
  remove(context, item): Done {
    const { kernel, record } = context;
    const undo = unlessGone(
      () => kernel.clearBalance(),
      () => kernel.setBalance(settings(context, item)),
    );
    record.balance = false;
    return () => {
      record.balance = true;
      return undo();
    };
  },
  change(context, from, to) {
    context.kernel.setBalance(settings(context, to));
    return () => context.kernel.setBalance(settings(context, from));
  },
};

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
