// SPDX-License-Identifier: GPL-2.0-only
/* Legs of which nothing arrives, as far as the connections show that cross them. */
#include "parts.h"

/* Two retransmissions of different far ends within that time speak against a leg. */
#define PLAIT_ACCUSATION_LIFE PLAIT_S

static bool plait_tracker_overdue(const struct plait_leg_model *leg, s64 now,
				  const struct plait_flight_packet *packet)
{
	s64 margin = plait_leg_margin(leg);

	return now - packet->due > margin && now - leg->heard > margin;
}

/*
 * Does a retransmission speak against the leg of the packet before it? The far end may as well be dead: so only when
 * the connection heard of another leg since, or the packets of another far end are retransmitted, too.
 */
bool plait_tracker_accuses(struct plait_legs *legs, s64 now, const struct plait_tcp_flow *flow,
			   const struct plait_flight_packet *earlier)
{
	struct plait_leg_model *leg = legs->leg[earlier->slot];
	struct plait_suspicion *suspicion = &leg->suspicion;
	bool agree = suspicion->accused_at && now - suspicion->accused_at < PLAIT_ACCUSATION_LIFE;
	u32 differ = 0, i;

	if (!plait_tracker_overdue(leg, now, earlier))
		return false;
	if (plait_flow_heard_other(flow, earlier->slot, earlier->shot.sent))
		return true;
	for (i = 0; i < 4 && agree; i++)
		differ |= suspicion->accused_for[i] ^ flow->key.destination[i];
	if (agree && differ)
		return true;
	suspicion->accused_at = now;
	for (i = 0; i < 4; i++)
		suspicion->accused_for[i] = flow->key.destination[i];
	return false;
}

/*
 * Does an acknowledgement show that a packet of its connection is missing, and not only one before it, behind
 * which a far end that puts packets into order has it wait?
 */
static bool plait_tracker_missing(const struct plait_tcp_flow *flow,
				  const struct plait_flight_packet *packet,
				  const struct plait_header *header)
{
	u32 i;

	if (!plait_before(header->ack, packet->seq))
		return true;
	for (i = 0; i < header->sacks; i++)
		if (plait_flow_believes_sack(flow, &header->sack[i], false) &&
		    plait_before(packet->seq, header->sack[i].start))
			return true;
	return false;
}

/**
 * plait_tracker_silent() - after something arrived: are there legs of which nothing does?
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @flow: the connection that was acknowledged
 * @header: the acknowledgement
 *
 * Return: a bit for each slot with such a leg.
 */
u32 plait_tracker_silent(struct plait_tracker *tracker, const struct plait_legs *legs, s64 now,
			 u16 flow, const struct plait_header *header)
{
	struct plait_flight *flight = &tracker->flight;
	const struct plait_tcp_flow *of = plait_flow_at(&flight->flows, flow);
	u32 silent = 0, i;

	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = legs->leg[i];
		const struct plait_flight_packet *packet;

		/* While the path is searched nothing is due. */
		if (leg->state <= PLAIT_STATE_SUSPECT || !leg->tracked || !plait_path_ready(&leg->path) ||
		    now - leg->heard <= plait_leg_margin(leg))
			continue;
		packet = plait_flight_look(flight, flight->leg[i].first);
		if (packet && plait_tracker_overdue(leg, now, packet) && packet->flow == flow &&
		    plait_flight_flow(flight, packet) &&
		    plait_tracker_missing(of, packet, header))
			silent |= 1U << i;
	}
	return silent;
}
