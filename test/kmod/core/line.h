/* SPDX-License-Identifier: GPL-2.0-only */
/* Shorter ways to talk to a scheduler. */
#ifndef PLAIT_TEST_LINE_H
#define PLAIT_TEST_LINE_H

#include "promise.h"
#include "scheduler.h"

/* Weight 0: the slot has no leg. False: there is no memory for it. */
static inline bool set_line(const struct plait_scheduler *scheduler, void *state, u32 slot, u32 weight,
			    bool live)
{
	const struct plait_leg_line line = { .weight = weight, .live = live };

	return scheduler->set(state, slot, weight ? &line : NULL);
}

/* Same, of a leg whose far end reports. */
static inline bool set_reporting(const struct plait_scheduler *scheduler, void *state, u32 slot, u32 weight,
				 bool live)
{
	const struct plait_leg_line line = { .weight = weight, .live = live, .reports = true };

	return scheduler->set(state, slot, weight ? &line : NULL);
}

/* The slot that was picked, of a scheduler that picks one; -1: none. */
static inline int pick_one(const struct plait_scheduler *scheduler, void *state, u32 packets)
{
	u32 slots = scheduler->pick(state, packets);

	promise(!(slots & (slots - 1)));
	return slots ? __builtin_ctz(slots) : -1;
}

#endif /* PLAIT_TEST_LINE_H */
