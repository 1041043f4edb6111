// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test talk to the schedulers that keep no flow: schedulers-driver NAME, and on each line of standard input
 *
 *	set SLOT WEIGHT PRIORITY LIVE	what a slot is from now on; weight 0: it has no leg
 *	pick TIMES			prints the sets of slots chosen, in hexadecimal, in order
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "promise.h"
#include "sched/backup.h"
#include "sched/duplicate.h"

static const struct plait_scheduler *const schedulers[] = { &plait_weighted, &plait_backup, &plait_duplicate };

int main(int argc, char **argv)
{
	const struct plait_scheduler *scheduler = NULL;
	u32 slot, weight, priority, live, times;
	char word[8];
	void *state;
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(schedulers) / sizeof(*schedulers); i++)
		if (!strcmp(schedulers[i]->name, argv[1]))
			scheduler = schedulers[i];
	promise(scheduler);
	state = malloc(scheduler->state_size);
	promise(state);
	memset(state, 0xa5, scheduler->state_size);
	scheduler->init(state, 1);
	while (scanf("%7s", word) == 1) {
		if (!strcmp(word, "set")) {
			struct plait_leg_line line;

			promise(scanf("%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &slot, &weight,
				      &priority, &live) == 4 && slot < PLAIT_SLOTS);
			line = (struct plait_leg_line){ .weight = weight, .priority = priority, .live = live };
			scheduler->set(state, slot, weight ? &line : NULL);
			continue;
		}
		promise(!strcmp(word, "pick") && scanf("%" SCNu32, &times) == 1);
		while (times--)
			printf("%" PRIx32 "%s", scheduler->pick(state, 1), times ? " " : "\n");
	}
	free(state);
	return 0;
}
