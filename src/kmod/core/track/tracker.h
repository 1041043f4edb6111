/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_TRACKER_H
#define PLAIT_CORE_TRACK_TRACKER_H

#include "../leg.h"
#include "flight.h"

/**
 * struct plait_tracker - what left and is not known to have arrived
 * @expires: no packet in flight is to be given up before, and nothing else is to be done, ns
 * @unanswered: legs, a bit each, of which a copy vanished whose arrival would have been reported
 * @unheard: legs, a bit each, of which a packet vanished while its connection heard of another leg
 * @copies: numbers of the copies that the caller keeps
 * @flight: packets and connections
 */
struct plait_tracker {
	s64 expires;
	u32 unanswered;
	u32 unheard;
	struct plait_copies copies;
	struct plait_flight flight;
};

/**
 * struct plait_offered - what is known of a packet in the order in which the stack sends
 * @earlier: the leg on which its sequence numbers are in flight, or -1
 * @accused: the retransmission speaks against that leg
 * @not_before: when, in ns from now, the packet before it arrives; 0 when it has none
 */
struct plait_offered {
	int earlier;
	bool accused;
	s64 not_before;
};

/**
 * struct plait_acked - what an acknowledgement told
 * @flow: its connection
 * @ours: it tells of nothing but a copy of ours
 * @end: the highest sequence number that it tells of
 */
struct plait_acked {
	u16 flow;
	bool ours;
	u32 end;
};

void plait_tracker_init(struct plait_tracker *tracker, u64 seed);
void plait_tracker_end(struct plait_tracker *tracker);
bool plait_tracker_trim(struct plait_tracker *tracker, s64 now);
bool plait_tracker_offer(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
			 struct plait_offer *packet, struct plait_offered *offered);
void plait_tracker_expect(struct plait_tracker *tracker, const struct plait_offer *packet, u32 slot,
			  s64 at);
struct plait_flight_packet *plait_tracker_remember(struct plait_tracker *tracker,
						   struct plait_legs *legs, s64 now, u32 slot,
						   u16 flow, const struct plait_offer *packet,
						   bool repeated, bool duplicate);
int plait_tracker_send(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
		       const struct plait_offer *packet);
void plait_tracker_lose(struct plait_tracker *tracker, struct plait_legs *legs,
			struct plait_flight_packet *packet);
bool plait_tracker_expects(const struct plait_tracker *tracker, const struct plait_header *header);
bool plait_tracker_acknowledge(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
			       const struct plait_header *header, struct plait_acked *acked);
u32 plait_tracker_silent(struct plait_tracker *tracker, const struct plait_legs *legs, s64 now,
			 u16 flow, const struct plait_header *header);

/**
 * plait_tracker_flow() - the connection of a packet
 * @tracker: the tracker
 * @packet: for which plait_tracker_offer() was true
 *
 * Return: the connection.
 */
static inline struct plait_tcp_flow *plait_tracker_flow(struct plait_tracker *tracker,
							const struct plait_offer *packet)
{
	return plait_flow_at(&tracker->flight.flows, packet->flow);
}

#endif /* PLAIT_CORE_TRACK_TRACKER_H */
