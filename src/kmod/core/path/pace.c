// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pacing: a path whose rate is configured gets no more than that.
 *
 * Who waits for the time of the next packet learns of it by a timer, which may be late: by a tick of 1 ms where there are no
 * better ones, by 7.8 ms where the clock event device is the ALIX's (CS5535: 2048 Hz, and no sooner than 15 ticks).
 * What should have left meanwhile leaves then, or the rate would not be reached. After a pause in
 * which nobody waited it is a burst, so only a little may.
 */
#include "model.h"

/* What may leave at once after a pause. */
#define PLAIT_PACE_CREDIT (2 * PLAIT_MS)

/* Packets leave before their time by less than that, so that there need not be a timer for each. */
#define PLAIT_PACE_QUANTUM PLAIT_MS

/* What a timer may be late by, twice that of the ALIX. */
#define PLAIT_PACE_LATE (16 * PLAIT_MS)

/* &plait_pace.late while packets wait for the time of the next one. */
#define PLAIT_PACE_CLOSED (-1)

void plait_pace_reset(struct plait_pace *pace)
{
	pace->next = 0;
	pace->late = 0;
}

/* Is the next packet to wait, when @ahead bytes are to leave before it? */
bool plait_pace_waits(struct plait_path *path, s64 now, u32 ahead)
{
	struct plait_pace *pace = &path->pace;

	if (pace->late == PLAIT_PACE_CLOSED) {
		if (pace->next > now)
			return true;
		pace->late = plait_path_min(now - pace->next, PLAIT_PACE_LATE);
	}
	return pace->next + plait_path_time(path, ahead) >= now + PLAIT_PACE_QUANTUM;
}

void plait_pace_leave(struct plait_path *path, s64 now, u32 bytes)
{
	struct plait_pace *pace = &path->pace;
	s64 credit = PLAIT_PACE_CREDIT + plait_path_max(pace->late, 0);

	pace->next = plait_path_max(pace->next, now - credit) + plait_path_time(path, bytes);
	if (pace->next >= now + PLAIT_PACE_QUANTUM)
		pace->late = PLAIT_PACE_CLOSED;
}
