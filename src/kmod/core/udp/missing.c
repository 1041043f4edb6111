// SPDX-License-Identifier: GPL-2.0-only
/* Holes are what the replay window has not seen below the highest counter. */
#include "missing.h"

/* Length of a run in a block. */
#define PLAIT_MISSING_RUN 255

/**
 * plait_missing_name() - the holes of a leg that were not named before
 * @replay: its window
 * @named: counters below it were looked at; 0 at first. Updated
 * @leg: its number
 * @runs: gets them
 * @most: room there
 *
 * Return: how many runs there are. When there are more than @most, or too much to look at, the rest is for the next call.
 */
u32 plait_missing_name(const struct plait_replay *replay, u64 *named, u32 leg, struct plait_udp_missing *runs,
		       u32 most)
{
	u64 counter = *named, first = replay->next > PLAIT_MISSING_LOOK ? replay->next - PLAIT_MISSING_LOOK : 0;
	struct plait_udp_missing *run = NULL;
	u32 count = 0;

	/* What is further back comes too late for anybody. */
	if (counter < first)
		counter = first;
	for (; counter < replay->next; counter++) {
		if (!plait_replay_possible(replay, counter)) {
			run = NULL;
			continue;
		}
		if (!run || run->run == PLAIT_MISSING_RUN) {
			if (count == most)
				break;
			run = &runs[count++];
			*run = (struct plait_udp_missing){ .leg = leg, .counter = counter };
		}
		run->run++;
	}
	*named = counter;
	return count;
}
