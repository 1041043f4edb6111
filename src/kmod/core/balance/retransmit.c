// SPDX-License-Identifier: GPL-2.0-only
/*
 * A new session takes the next uplink by weight among those that lose least, judged by TCP's retransmissions.
 *
 * Rates that differ by little are taken as equal, else all would run to the one that happens to be
 * best, and make it the worst. Sessions that may move leave an uplink that loses clearly more than
 * another. An uplink that nobody uses any more is forgotten to be bad within half a minute (estimate.c), and so tried
 * anew by the sessions that begin then.
 */
#include "share.h"

/* Of 10,000 segments: what counts as equal for new sessions, and what makes present ones leave. */
#define PLAIT_RETRANSMIT_EQUAL 100
#define PLAIT_RETRANSMIT_LEAVE 200

/**
 * struct plait_retransmit - state of the strategy
 * @share: sessions by weight
 * @rate: by slot, retransmissions of 10,000 segments
 * @least: the smallest rate of a live uplink
 */
struct plait_retransmit {
	struct plait_share share;
	u32 rate[PLAIT_BALANCE_SLOTS];
	u32 least;
};

static void plait_retransmit_find_least(struct plait_retransmit *state)
{
	u32 least = 10000;
	u32 i;

	for (i = 0; i < state->share.slots; i++)
		if (state->share.weight[i] && state->rate[i] < least)
			least = state->rate[i];
	state->least = least;
}

static void plait_retransmit_init(void *opaque, u32 seed)
{
	struct plait_retransmit *state = opaque;
	u32 i;

	(void)seed;
	plait_share_init(&state->share);
	for (i = 0; i < PLAIT_BALANCE_SLOTS; i++)
		state->rate[i] = 0;
	state->least = 0;
}

static void plait_retransmit_set(void *opaque, u32 slot, const struct plait_balance_line *line)
{
	struct plait_retransmit *state = opaque;

	if (!line)
		state->rate[slot] = 0;
	plait_share_set(&state->share, slot, line);
	plait_retransmit_find_least(state);
}

static int plait_retransmit_pick(void *opaque, const struct plait_balance_packet *packet, u32 allowed)
{
	const struct plait_retransmit *state = opaque;
	u32 least = 10000;
	u32 good = 0;
	u32 i;

	(void)packet;
	for (i = 0; i < state->share.slots; i++)
		if (allowed & 1u << i && state->rate[i] < least)
			least = state->rate[i];
	for (i = 0; i < state->share.slots; i++)
		if (state->rate[i] <= least + PLAIT_RETRANSMIT_EQUAL)
			good |= 1u << i;
	return plait_share_pick(&state->share, 1, allowed & good);
}

static void plait_retransmit_assigned(void *opaque, u32 slot, const struct plait_balance_packet *packet)
{
	struct plait_retransmit *state = opaque;

	(void)packet;
	plait_share_charge(&state->share, slot, 1);
}

static bool plait_retransmit_keep(const void *opaque, u32 slot)
{
	const struct plait_retransmit *state = opaque;

	return state->rate[slot] <= state->least + PLAIT_RETRANSMIT_LEAVE;
}

static void plait_retransmit_sample(void *opaque, u32 slot, const struct plait_balance_sample *sample)
{
	struct plait_retransmit *state = opaque;

	state->rate[slot] = sample->retransmission_rate;
	plait_retransmit_find_least(state);
}

const struct plait_balance_strategy plait_balance_retransmit = {
	.name = "retransmit",
	.state_size = sizeof(struct plait_retransmit),
	.init = plait_retransmit_init,
	.set = plait_retransmit_set,
	.pick = plait_retransmit_pick,
	.assigned = plait_retransmit_assigned,
	.keep = plait_retransmit_keep,
	.sample = plait_retransmit_sample,
};
