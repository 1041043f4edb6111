// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test drive the states of four legs. A line of standard input each:
 *
 *	event SLOT EVENT	something happens, by its number in enum plait_trust_event
 *	known SLOT 0|1		the path is known from now on, or not
 *	silent SLOT		a packet of it is overdue
 *	failed SLOT		a copy of it was not answered
 *	wait MS			time passes
 *
 * Prints after each the state of each leg, by its number in enum plait_trust_state, the trust of all, and for how many ms
 * each suspicion lasts yet, 0 where there is none.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "promise.h"
#include "trust.h"

#define LEGS 4

static struct plait_legs legs;
static s64 now = PLAIT_S;

static void show(void)
{
	u32 i;

	for (i = 0; i < LEGS; i++)
		printf("%d ", legs.leg[i]->state);
	printf("%d", legs.trust);
	for (i = 0; i < LEGS; i++) {
		s64 left = legs.leg[i]->suspicion.until - now;

		printf(" %" PRId64, plait_leg_is_suspect(legs.leg[i]) && left > 0 ? left / PLAIT_MS : 0);
	}
	printf("\n");
}

int main(void)
{
	u32 slot, event;
	char word[8];

	plait_legs_init(&legs);
	for (slot = 0; slot < LEGS; slot++)
		promise(plait_legs_add(&legs, slot));
	legs.count = LEGS;
	plait_trust_update(&legs);
	while (scanf("%7s %" SCNu32, word, &slot) == 2) {
		if (!strcmp(word, "wait")) {
			now += slot * PLAIT_MS;
			show();
			continue;
		}
		promise(slot < LEGS);
		if (!strcmp(word, "silent")) {
			plait_trust_suspect(&legs, slot, now);
		} else if (!strcmp(word, "failed")) {
			plait_trust_failed(&legs, slot, now);
		} else {
			promise(scanf("%" SCNu32, &event) == 1);
			if (!strcmp(word, "known")) {
				plait_path_set_rate(&legs.leg[slot]->path, event ? 1000000 : 0);
				plait_trust_learned(&legs, slot);
			} else {
				promise(!strcmp(word, "event") && event < PLAIT_EVENT_EVENTS);
				plait_trust_event(&legs, slot, event);
			}
		}
		show();
	}
	plait_legs_end(&legs);
	return 0;
}
