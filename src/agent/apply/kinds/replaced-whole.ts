// SPDX-License-Identifier: MIT
/** Things of plait_balance of which there is one at most: setting it replaces it whole, and the record says that it is ours. */
import type { StateItem } from '../items.ts';
import {
  type Context,
  type KindOperations,
  type Of,
  tolerateGone,
  unlessGone,
  withModule,
} from '../operation.ts';

export function replacedWhole<K extends StateItem['kind']>(
  mark: 'balance' | 'fastPath',
  set: (context: Context, item: Of<K>) => void,
  clear: (context: Context) => void,
): KindOperations<K> {
  return {
    add(context, item) {
      const { record } = context;
      const known = record[mark];
      return withModule(context, 'plait_balance', 'ENOENT', () => {
        set(context, item);
        record[mark] = true;
        return () => {
          tolerateGone(() => clear(context));
          record[mark] = known;
        };
      });
    },
    remove(context, item) {
      const { record } = context;
      const undo = unlessGone(
        () => clear(context),
        () => set(context, item),
      );
      record[mark] = false;
      return () => {
        record[mark] = true;
        return undo();
      };
    },
    change(context, from, to) {
      set(context, to);
      return () => set(context, from);
    },
  };
}
