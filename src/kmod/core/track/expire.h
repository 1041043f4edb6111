/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRACK_EXPIRE_H
#define PLAIT_CORE_TRACK_EXPIRE_H

#include "tracker.h"

void plait_tracker_do_due(struct plait_tracker *tracker, struct plait_legs *legs, s64 now);
void plait_tracker_forget_leg(struct plait_tracker *tracker, struct plait_legs *legs, u32 slot);

/**
 * plait_tracker_begin() - a call begins; do what is due
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 */
static inline void plait_tracker_begin(struct plait_tracker *tracker, struct plait_legs *legs, s64 now)
{
	tracker->flight.budget = PLAIT_FLIGHT_BUDGET;
	if (now >= tracker->expires)
		plait_tracker_do_due(tracker, legs, now);
}

#endif /* PLAIT_CORE_TRACK_EXPIRE_H */
