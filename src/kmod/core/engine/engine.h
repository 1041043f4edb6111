/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_ENGINE_H
#define PLAIT_CORE_ENGINE_H

#include "../repair.h"
#include "../sched/weighted.h"
#include "../trust.h"

/**
 * struct plait_engine - state of the scheduler `earliest` for one link
 * @legs: what is known of each leg
 * @queued: a bit for each slot whose queue has bytes
 * @fallback: chooses while nothing is known of any leg
 * @repair: what is lost and to be sent again
 * @tracker: what is in flight
 */
struct plait_engine {
	struct plait_legs legs;
	u32 queued;
	struct plait_weighted fallback;
	struct plait_repair repair;
	struct plait_tracker tracker;
};

extern const struct plait_scheduler plait_earliest;

#endif /* PLAIT_CORE_ENGINE_H */
