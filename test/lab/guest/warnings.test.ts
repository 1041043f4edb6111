// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findWarning } from '../../../src/lab/guest/warnings.ts';

const warnings = suite('findWarning');

const normal = [
  '[    0.000000] plait_core: loading out-of-tree module taints kernel.',
  '[    0.000000] epollctl add err fd 6, Operation not permitted',
  '[    2.500000] eth0: renamed from veth0',
  'WARN: a program said this',
  'BUG: KCSAN: data-race in tick_sched_do_timer / tick_sched_do_timer',
];

warnings('sees nothing in what a healthy kernel says', () => {
  assert.is(findWarning(normal.join('\n')), undefined);
});

for (const line of [
  'WARNING: CPU: 0 PID: 77 at net/core/dev.c:3321 skb_warn_bad_offload+0x6b/0xf0',
  'WARNING: possible circular locking dependency detected',
  'BUG: KASAN: slab-use-after-free in plait_xmit+0x10/0x20 [plait_link]',
  'BUG: KCSAN: data-race in plait_start_xmit [plait_link] / dev_get_stats',
  'BUG: sleeping function called from invalid context at mm/slab.c:1',
  'INFO: task plaitd:12 blocked for more than 120 seconds.',
  'rcu: INFO: rcu_sched self-detected stall on CPU',
  'refcount_t: underflow; use-after-free.',
  'ODEBUG: free active (active state 0) object type: timer_list',
  'unregister_netdevice: waiting for lo to become free. Usage count = 2',
  'Kernel panic - not syncing: Attempted to kill init!',
]) {
  warnings(`sees ${line.slice(0, 40)} …, and gives the line without its time`, () => {
    assert.is(findWarning([...normal, `[   12.345678] ${line}`, 'more'].join('\n')), line);
  });
}

warnings.run();
