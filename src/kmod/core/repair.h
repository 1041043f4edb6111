/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_REPAIR_H
#define PLAIT_CORE_REPAIR_H

#include "track/tracker.h"

/* Packets that wait to be sent again; a power of two. */
#define PLAIT_REPAIR_MAX 64

/**
 * struct plait_repair - packets that are lost and to be sent again
 * @lost: their places among those in flight, a ring. What became of one meanwhile shows when it is taken out
 * @first: the oldest
 * @count: how many there are
 */
struct plait_repair {
	u16 lost[PLAIT_REPAIR_MAX];
	u8 first;
	u8 count;
};

void plait_repair_init(struct plait_repair *repair);
void plait_repair_judge(struct plait_repair *repair, struct plait_tracker *tracker,
			struct plait_legs *legs, s64 now, const struct plait_acked *acked);
struct plait_flight_packet *plait_repair_next(struct plait_repair *repair,
					      struct plait_tracker *tracker);
u16 plait_repair_send(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
		      struct plait_flight_packet *packet);

#endif /* PLAIT_CORE_REPAIR_H */
