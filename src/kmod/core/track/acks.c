// SPDX-License-Identifier: GPL-2.0-only
/* What acknowledgements tell. */
#include "parts.h"

/* RFC 2883: the first block is a duplicate when it is acknowledged already or part of the second. */
static bool plait_tracker_is_duplicate(const struct plait_header *header)
{
	const struct plait_range *first = &header->sack[0], *second = &header->sack[1];

	if (!header->sacks)
		return false;
	if (plait_before(first->start, header->ack) && !plait_after(first->end, header->ack))
		return true;
	return header->sacks > 1 && !plait_before(first->start, second->start) &&
	       !plait_after(first->end, second->end);
}

/*
 * Does an acknowledgement tell nothing but that a copy of ours was a duplicate? Its sender knows of no copies: for
 * Linux more duplicates than it has sent again mean that the network makes them, and then it no longer
 * learns from those that its own haste makes (RFC 8985 calls that the reordering window). One that tells of congestion, or
 * has options that we do not know, is for the sender, whatever else it says. So is one that announces another window when
 * nothing is in flight: the sender may wait for just that. Otherwise the next acknowledgement announces it as well.
 */
static bool plait_tracker_only_for_us(struct plait_tracker *tracker, struct plait_tcp_flow *flow,
				      const struct plait_header *header)
{
	const struct plait_range *block = &header->sack[0];
	const struct plait_flight_packet *packet;

	if (!flow->acking || header->ack != flow->una || header->sacks != 1 ||
	    plait_header_takes(header) || header->flags != PLAIT_TCP_ACK ||
	    (header->window != flow->window && flow->end == flow->una) || header->other_options)
		return false;
	packet = plait_flight_overlap(&tracker->flight, flow, PLAIT_DUPLICATES, block->start,
				      block->end);
	return packet && packet->copy && packet->seq == block->start && packet->end == block->end;
}

/* Gives the highest sequence number that was told of. */
static u32 plait_tracker_take_sacks(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
				    struct plait_tcp_flow *flow, const struct plait_header *header,
				    bool duplicate)
{
	u32 end = flow->una, i;

	for (i = 0; i < header->sacks; i++) {
		const struct plait_range *block = &header->sack[i];
		bool again = !i && duplicate;

		if (!plait_flow_believes_sack(flow, block, again))
			continue;
		if (plait_after(block->end, end))
			end = block->end;
		if (!again) {
			plait_tracker_arrived_within(tracker, legs, now, flow, block);
			continue;
		}
		flow->reports = true;
		plait_tracker_arrived_again(tracker, legs, now, flow, block);
	}
	return end;
}

/**
 * plait_tracker_expects() - may a header tell something new?
 * @tracker: the tracker
 * @header: the header, with options; its key is that of our side
 *
 * Most segments that come in carry data, and acknowledge what was acknowledged before.
 *
 * Return: false when it does not.
 */
bool plait_tracker_expects(const struct plait_tracker *tracker, const struct plait_header *header)
{
	const struct plait_flows *flows = &tracker->flight.flows;
	const struct plait_tcp_flow *flow;
	u16 index;

	if (!(header->flags & PLAIT_TCP_ACK))
		return false;
	index = plait_flow_find(flows, &header->key);
	if (index == PLAIT_NOBODY)
		return false;
	flow = plait_flow_at(flows, index);
	return plait_flow_believes(flow, header->ack) &&
	       (!flow->acking || plait_after(header->ack, flow->una) || header->sacks ||
		header->window != flow->window);
}

/**
 * plait_tracker_acknowledge() - a header came in that may acknowledge what left
 * @tracker: the tracker
 * @legs: all legs; of those whose packets arrived, &plait_legs.heard is set
 * @now: ns
 * @header: the header, with options; its key is that of our side
 * @acked: gets what it told
 *
 * Return: false when nothing was believed, and nothing has changed.
 */
bool plait_tracker_acknowledge(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
			       const struct plait_header *header, struct plait_acked *acked)
{
	u16 index = plait_flow_find(&tracker->flight.flows, &header->key);
	bool duplicate = plait_tracker_is_duplicate(header);
	struct plait_tcp_flow *flow;

	if (!(header->flags & PLAIT_TCP_ACK) || index == PLAIT_NOBODY)
		return false;
	flow = plait_flow_at(&tracker->flight.flows, index);
	if (!plait_flow_believes(flow, header->ack))
		return false;

	tracker->flight.flows.last = index;
	acked->flow = index;
	acked->ours = duplicate && plait_tracker_only_for_us(tracker, flow, header);
	if (!flow->acking || !plait_before(header->ack, flow->una))
		flow->window = header->window;
	plait_flow_acks(flow, header->ack, now);
	flow->used = now;
	if (!plait_tracker_arrived_before(tracker, legs, now, flow, true))
		plait_tracker_is_behind(tracker, flow);
	acked->end = plait_tracker_take_sacks(tracker, legs, now, flow, header, duplicate);
	return true;
}
