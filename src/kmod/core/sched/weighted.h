/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_WEIGHTED_H
#define PLAIT_CORE_WEIGHTED_H

#include "../scheduler.h"

/**
 * struct plait_weighted_leg - what the weighted scheduler knows of a leg
 * @credit: how far the leg is behind (above 0) or ahead (below 0) of its share, in packets times
 *	the sum of weights; 0 while the leg is not live
 * @weight: its weight, 0 when the slot has no leg
 * @live: whether it may be chosen
 */
struct plait_weighted_leg {
	s64 credit;
	u32 weight;
	bool live;
};

/**
 * struct plait_weighted - state of the weighted scheduler for one link
 * @leg: by slot
 * @slots: slots from here on have no leg
 * @total: sum of the weights of the live legs
 */
struct plait_weighted {
	struct plait_weighted_leg leg[PLAIT_SLOTS];
	u32 slots;
	u32 total;
};

extern const struct plait_scheduler plait_weighted;

#endif /* PLAIT_CORE_WEIGHTED_H */
