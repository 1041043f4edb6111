/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_SCHED_BACKUP_H
#define PLAIT_CORE_SCHED_BACKUP_H

#include "weighted.h"

/**
 * struct plait_backup - state of the scheduler `backup` for one link
 * @line: what was said of each slot; @line.weight is 0 when it has no leg
 * @rank: the least priority number of a live leg; its legs carry
 * @shares: divides packets among these
 */
struct plait_backup {
	struct plait_leg_line line[PLAIT_SLOTS];
	u32 rank;
	struct plait_weighted shares;
};

extern const struct plait_scheduler plait_backup;

#endif /* PLAIT_CORE_SCHED_BACKUP_H */
