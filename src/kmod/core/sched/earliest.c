// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leg on which a packet arrives first: a choice among the models of legs, which changes none of them.
 *
 * Each leg has a model of its path: a rate, a delay, and a window of bytes that may be in
 * flight. Packets are taken one by one, and each goes to the leg where rate, delay and what is
 * there before it let it arrive first. Taken greedily in this order packets arrive in this order,
 * however much the legs differ, as far as the models are right: nobody has to put them into order
 * again, and TCP at a far end that knows nothing of us sees one path.
 */
#include "earliest.h"

/* How much later than the shortest delay a packet may arrive for a leg to count as having room. */
#define PLAIT_HORIZON (300 * PLAIT_MS)

/*
 * May a leg carry packets by what is known of it? What nobody acknowledges can not wait until acknowledgements show
 * again what was known of a leg before it was away or suspected.
 */
static bool plait_earliest_eligible(const struct plait_leg_model *leg,
				    const struct plait_leg_request *request)
{
	return leg->trust == PLAIT_TRUST_READY ||
	       (request->untracked && leg->state == PLAIT_STATE_SEARCHING && leg->path.rate);
}

static int plait_earliest_best(const struct plait_legs *legs, s64 now,
			       const struct plait_leg_request *request, s64 *at)
{
	enum plait_trust most = legs->trust;
	u32 avoid = request->avoid | request->barred, i;
	int best = -1;

	if (avoid)
		most = plait_trust_most(legs, avoid);
	if (request->unwanted >= 0)
		avoid |= 1U << request->unwanted;
	if (most != PLAIT_TRUST_READY)
		return avoid ? plait_trust_carrier(legs, most, avoid) : legs->carrier;
	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = legs->leg[i];
		s64 arrival;

		if (avoid & 1U << i || !plait_earliest_eligible(leg, request))
			continue;
		arrival = plait_leg_arrival(leg, now, request->bytes);
		if (arrival < request->not_before)
			arrival = request->not_before;
		if (best < 0 || arrival < *at) {
			best = i;
			*at = arrival;
		}
	}
	return best;
}

/**
 * plait_earliest_choose() - the leg of the earliest arrival among those of most trust
 * @legs: all legs
 * @now: ns
 * @request: what is looked for; when there is no such leg, what it does not want is taken all the same
 * @at: gets the arrival in ns from now, unless none is ready and the one that carries goes on
 *
 * Return: the slot, or -1 when no leg is live.
 */
int plait_earliest_choose(const struct plait_legs *legs, s64 now,
			  const struct plait_leg_request *request, s64 *at)
{
	struct plait_leg_request any = *request;
	int slot = plait_earliest_best(legs, now, request, at);

	if (slot >= 0)
		return slot;
	any.unwanted = -1;
	any.avoid = 0;
	return plait_earliest_best(legs, now, &any, at);
}

/**
 * plait_earliest_choose_repair() - where a packet arrives first that was lost before
 * @legs: all legs
 * @now: ns
 * @bytes: its length
 *
 * By a lossy leg it may have to be sent for a third time, by TCP.
 *
 * Return: the slot, or -1.
 */
int plait_earliest_choose_repair(const struct plait_legs *legs, s64 now, u32 bytes)
{
	s64 earliest = PLAIT_NEVER;
	int best = -1;
	u32 i;

	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = legs->leg[i];
		s64 arrival;

		if (leg->trust != PLAIT_TRUST_READY)
			continue;
		arrival = plait_path_arrival(&leg->path, now, 0, bytes);
		if (leg->losses.lossy)
			arrival += leg->path.delay;
		if (arrival < earliest) {
			earliest = arrival;
			best = i;
		}
	}
	return best;
}

/**
 * plait_earliest_has_use() - does one of the legs that are ready have room, so that it is worth it?
 * @legs: all legs
 * @now: ns
 *
 * Return: true when it has.
 */
bool plait_earliest_has_use(struct plait_legs *legs, s64 now)
{
	s64 least = PLAIT_NEVER, earliest = PLAIT_NEVER, shortest = PLAIT_NEVER;
	u32 i;

	/* The least arrival where there is room, which mostly shows on the first look that there is use. */
	for (i = 0; i < legs->count; i++) {
		struct plait_leg_model *leg = legs->leg[i];
		s64 arrival;

		if (leg->trust != PLAIT_TRUST_READY ||
		    !plait_leg_has_room(leg, now, leg->committed))
			continue;
		arrival = plait_leg_arrival(leg, now, PLAIT_FULL_PACKET);
		if (arrival < PLAIT_HORIZON)
			return true;
		if (arrival < least)
			least = arrival;
	}
	if (least == PLAIT_NEVER)
		return false;
	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = legs->leg[i];
		s64 arrival;

		if (leg->trust != PLAIT_TRUST_READY)
			continue;
		arrival = plait_leg_arrival(leg, now, PLAIT_FULL_PACKET);
		if (arrival < earliest)
			earliest = arrival;
		if (leg->path.delay < arrival)
			arrival = leg->path.delay;
		if (arrival < shortest)
			shortest = arrival;
	}
	/* When there is none better, there is use in the slowest. */
	return least == earliest || least <= shortest + PLAIT_HORIZON;
}
