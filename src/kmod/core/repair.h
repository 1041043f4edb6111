/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_REPAIR_H
#define PLAIT_CORE_REPAIR_H

#include "flight.h"
#include "scheduler.h"

/**
 * struct plait_repair - numbers of the copies that the caller keeps
 * @next: the one after each in the list that it is in, PLAIT_NOBODY after the last
 * @free: the first that is not used
 * @released: the first of those whose copies are not needed any more, which the caller was not told
 * @bytes: length of all copies
 * @flow: the connection that may have packets to be sent again; PLAIT_NOBODY when none has
 */
struct plait_repair {
	u16 next[PLAIT_KEPT];
	u16 free;
	u16 released;
	u32 bytes;
	u16 flow;
};

struct plait_earliest;

void plait_repair_init(struct plait_repair *repair);
int plait_repair_keep(struct plait_repair *repair, struct plait_flight_packet *packet);
void plait_repair_release(struct plait_repair *repair, struct plait_flight_packet *packet);
void plait_repair_arrived(struct plait_earliest *state, s64 now,
			  const struct plait_flight_packet *packet);
void plait_repair_judge(struct plait_earliest *state, s64 now, u16 flow,
			const struct plait_tcp *tcp);
int plait_repair_next(void *opaque, s64 now, u32 *number);
int plait_repair_released(void *opaque);

#endif /* PLAIT_CORE_REPAIR_H */
