/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the tracker. */
#ifndef PLAIT_CORE_TRACK_PARTS_H
#define PLAIT_CORE_TRACK_PARTS_H

#include "seek.h"
#include "tracker.h"

/* A packet counts until its leg begins anew. */
static inline bool plait_tracker_counts(const struct plait_tracker *tracker,
					const struct plait_flight_packet *packet)
{
	return packet->leg_life == tracker->flight.leg_life[packet->slot];
}

/* A packet that is not heard of for twice its time and that much more is given up. */
#define PLAIT_PATIENCE (200 * PLAIT_MS)

/* When a packet is given up. */
static inline s64 plait_tracker_expires(const struct plait_flight_packet *packet)
{
	return 2 * packet->due - packet->shot.sent + PLAIT_PATIENCE;
}

static inline void plait_tracker_expire_at(struct plait_tracker *tracker, s64 at)
{
	if (at < tracker->expires)
		tracker->expires = at;
}

/* tracker.c */
void plait_tracker_leave(struct plait_tracker *tracker, struct plait_leg_model *leg, s64 now, u32 bytes,
			 struct plait_flight_packet *memory);
void plait_tracker_remove(struct plait_tracker *tracker, struct plait_flight_packet *packet);
void plait_tracker_tell(struct plait_tracker *tracker, struct plait_legs *legs,
			const struct plait_flight_packet *packet, struct plait_feedback *feedback);
void plait_tracker_give_up(struct plait_tracker *tracker, struct plait_legs *legs,
			   struct plait_flight_packet *packet, enum plait_outcome outcome);

/* deliver.c */
bool plait_tracker_arrived_before(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_tcp_flow *flow, bool timely);
void plait_tracker_arrived_within(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_tcp_flow *flow, const struct plait_range *block);
void plait_tracker_arrived_again(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				 struct plait_tcp_flow *flow, const struct plait_range *block);
void plait_tracker_is_behind(struct plait_tracker *tracker, struct plait_tcp_flow *flow);
void plait_tracker_catch_up(struct plait_tracker *tracker, struct plait_legs *legs);

/* silence.c */
bool plait_tracker_accuses(struct plait_legs *legs, s64 now, const struct plait_tcp_flow *flow,
			   const struct plait_flight_packet *earlier);

#endif /* PLAIT_CORE_TRACK_PARTS_H */
