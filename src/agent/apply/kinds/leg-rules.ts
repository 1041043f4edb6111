// SPDX-License-Identifier: MIT
/** Rules of plait links: a link has all that are wanted, or those that it had. */
import { KernelError } from '../../kernel.ts';
import { errorCode } from '../../ports.ts';
import { type Context, type KindOperations, type Of, tolerateGone, unlessGone } from '../operation.ts';

export const legRules: KindOperations<'leg-rules'> = {
  add(context, item) {
    set(context, item);
    return () => tolerateGone(() => clear(context, item));
  },
  remove(context, item) {
    return unlessGone(
      () => clear(context, item),
      () => set(context, item),
    );
  },
  change(context, from, to) {
    set(context, to);
    return () => set(context, from);
  },
};

type Rules = Of<'leg-rules'>;

function set({ kernel, devices }: Context, { link, mask, rules }: Rules): void {
  try {
    kernel.setLegRules(devices.index(link), { mask, rules });
  } catch (error) {
    if (errorCode(error) !== 'EOPNOTSUPP') throw error;
    throw new KernelError(
      'EOPNOTSUPP',
      'the module plait_link of this kernel is too old for rules of tunnels and for scheduler duplicate',
    );
  }
}

function clear(context: Context, { link }: Rules): void {
  set(context, { kind: 'leg-rules', link, mask: 0, rules: [] });
}
