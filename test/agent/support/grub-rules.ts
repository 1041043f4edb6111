// SPDX-License-Identifier: MIT
/** What GRUB starts, by the rules of src/image/boot/grub.cfg.hbs; test/image/boot holds the real one to the same. */
import { type BootState, FULL_TRIES, otherSlot, type Slot } from '../../../src/agent/boot-state.ts';

/** The slot that is started and the state that is saved; no slot: neither can be loaded. `loads`: it has a kernel that loads. */
export function grubStarts(
  state: BootState,
  loads: (slot: Slot) => boolean,
): { slot: Slot | undefined; state: BootState } {
  let { seq, active } = state;
  const tries = { ...state.tries };
  const takeATry = () => {
    if (tries[active] === 0) {
      const wanted = active;
      active = otherSlot(active);
      if (tries[active] === 0) {
        tries.a = FULL_TRIES;
        tries.b = FULL_TRIES;
        active = wanted;
      }
    }
    tries[active]--;
    seq = (seq + 1) % 3;
  };
  const now = (slot: Slot | undefined) => ({ slot, state: { seq, active, tries: { ...tries } } });
  takeATry();
  if (loads(active)) return now(active);
  tries[active] = 0;
  active = otherSlot(active);
  if (tries[active] === 0) tries[active] = FULL_TRIES;
  takeATry();
  return now(loads(active) ? active : undefined);
}
