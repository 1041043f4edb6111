// SPDX-License-Identifier: GPL-2.0-only
/*
 * Smooth weighted round robin, by packet.
 *
 * With each packet every live leg earns its weight, and the leg with the most credit carries the
 * packet and pays the sum of the weights. Credits so always sum to zero, a leg of weight w carries
 * exactly w packets of every `total`, and they are spread as evenly as the weights allow (1:3 gives
 * b a b b, not b b b a). A burst of n packets that must stay together earns and pays n times as
 * much, which keeps the ratio exact in packets, not in bursts.
 *
 * Bounds, with k live legs and bursts of at most n packets: no leg is ever n packets ahead of its
 * share, or (k - 1) * n behind. What changes weights or legs only ever takes credit and debt away,
 * so it keeps within these bounds however often it happens. With 32 legs of weight 1000 and bursts
 * of 65536 a credit stays below 2^36 and its product with the sum of weights below 2^51.
 */
#include "weighted.h"

static s64 plait_weighted_imbalance(const struct plait_weighted *state)
{
	s64 sum = 0;
	u32 i;

	for (i = 0; i < state->slots; i++)
		sum += state->leg[i].credit;
	return sum;
}

/* Makes the credits sum to zero again by forgiving what there is too much of, credit or debt. */
static void plait_weighted_settle(struct plait_weighted *state)
{
	s64 surplus = plait_weighted_imbalance(state);
	u32 i;

	for (i = 0; i < state->slots; i++) {
		struct plait_weighted_leg *leg = &state->leg[i];
		s64 part = 0;

		if (surplus > 0 && leg->credit > 0)
			part = leg->credit < surplus ? leg->credit : surplus;
		else if (surplus < 0 && leg->credit < 0)
			part = leg->credit > surplus ? leg->credit : surplus;
		leg->credit -= part;
		surplus -= part;
	}
}

/* The unit of credit is a packet divided by the sum of weights: a new sum is a new unit. */
static void plait_weighted_rescale(struct plait_weighted *state, u32 total)
{
	u32 i;

	for (i = 0; i < state->slots && state->total; i++) {
		struct plait_weighted_leg *leg = &state->leg[i];

		leg->credit = plait_div_s64(leg->credit * (s64)total, state->total);
	}
	state->total = total;
}

static u32 plait_weighted_total(const struct plait_weighted *state)
{
	u32 total = 0;
	u32 i;

	for (i = 0; i < state->slots; i++)
		if (state->leg[i].live)
			total += state->leg[i].weight;
	return total;
}

static void plait_weighted_init(void *opaque, u64 seed)
{
	struct plait_weighted *state = opaque;
	u32 i;

	(void)seed;
	for (i = 0; i < PLAIT_SLOTS; i++) {
		state->leg[i].credit = 0;
		state->leg[i].weight = 0;
		state->leg[i].live = false;
	}
	state->slots = 0;
	state->total = 0;
}

static bool plait_weighted_set(void *opaque, u32 slot, const struct plait_leg_line *line)
{
	struct plait_weighted *state = opaque;
	struct plait_weighted_leg *leg = &state->leg[slot];
	u32 weight = line ? line->weight : 0;
	bool live = line && line->live;

	if (leg->weight == weight && leg->live == live)
		return true;

	leg->weight = weight;
	leg->live = live;
	if (!live)
		leg->credit = 0;
	if (weight && slot >= state->slots)
		state->slots = slot + 1;
	while (state->slots && !state->leg[state->slots - 1].weight)
		state->slots--;

	plait_weighted_rescale(state, plait_weighted_total(state));
	plait_weighted_settle(state);
	return true;
}

static u32 plait_weighted_pick(void *opaque, u32 packets)
{
	struct plait_weighted *state = opaque;
	int best = -1;
	u32 i;

	if (packets > PLAIT_BURST_MAX)
		packets = PLAIT_BURST_MAX;

	for (i = 0; i < state->slots; i++) {
		struct plait_weighted_leg *leg = &state->leg[i];

		if (!leg->live)
			continue;
		leg->credit += (s64)leg->weight * packets;
		if (best < 0 || leg->credit > state->leg[best].credit)
			best = (int)i;
	}
	if (best < 0)
		return 0;
	state->leg[best].credit -= (s64)state->total * packets;
	return 1U << best;
}

const struct plait_scheduler plait_weighted = {
	.name = "weighted",
	.state_size = sizeof(struct plait_weighted),
	.init = plait_weighted_init,
	.set = plait_weighted_set,
	.pick = plait_weighted_pick,
};
