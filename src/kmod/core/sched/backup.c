// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs in order of priority: only those of the first rank that has a live leg carry packets, by their weights. The next
 * rank takes over with the next packet when the last leg of this one dies, and gives back when one returns.
 */
#include "backup.h"

static void plait_backup_init(void *opaque, u64 seed)
{
	struct plait_backup *state = opaque;
	u32 i;

	for (i = 0; i < PLAIT_SLOTS; i++)
		state->line[i] = (struct plait_leg_line){ 0 };
	state->rank = PLAIT_PRIORITY_LAST;
	plait_weighted.init(&state->shares, seed);
}

static u32 plait_backup_rank(const struct plait_backup *state)
{
	u32 rank = PLAIT_PRIORITY_LAST, i;

	for (i = 0; i < PLAIT_SLOTS; i++)
		if (state->line[i].live && state->line[i].priority < rank)
			rank = state->line[i].priority;
	return rank;
}

static void plait_backup_share(struct plait_backup *state, u32 slot)
{
	struct plait_leg_line line = state->line[slot];

	line.live = line.live && line.priority == state->rank;
	plait_weighted.set(&state->shares, slot, line.weight ? &line : NULL);
}

static bool plait_backup_set(void *opaque, u32 slot, const struct plait_leg_line *line)
{
	struct plait_backup *state = opaque;
	u32 before = state->rank, i;

	state->line[slot] = line ? *line : (struct plait_leg_line){ 0 };
	state->rank = plait_backup_rank(state);
	if (state->rank == before) {
		plait_backup_share(state, slot);
		return true;
	}
	for (i = 0; i < PLAIT_SLOTS; i++)
		plait_backup_share(state, i);
	return true;
}

static u32 plait_backup_pick(void *opaque, u32 packets)
{
	struct plait_backup *state = opaque;

	return plait_weighted.pick(&state->shares, packets);
}

const struct plait_scheduler plait_backup = {
	.name = "backup",
	.state_size = sizeof(struct plait_backup),
	.init = plait_backup_init,
	.set = plait_backup_set,
	.pick = plait_backup_pick,
};
