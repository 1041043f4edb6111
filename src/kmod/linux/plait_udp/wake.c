// SPDX-License-Identifier: GPL-2.0-only
/* Has what is done for a far end be done: in softirq by its timer, in a process by its work. */
#include <linux/hrtimer.h>
#include <linux/workqueue.h>

#include "plait_udp.h"

/**
 * plait_udp_timer_set() - have the timer run not later than this
 * @peer: its lock is held
 * @at: ns; PLAIT_NEVER: no matter
 */
void plait_udp_timer_set(struct plait_udp_peer *peer, s64 at)
{
	if (at == PLAIT_NEVER || (peer->armed && peer->armed <= at))
		return;
	peer->armed = at;
	hrtimer_start(&peer->timer, ns_to_ktime(at), HRTIMER_MODE_ABS_SOFT);
}

/**
 * plait_udp_peer_wake() - something is to be done in a process
 * @peer: for it. In any context
 */
void plait_udp_peer_wake(struct plait_udp_peer *peer)
{
	mod_delayed_work(system_wq, &peer->work, 0);
}
