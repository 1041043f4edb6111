// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every packet takes the uplink with the most unused bandwidth in percent of what it has, times its weight.
 *
 * So with equal weights all uplinks are used to the same degree, slow ones too, however little there is to send.
 */
#include "usage.h"

static s64 plait_balance_headroom_room(s64 capacity, s64 used)
{
	return plait_div_s64((capacity - used) << 16, capacity);
}

static int plait_balance_headroom_pick(void *state, const struct plait_balance_packet *packet,
				       u32 allowed)
{
	return plait_usage_pick(state, packet, allowed, plait_balance_headroom_room);
}

const struct plait_balance_strategy plait_balance_headroom = {
	.name = "headroom",
	.per_packet = true,
	.counts_strangers = true,
	.state_size = sizeof(struct plait_usage),
	.init = plait_usage_init,
	.set = plait_usage_set,
	.pick = plait_balance_headroom_pick,
	.assigned = plait_usage_assigned,
	.passed = plait_usage_passed,
};
