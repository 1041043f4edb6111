/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_SCHED_DUPLICATE_H
#define PLAIT_CORE_SCHED_DUPLICATE_H

#include "../scheduler.h"

/**
 * struct plait_duplicate - state of the scheduler `duplicate` for one link
 * @live: a bit for each slot with a live leg
 */
struct plait_duplicate {
	u32 live;
};

extern const struct plait_scheduler plait_duplicate;

#endif /* PLAIT_CORE_SCHED_DUPLICATE_H */
