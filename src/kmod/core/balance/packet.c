// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every packet takes the uplink that is farthest behind its share of the bytes.
 *
 * Counted in bytes, since counting packets would let an uplink that happens to get the acknowledgements
 * carry less than its weight says. All that leaves by an uplink counts, whoever sent it there.
 */
#include "share.h"

static void plait_balance_packet_init(void *state, u32 seed)
{
	(void)seed;
	plait_share_init(state);
}

static void plait_balance_packet_set(void *state, u32 slot, const struct plait_balance_line *line)
{
	plait_share_set(state, slot, line);
}

static int plait_balance_packet_pick(void *state, const struct plait_balance_packet *packet,
				     u32 allowed)
{
	return plait_share_pick(state, packet->bytes, allowed);
}

static void plait_balance_packet_passed(void *state, u32 slot,
					const struct plait_balance_packet *packet)
{
	if (packet->outgoing)
		plait_share_charge(state, slot, packet->bytes);
}

const struct plait_balance_strategy plait_balance_packet = {
	.name = "packet",
	.per_packet = true,
	.state_size = sizeof(struct plait_share),
	.init = plait_balance_packet_init,
	.set = plait_balance_packet_set,
	.pick = plait_balance_packet_pick,
	.passed = plait_balance_packet_passed,
};
