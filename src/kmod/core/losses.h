/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_LOSSES_H
#define PLAIT_CORE_LOSSES_H

#include "plait_port.h"

/* Of so many packets at most it is known how many were lost; older ones count for half, then a quarter … */
#define PLAIT_LOSSES_SPAN 2048

/**
 * struct plait_losses - how many packets a path loses
 * @arrived: packets that arrived
 * @lost: that were lost meanwhile, though no queue was long
 * @lossy: it loses some all the time, but not many
 */
struct plait_losses {
	u32 arrived;
	u32 lost;
	bool lossy;
};

void plait_losses_judge(struct plait_losses *losses);

/**
 * plait_losses_arrived() - a packet arrived
 * @losses: those of its path
 */
static inline void plait_losses_arrived(struct plait_losses *losses)
{
	if (++losses->arrived >= PLAIT_LOSSES_SPAN)
		plait_losses_judge(losses);
}

/**
 * plait_losses_lost() - a packet was lost
 * @losses: those of its path
 */
static inline void plait_losses_lost(struct plait_losses *losses)
{
	losses->lost++;
	plait_losses_judge(losses);
}

/**
 * plait_losses_late() - a packet that was counted as lost had only been overtaken
 * @losses: those of its path
 */
static inline void plait_losses_late(struct plait_losses *losses)
{
	if (losses->lost)
		losses->lost--;
	plait_losses_judge(losses);
}

#endif /* PLAIT_CORE_LOSSES_H */
