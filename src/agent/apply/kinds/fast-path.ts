// SPDX-License-Identifier: MIT
/** The fast path. Settings replace one another whole; what it knew of connections is learned anew. */
import type { FastPathSettings } from '../../netlink/balance.ts';
import {
  type Context,
  type KindOperations,
  type Of,
  tolerateGone,
  unlessGone,
  withModule,
} from '../operation.ts';

const OFF: FastPathSettings = { devices: [], dropMark: 0 };

export const fastPath: KindOperations<'fast-path'> = {
  add(context, item) {
    const { kernel, record } = context;
    const known = record.fastPath;
    return withModule(context, 'plait_balance', 'ENOENT', () => {
      kernel.setFastPath(settings(context, item));
      record.fastPath = true;
      return () => {
        tolerateGone(() => kernel.setFastPath(OFF));
        record.fastPath = known;
      };
    });
  },
  remove(context, item) {
    const { kernel, record } = context;
    const undo = unlessGone(
      () => kernel.setFastPath(OFF),
      () => kernel.setFastPath(settings(context, item)),
    );
    record.fastPath = false;
    return () => {
      record.fastPath = true;
      return undo();
    };
  },
  change(context, from, to) {
    context.kernel.setFastPath(settings(context, to));
    return () => context.kernel.setFastPath(settings(context, from));
  },
};

function settings({ devices }: Context, item: Of<'fast-path'>): FastPathSettings {
  return { devices: item.devices.map((name) => devices.index(name)), dropMark: item.dropMark };
}
