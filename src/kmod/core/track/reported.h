/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_REPORTED_H
#define PLAIT_CORE_TRACK_REPORTED_H

#include "tracker.h"

u32 plait_tracker_send_reported(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
				u32 bytes);
u32 plait_tracker_copy_reported(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
				u32 bytes);
int plait_tracker_keep_reported(struct plait_tracker *tracker, u32 slot, u32 serial);
bool plait_tracker_reported(struct plait_tracker *tracker, struct plait_legs *legs, u32 slot,
			    const struct plait_arrivals *arrivals, s64 *at);
struct plait_flight_packet *plait_tracker_lost(struct plait_tracker *tracker);
u16 plait_tracker_resend(struct plait_tracker *tracker, struct plait_flight_packet *packet);
void plait_tracker_remove_lost(struct plait_tracker *tracker, struct plait_flight_packet *packet);

#endif /* PLAIT_CORE_TRACK_REPORTED_H */
