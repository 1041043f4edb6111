// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test ask what is decided about packets that wait, and about legs by which nothing comes in. A line each:
 *
 *	quiet MS…			prints the slots that are quiet, as bits; -1: nothing was ever heard
 *	admits WAITING LEAVING		prints 0 or 1
 *	passes WAITING ACKS ROOM	prints 0 or 1
 *	intake FULL STOPPED STOPPABLE	prints keep, stop or wake
 *	again WAITING KEPT FULL		prints 0 or 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backlog.h"
#include "promise.h"
#include "quiet.h"

#define SLOTS 32

static const char *const intakes[] = {
	[PLAIT_INTAKE_KEEP] = "keep",
	[PLAIT_INTAKE_STOP] = "stop",
	[PLAIT_INTAKE_WAKE] = "wake",
};

static u32 quiet(char *words)
{
	u32 silence[SLOTS], slots = 0;
	char *word;

	for (word = strtok(words, " \n"); word && slots < SLOTS; word = strtok(NULL, " \n"))
		silence[slots++] = *word == '-' ? PLAIT_NEVER_HEARD : (u32)strtoul(word, NULL, 10);
	return plait_quiet(silence, slots);
}

int main(void)
{
	char line[512], what[16];
	u32 number[3];
	int used;

	while (fgets(line, sizeof(line), stdin)) {
		struct plait_backlog backlog = { 0 };

		promise(sscanf(line, "%15s%n", what, &used) == 1);
		if (!strcmp(what, "quiet")) {
			printf("%x\n", quiet(line + used));
			continue;
		}
		number[2] = 0;
		promise(sscanf(line + used, "%u %u %u", &number[0], &number[1], &number[2]) >= 2);
		if (!strcmp(what, "admits")) {
			backlog.waiting = number[0];
			backlog.leaving = number[1];
			printf("%d\n", plait_backlog_admits(&backlog));
		} else if (!strcmp(what, "passes")) {
			backlog.waiting = number[0];
			printf("%d\n", plait_backlog_passes(&backlog, number[1], number[2]));
		} else if (!strcmp(what, "intake")) {
			printf("%s\n", intakes[plait_backlog_intake(number[0], number[1], number[2])]);
		} else {
			promise(!strcmp(what, "again"));
			backlog.waiting = number[0];
			backlog.kept = number[1];
			printf("%d\n", plait_backlog_looks_again(&backlog, number[2]));
		}
	}
	return 0;
}
