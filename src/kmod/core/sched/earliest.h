/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_SCHED_EARLIEST_H
#define PLAIT_CORE_SCHED_EARLIEST_H

#include "../trust.h"

/**
 * struct plait_leg_request - what a leg is looked for
 * @bytes: length of the packet
 * @avoid: slots, a bit each, that are as if they were not there, while there is another
 * @barred: slots, a bit each, that are not chosen
 * @unwanted: a slot that is not wanted, but better than one of less trust; -1: none
 * @untracked: nobody will acknowledge the packet, so it helps to find out nothing
 * @not_before: an arrival before that is of no use, in ns from now
 */
struct plait_leg_request {
	u32 bytes;
	u32 avoid;
	u32 barred;
	int unwanted;
	bool untracked;
	s64 not_before;
};

int plait_earliest_choose(const struct plait_legs *legs, s64 now,
			  const struct plait_leg_request *request, s64 *at);
int plait_earliest_choose_repair(const struct plait_legs *legs, s64 now, u32 bytes);
bool plait_earliest_has_use(struct plait_legs *legs, s64 now);

#endif /* PLAIT_CORE_SCHED_EARLIEST_H */
