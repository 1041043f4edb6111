// SPDX-License-Identifier: GPL-2.0-only
/* Each packet leaves by all live legs: it is there as soon as the fastest of them lets it, and lost when all lose it. */
#include "duplicate.h"

static void plait_duplicate_init(void *opaque, u64 seed)
{
	struct plait_duplicate *state = opaque;

	(void)seed;
	state->live = 0;
}

static bool plait_duplicate_set(void *opaque, u32 slot, const struct plait_leg_line *line)
{
	struct plait_duplicate *state = opaque;

	state->live &= ~(1U << slot);
	state->live |= (u32)(line && line->live) << slot;
	return true;
}

static u32 plait_duplicate_pick(void *opaque, u32 packets)
{
	const struct plait_duplicate *state = opaque;

	(void)packets;
	return state->live;
}

const struct plait_scheduler plait_duplicate = {
	.name = "duplicate",
	.state_size = sizeof(struct plait_duplicate),
	.init = plait_duplicate_init,
	.set = plait_duplicate_set,
	.pick = plait_duplicate_pick,
};
