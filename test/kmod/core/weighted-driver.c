// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test talk to the weighted scheduler, a command a line on standard input:
 *
 *	set SLOT WEIGHT LIVE	what a slot is from now on
 *	pick PACKETS TIMES	prints the slots chosen, in order
 *	count PACKETS TIMES	prints how many packets each slot was given: "slot=packets ..."
 *	credits			prints the credits of all slots in use
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sched/weighted.h"
#include "line.h"

static void pick(struct plait_weighted *state, u32 packets, unsigned long times)
{
	while (times--)
		printf("%d%s", pick_one(&plait_weighted, state, packets), times ? " " : "\n");
}

static void count(struct plait_weighted *state, u32 packets, unsigned long times)
{
	unsigned long long given[PLAIT_SLOTS] = { 0 };
	const char *separator = "";
	u32 slot;

	while (times--) {
		int picked = pick_one(&plait_weighted, state, packets);

		if (picked >= 0)
			given[picked] += packets;
	}
	for (slot = 0; slot < PLAIT_SLOTS; slot++) {
		if (!given[slot])
			continue;
		printf("%s%u=%llu", separator, slot, given[slot]);
		separator = " ";
	}
	printf("\n");
}

static void credits(const struct plait_weighted *state)
{
	u32 slot;

	for (slot = 0; slot < state->slots; slot++)
		printf("%s%" PRId64, slot ? " " : "", state->leg[slot].credit);
	printf("\n");
}

int main(void)
{
	struct plait_weighted *state = malloc(plait_weighted.state_size);
	unsigned long a, b, c;
	char line[128];

	if (!state)
		return 1;
	memset(state, 0xa5, plait_weighted.state_size);
	plait_weighted.init(state, 0);

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "set %lu %lu %lu", &a, &b, &c) == 3 && a < PLAIT_SLOTS)
			set_line(&plait_weighted, state, a, b, c);
		else if (sscanf(line, "pick %lu %lu", &a, &b) == 2)
			pick(state, a, b);
		else if (sscanf(line, "count %lu %lu", &a, &b) == 2)
			count(state, a, b);
		else if (!strcmp(line, "credits\n"))
			credits(state);
		else {
			fprintf(stderr, "not a command: %s", line);
			return 2;
		}
	}
	free(state);
	return 0;
}
