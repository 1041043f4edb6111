// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test ask how `earliest` treats packets that a rule is for, on three legs of 1 MB/s whose far ends report; slot 2
 * is the slowest to answer. Each line of standard input is a case:
 *
 *	LIVE REPORTS PINNED LEGS DROP TWICE COUNT
 *
 * LIVE and LEGS are sets of slots, a bit each, REPORTS those whose far end reports, and COUNT packets of 200 bytes are
 * offered at once. Prints for each packet that was taken its slot, and "+" with that of its copy; "-" for one
 * that was refused; then "kept" and how many copies are kept to be sent again.
 */
#include <inttypes.h>
#include <stdio.h>

#include "engine/engine.h"
#include "line.h"
#include "promise.h"

#define SEED 20261201
#define LEGS 3
#define BYTES 200

static struct plait_engine state;
static const struct plait_flow_control *control;

/* What was sent a while ago tells how long it takes, by each live leg. */
static void answer(u32 live, u32 reports)
{
	static const s64 delay[LEGS] = { 10 * PLAIT_MS, 20 * PLAIT_MS, 60 * PLAIT_MS };
	u32 slot;

	for (slot = 0; slot < LEGS; slot++) {
		struct plait_treatment only = { .pinned = true, .legs = 1U << slot };
		struct plait_offer packet = { .bytes = BYTES, .treatment = &only };
		struct plait_arrivals arrivals = { .at = delay[slot] };
		int copy;

		if (!(live & reports & 1U << slot))
			continue;
		promise(control->commit(&state, 0, &packet, &copy) == (int)slot);
		promise(control->sent(&state, 0, slot, &packet) >= 0);
		arrivals.serial = packet.serial;
		control->reported(&state, delay[slot], slot, &arrivals);
	}
	while (control->released(&state) >= 0)
		;
}

static void offer(const struct plait_treatment *treatment, u32 *kept)
{
	struct plait_offer packet = { .bytes = BYTES, .treatment = treatment };
	int copy, slot = control->commit(&state, PLAIT_S, &packet, &copy);

	if (slot < 0) {
		printf("- ");
		return;
	}
	if (!plait_leg_has_room(state.legs.leg[slot], PLAIT_S, 0)) {
		printf("%d ", slot);
		return;
	}
	*kept += control->sent(&state, PLAIT_S, slot, &packet) >= 0;
	printf("%d", slot);
	if (packet.copy >= 0)
		printf("+%d", packet.copy);
	putchar(' ');
}

int main(void)
{
	u32 live, reports, pinned, drop, twice, count, slot;
	struct plait_treatment treatment = { 0 };

	control = plait_earliest.control;
	while (scanf("%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &live,
		     &reports, &pinned, &treatment.legs, &drop, &twice, &count) == 7) {
		u32 kept = 0;

		treatment.pinned = pinned;
		treatment.or_drop = drop;
		treatment.twice = twice;
		plait_earliest.init(&state, SEED);
		for (slot = 0; slot < LEGS; slot++) {
			bool on = live & 1U << slot;

			promise(reports & 1U << slot ? set_reporting(&plait_earliest, &state, slot, 1, on) :
						       set_line(&plait_earliest, &state, slot, 1, on));
			control->set_rate(&state, slot, 1000000);
		}
		answer(live, reports);
		while (count--)
			offer(&treatment, &kept);
		printf("kept %" PRIu32 "\n", kept);
		plait_earliest.end(&state);
	}
	return 0;
}
