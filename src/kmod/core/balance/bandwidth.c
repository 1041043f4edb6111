// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every packet takes the uplink with the most unused bandwidth, in bit/s times its weight.
 *
 * With little traffic the fast uplinks have it all; a slow one joins in when no other has more room than
 * it. Where both bandwidths are known the direction with less room counts.
 */
#include "usage.h"

static s64 plait_balance_bandwidth_room(s64 capacity, s64 used)
{
	return capacity - used;
}

static int plait_balance_bandwidth_pick(void *state, const struct plait_balance_packet *packet,
					u32 allowed)
{
	return plait_usage_pick(state, packet, allowed, plait_balance_bandwidth_room);
}

const struct plait_balance_strategy plait_balance_bandwidth = {
	.name = "bandwidth",
	.per_packet = true,
	.counts_strangers = true,
	.state_size = sizeof(struct plait_usage),
	.init = plait_usage_init,
	.set = plait_usage_set,
	.pick = plait_balance_bandwidth_pick,
	.assigned = plait_usage_assigned,
	.passed = plait_usage_passed,
};
