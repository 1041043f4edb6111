// SPDX-License-Identifier: GPL-2.0-only
/* What has arrived, of a connection: told to the legs by which it left, and forgotten. */
#include "parts.h"

/* A packet that was taken for lost has arrived, or one that left instead of such a one. */
static void plait_tracker_late(struct plait_legs *legs, s64 at,
			       const struct plait_flight_packet *packet)
{
	const struct plait_feedback late = { .outcome = PLAIT_LATE };

	if (packet->missed && !packet->repeated)
		plait_leg_hear(legs, packet->slot, &late);
	/* Sooner than its own path allows: it was the first one that arrived. */
	if (packet->repair && !packet->duplicate && plait_legs_has(legs, packet->lost_by) &&
	    at - packet->shot.sent < legs->leg[packet->slot]->path.delay)
		plait_leg_hear(legs, packet->lost_by, &late);
}

static void plait_tracker_deliver(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_flight_packet *packet, bool timely)
{
	struct plait_feedback feedback = { .outcome = PLAIT_ARRIVED, .news = PLAIT_NEWS_NONE, .at = at };
	struct plait_tcp_flow *flow = plait_flight_flow(&tracker->flight, packet);

	feedback.own = !packet->repeated || packet->duplicate;
	if (timely && !packet->repeated)
		feedback.news = PLAIT_NEWS_EXACT;
	else if (timely && packet->duplicate)
		feedback.news = PLAIT_NEWS_LATEST;
	if (feedback.own && flow)
		plait_flow_hears(flow, packet->slot, at);
	if ((packet->missed || packet->repair) && plait_tracker_counts(tracker, packet))
		plait_tracker_late(legs, at, packet);
	plait_tracker_tell(tracker, legs, packet, &feedback);
	plait_tracker_remove(tracker, packet);
}

/*
 * Delivers a packet. As a path keeps the order, a duplicate that left before it and was not reported until now is
 * lost.
 */
static void plait_tracker_arrived(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_flight_packet *packet, bool timely)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *first;

	while (plait_tracker_counts(tracker, packet) &&
	       (first = plait_flight_look(flight, flight->leg[packet->slot].first)) &&
	       first != packet && first->duplicate)
		plait_tracker_lose(tracker, legs, first);
	plait_tracker_deliver(tracker, legs, at, packet, timely);
}

/* All packets of a connection that are acknowledged in order. Returns false when some are left for the next call. */
bool plait_tracker_arrived_before(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_tcp_flow *flow, bool timely)
{
	struct plait_flight *flight = &tracker->flight;
	u16 next = flow->packets[PLAIT_PACKETS].first;
	struct plait_flight_packet *packet;

	while ((packet = plait_flight_look(flight, next)) && plait_before(packet->seq, flow->una)) {
		next = packet->in_flow.next;
		if (!plait_after(packet->end, flow->una))
			plait_tracker_arrived(tracker, legs, at, packet, timely);
	}
	return flight->budget;
}

/* All packets of a connection that lie within a block. Removing one takes none of the same list with it. */
void plait_tracker_arrived_within(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_tcp_flow *flow, const struct plait_range *block)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;
	u16 next;

	if (!plait_flight_seek(flight, flow, PLAIT_PACKETS, block->start, &next))
		return;
	while ((packet = plait_flight_look(flight, next)) && plait_before(packet->seq, block->end)) {
		next = packet->in_flow.next;
		if (!plait_after(packet->end, block->end))
			plait_tracker_arrived(tracker, legs, at, packet, true);
	}
}

/* Removing a duplicate takes those before it on its leg with it: each is looked for anew. */
void plait_tracker_arrived_again(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				 struct plait_tcp_flow *flow, const struct plait_range *block)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;
	u16 next;

	while (plait_flight_seek(flight, flow, PLAIT_DUPLICATES, block->start, &next)) {
		packet = plait_flight_look(flight, next);
		if (!packet || plait_after(packet->end, block->end))
			return;
		plait_tracker_arrived(tracker, legs, at, packet, true);
	}
}

void plait_tracker_is_behind(struct plait_tracker *tracker, struct plait_tcp_flow *flow)
{
	struct plait_flows *flows = &tracker->flight.flows;

	tracker->expires = 0;
	if (flow->behind)
		return;
	flow->behind = true;
	flow->next_behind = flows->behind;
	flows->behind = flow->number;
}

/* What earlier acknowledgements told of, and was too much for them. */
void plait_tracker_catch_up(struct plait_tracker *tracker, struct plait_legs *legs)
{
	struct plait_flows *flows = &tracker->flight.flows;

	while (flows->behind != PLAIT_NOBODY && tracker->flight.budget) {
		struct plait_tcp_flow *flow = plait_flow_at(flows, flows->behind);

		if (flow->acking &&
		    !plait_tracker_arrived_before(tracker, legs, flow->acked_at, flow, false))
			return;
		flow->behind = false;
		flows->behind = flow->next_behind;
	}
}
