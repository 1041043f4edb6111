// SPDX-License-Identifier: GPL-2.0-only
/* A new session takes the uplink that is farthest behind its share of the sessions, and stays there. */
#include "share.h"

static void plait_balance_session_init(void *state, u32 seed)
{
	(void)seed;
	plait_share_init(state);
}

static void plait_balance_session_set(void *state, u32 slot, const struct plait_balance_line *line)
{
	plait_share_set(state, slot, line);
}

static int plait_balance_session_pick(void *state, const struct plait_balance_packet *packet,
				      u32 allowed)
{
	(void)packet;
	return plait_share_pick(state, 1, allowed);
}

static void plait_balance_session_assigned(void *state, u32 slot,
					   const struct plait_balance_packet *packet)
{
	(void)packet;
	plait_share_charge(state, slot, 1);
}

const struct plait_balance_strategy plait_balance_session = {
	.name = "session",
	.state_size = sizeof(struct plait_share),
	.init = plait_balance_session_init,
	.set = plait_balance_session_set,
	.pick = plait_balance_session_pick,
	.assigned = plait_balance_session_assigned,
};
