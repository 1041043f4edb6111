// SPDX-License-Identifier: GPL-2.0-only
/* What leaves, in the order in which the stack sends it, and by which leg. */
#include "parts.h"

/* No packet is held back for its order so that it arrives later than that. */
#define PLAIT_HOLD_MAX (500 * PLAIT_MS)

/*
 * When the packet before arrives, in ns from now. More may be known of its leg than when it was committed: it
 * arrives before anything that is committed to that leg now, which so never waits for it.
 */
static s64 plait_tracker_not_before(const struct plait_legs *legs, s64 now,
				    const struct plait_tcp_flow *flow)
{
	s64 arrives = flow->arrives - now;
	s64 last = plait_leg_arrival(legs->leg[flow->last_slot], now, 0) + 2 * PLAIT_ORDER_TOLERANCE;

	if (arrives > last)
		arrives = last;
	if (arrives > PLAIT_HOLD_MAX)
		arrives = PLAIT_HOLD_MAX;
	return arrives > 0 ? arrives : 0;
}

/**
 * plait_tracker_offer() - look at a packet in the order in which the stack sends
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @packet: will be acknowledged; gets @repeated and @flow
 * @offered: gets what is known of it
 *
 * Return: false when there is no memory for its connection: it is as one that will not be acknowledged.
 */
bool plait_tracker_offer(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
			 struct plait_offer *packet, struct plait_offered *offered)
{
	const struct plait_header *header = &packet->header;
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *earlier;
	struct plait_tcp_flow *flow;

	*offered = (struct plait_offered){ .earlier = -1 };
	packet->flow = plait_flow_take(&flight->flows, &header->key, now);
	if (packet->flow == PLAIT_NOBODY)
		return false;
	flow = plait_flow_at(&flight->flows, packet->flow);
	packet->repeated = plait_flow_retransmits(flow, header);
	plait_flow_sends(&flight->flows, flow, header);
	if (!packet->repeated) {
		offered->not_before = plait_tracker_not_before(legs, now, flow);
		return true;
	}
	if (!flow->resending || plait_before(flow->resent, header->end)) {
		flow->resent = header->end;
		flow->resending = true;
	}
	earlier = plait_flight_overlap(flight, flow, PLAIT_PACKETS, header->seq, header->end);
	if (!earlier || !plait_tracker_counts(tracker, earlier))
		return true;
	offered->earlier = earlier->slot;
	offered->accused = plait_tracker_accuses(legs, now, flow, earlier);
	return true;
}

/**
 * plait_tracker_expect() - remember when a packet is expected to arrive, for those behind it
 * @tracker: the tracker
 * @packet: the packet, which has been offered
 * @slot: its leg
 * @at: ns
 */
void plait_tracker_expect(struct plait_tracker *tracker, const struct plait_offer *packet, u32 slot,
			  s64 at)
{
	struct plait_tcp_flow *flow = plait_tracker_flow(tracker, packet);

	flow->arrives = at;
	flow->last_slot = slot;
}

/*
 * What carried the sequence numbers of a packet before stays in flight: when it arrives after all it may be the second,
 * and be reported as a duplicate. Returns whether there is such a one.
 */
static bool plait_tracker_overlaps(struct plait_tracker *tracker, struct plait_legs *legs,
				   struct plait_tcp_flow *flow, const struct plait_offer *packet)
{
	const struct plait_header *header = &packet->header;
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *earlier;
	bool any = false;

	earlier = plait_flight_overlap(flight, flow, PLAIT_DUPLICATES, header->seq, header->end);
	if (earlier) {
		earlier->repeated |= packet->repeated;
		earlier->copy &= !packet->repeated;
		any = true;
	}
	while ((earlier = plait_flight_overlap(flight, flow, PLAIT_PACKETS, header->seq,
					       header->end))) {
		any = true;
		if (!plait_flight_becomes_duplicate(flight, earlier))
			plait_tracker_lose(tracker, legs, earlier);
	}
	return any;
}

/*
 * The connection of a packet that leaves, which may have waited until its connection was forgotten. NULL: it is not
 * acknowledged, or there is no memory.
 */
static struct plait_tcp_flow *plait_tracker_flow_of(struct plait_tracker *tracker, s64 now,
						    const struct plait_offer *packet)
{
	struct plait_flows *flows = &tracker->flight.flows;
	struct plait_tcp_flow *flow;
	u16 number = packet->flow;

	if (!plait_header_takes(&packet->header))
		return NULL;
	if (!plait_flow_is(flows, number, &packet->header.key))
		number = plait_flow_take(flows, &packet->header.key, now);
	if (number == PLAIT_NOBODY)
		return NULL;
	flow = plait_flow_at(flows, number);
	if (!flow->sending)
		plait_flow_sends(flows, flow, &packet->header);
	return flow;
}

/**
 * plait_tracker_send() - a packet leaves
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @slot: its leg
 * @packet: the packet
 *
 * Return: the number of the copy that is to be kept, or -1.
 */
int plait_tracker_send(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
		       const struct plait_offer *packet)
{
	const struct plait_header *header = &packet->header;
	struct plait_leg_model *leg = legs->leg[slot];
	bool repeated = packet->repeated || packet->copied;
	struct plait_flight_packet *memory;
	struct plait_tcp_flow *flow = plait_tracker_flow_of(tracker, now, packet);

	if (!flow) {
		/* Of what is not acknowledged it is only known when it arrives where the rate is. */
		if (plait_path_ready(&leg->path) || leg->path.rate)
			plait_path_send_untracked(&leg->path, now, packet->bytes);
		return -1;
	}
	if (packet->repeated)
		flow->resent_at = now;
	/* It may have waited while it was sent again, and overtaken. */
	repeated |= flow->resending && plait_before(header->seq, flow->resent);
	repeated |= plait_tracker_overlaps(tracker, legs, flow, packet);
	memory = plait_tracker_remember(tracker, legs, now, slot, flow->number, packet, repeated,
					false);
	if (!leg->losses.lossy || !memory || repeated || plait_treatment_forbids(packet->treatment))
		return -1;
	memory->kept = plait_copies_keep(&tracker->copies, packet->bytes);
	return memory->kept == PLAIT_NO_COPY ? -1 : memory->kept;
}
