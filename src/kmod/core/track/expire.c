// SPDX-License-Identifier: GPL-2.0-only
/* What is due: the rest of what earlier calls began, and packets that are given up. */
#include "expire.h"
#include "parts.h"

/* What left by legs before they began anew. */
static void plait_tracker_clear_forgotten(struct plait_tracker *tracker)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;

	while ((packet = plait_flight_look(flight, flight->leg[PLAIT_FLIGHT_FORGOTTEN].first)))
		plait_tracker_remove(tracker, packet);
}

static void plait_tracker_expire(struct plait_tracker *tracker, struct plait_legs *legs,
				 struct plait_flight_packet *packet)
{
	const struct plait_tcp_flow *flow = plait_flight_flow(&tracker->flight, packet);
	u32 bit = 1U << packet->slot;

	if (packet->duplicate) {
		if (flow && flow->reports)
			tracker->unanswered |= bit;
		plait_tracker_give_up(tracker, legs, packet, PLAIT_UNANSWERED);
		return;
	}
	if (flow && !packet->repeated &&
	    plait_flow_heard_other(flow, packet->slot, packet->shot.sent))
		tracker->unheard |= bit;
	plait_tracker_lose(tracker, legs, packet);
}

static void plait_tracker_expire_legs(struct plait_tracker *tracker, struct plait_legs *legs, s64 now)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;
	s64 soonest = PLAIT_NEVER;
	u32 i;

	for (i = 0; i < legs->count; i++) {
		while ((packet = plait_flight_look(flight, flight->leg[i].first)) &&
		       plait_tracker_expires(packet) <= now)
			plait_tracker_expire(tracker, legs, packet);
		if (packet && plait_tracker_expires(packet) < soonest)
			soonest = plait_tracker_expires(packet);
	}
	/* Something may be left to do. */
	tracker->expires = flight->budget ? soonest : 0;
}

/**
 * plait_tracker_do_due() - the time of &plait_tracker.expires has come; see plait_tracker_begin()
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 */
void plait_tracker_do_due(struct plait_tracker *tracker, struct plait_legs *legs, s64 now)
{
	plait_tracker_catch_up(tracker, legs);
	plait_tracker_clear_forgotten(tracker);
	plait_tracker_expire_legs(tracker, legs, now);
}

/**
 * plait_tracker_forget_leg() - a leg begins anew or ends: nothing of it is in flight
 * @tracker: the tracker
 * @legs: all legs
 * @slot: the leg
 */
void plait_tracker_forget_leg(struct plait_tracker *tracker, struct plait_legs *legs, u32 slot)
{
	plait_flight_forget_leg(&tracker->flight, slot);
	if (tracker->flight.leg[PLAIT_FLIGHT_FORGOTTEN].first != PLAIT_NOBODY)
		tracker->expires = 0;
	plait_leg_reset(legs->leg[slot]);
}
