// SPDX-License-Identifier: GPL-2.0-only
/* The leg for a packet. */
#include "../probe.h"
#include "../sched/earliest.h"
#include "choice.h"

/*
 * The next packet of the connection is not to arrive before this one. When it would arrive before
 * the one before, which is when its leg stood idle, the leg waits a little.
 */
static void plait_engine_keep_order(struct plait_engine *engine, s64 now, u32 slot,
				    const struct plait_offer *packet, s64 at)
{
	struct plait_leg_model *leg = engine->legs.leg[slot];
	s64 early;

	if (!at || packet->repeated || leg->trust != PLAIT_TRUST_READY)
		return;
	early = at - plait_leg_arrival(leg, now, packet->bytes) - PLAIT_ORDER_TOLERANCE;
	if (early > 0)
		leg->held_until = (leg->held_until > now ? leg->held_until : now) + early;
	plait_tracker_expect(&engine->tracker, packet, slot, now + at);
}

/*
 * By the legs that its rule names, while one of them is live and not suspect as others are not; else by any other, if the
 * rule says so. What waits for a suspect leg is moved, and would come back to it for ever.
 */
static int plait_engine_choose_ruled(const struct plait_legs *legs, s64 now,
				     const struct plait_leg_request *request,
				     const struct plait_treatment *treatment, s64 *at)
{
	struct plait_leg_request within = *request;
	int slot;

	if (!treatment || !treatment->pinned)
		return plait_earliest_choose(legs, now, request, at);
	within.barred = ~treatment->legs | legs->excluded;
	slot = plait_earliest_choose(legs, now, &within, at);
	if (slot >= 0 || treatment->or_drop)
		return slot;
	return plait_earliest_choose(legs, now, request, at);
}

static int plait_engine_choose_tracked(struct plait_engine *engine, s64 now,
				       const struct plait_offer *packet,
				       const struct plait_offered *offered)
{
	struct plait_leg_request request = { .bytes = packet->bytes, .avoid = packet->avoid };
	struct plait_legs *legs = &engine->legs;
	s64 at = 0;
	int slot;

	if (offered->accused && legs->leg[offered->earlier]->state == PLAIT_STATE_READY)
		plait_trust_suspect(legs, offered->earlier, now);
	/* What is sent again should not be lost by the same leg again. */
	request.unwanted = offered->earlier;
	request.not_before = offered->not_before;
	slot = plait_treatment_bars(packet->treatment) ? -1 :
		       plait_probe_risk(legs, now, plait_tracker_flow(&engine->tracker, packet));
	if (slot < 0)
		slot = plait_engine_choose_ruled(legs, now, &request, packet->treatment, &at);
	if (slot >= 0)
		plait_engine_keep_order(engine, now, slot, packet, at);
	return slot;
}

/*
 * Without rates, packets that will not be acknowledged are divided by the weights, but for small
 * ones, which are mostly acknowledgements themselves.
 */
static int plait_engine_choose_untracked(struct plait_engine *engine, s64 now,
					 const struct plait_offer *packet)
{
	const struct plait_leg_request request = {
		.bytes = packet->bytes, .avoid = packet->avoid, .unwanted = -1, .untracked = true,
	};
	s64 at = 0;

	if (engine->legs.trust != PLAIT_TRUST_READY && packet->bytes > PLAIT_SMALL_PACKET &&
	    !plait_treatment_bars(packet->treatment))
		return plait_engine_first(plait_weighted.pick(&engine->fallback, 1));
	return plait_engine_choose_ruled(&engine->legs, now, &request, packet->treatment, &at);
}

/* The far ends of legs that report put packets into order, and tell of all of them. */
static int plait_engine_choose_reported(struct plait_engine *engine, s64 now,
					const struct plait_offer *packet)
{
	const struct plait_leg_request request = {
		.bytes = packet->bytes, .avoid = packet->avoid, .unwanted = -1,
	};
	s64 at = 0;

	return plait_engine_choose_ruled(&engine->legs, now, &request, packet->treatment, &at);
}

/*
 * The leg for a packet, or -1. @tracked gets whether its connection is remembered: without memory for that it is as if
 * nobody acknowledged it.
 */
int plait_engine_choose(struct plait_engine *engine, s64 now, struct plait_offer *packet, bool *tracked)
{
	struct plait_offered offered;

	*tracked = false;
	if (engine->legs.reporting)
		return plait_engine_choose_reported(engine, now, packet);
	*tracked = plait_header_takes(&packet->header) &&
		   plait_tracker_offer(&engine->tracker, &engine->legs, now, packet, &offered);
	return *tracked ? plait_engine_choose_tracked(engine, now, packet, &offered) :
			  plait_engine_choose_untracked(engine, now, packet);
}

/*
 * The other leg for a packet of two copies that leaves by @slot, or -1. Its far end gives on one of them, so it must be one
 * that reports, as @slot is. It gets copies as far as twice its window lasts: they are wanted most when it is full.
 */
int plait_engine_choose_second(const struct plait_engine *engine, s64 now, u32 slot,
			       const struct plait_offer *packet)
{
	const struct plait_legs *legs = &engine->legs;
	struct plait_leg_request request = {
		.bytes = packet->bytes, .avoid = packet->avoid, .unwanted = -1,
		.barred = ~legs->reporting | 1U << slot,
	};
	const struct plait_path *path;
	s64 at = 0;
	int second;

	if (plait_treatment_keeps(packet->treatment, slot))
		request.barred |= plait_treatment_bars(packet->treatment);
	second = plait_earliest_choose(legs, now, &request, &at);
	if (second < 0)
		return -1;
	path = &legs->leg[second]->path;
	return path->in_flight + packet->bytes > 2 * path->window ? -1 : second;
}
