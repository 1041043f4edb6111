// SPDX-License-Identifier: MIT
/** Shapers: a token bucket with fq_codel below it. */
import type { Qdisc } from '../../netlink/rtnl/qdisc.ts';
import { CODEL_HANDLE, TBF_CLASS, TBF_HANDLE } from '../marks.ts';
import {
  type Context,
  type KindOperations,
  type Of,
  tolerateGone,
  type Undo,
  unlessGone,
} from '../operation.ts';

export const qdisc: KindOperations<'qdisc'> = {
  add,
  remove(context, item) {
    const index = () => context.devices.index(item.dev);
    return unlessGone(
      () => context.kernel.deleteQdisc({ index: index(), kind: 'tbf', handle: TBF_HANDLE }),
      () => void add(context, item),
    );
  },
  change(context, from, to) {
    context.kernel.putQdisc(tbf(context, to), true);
    return () => context.kernel.putQdisc(tbf(context, from), true);
  },
};

function add(context: Context, item: Of<'qdisc'>): Undo {
  const { kernel } = context;
  const bucket = tbf(context, item);
  const remove = () => tolerateGone(() => kernel.deleteQdisc(bucket));
  kernel.putQdisc(bucket, false);
  try {
    kernel.putQdisc(
      { index: bucket.index, kind: 'fq_codel', handle: CODEL_HANDLE, parent: TBF_CLASS },
      false,
    );
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

function tbf({ devices }: Context, item: Of<'qdisc'>): Qdisc {
  const settings = { rate: Math.max(1, Math.round(item.rate / 8)), burst: item.burst };
  return { index: devices.index(item.dev), kind: 'tbf', handle: TBF_HANDLE, tbf: settings };
}
