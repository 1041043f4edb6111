// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test ask where `earliest` sends an acknowledgement. Each line of standard input has the live legs and
 * those to avoid, a bit for each slot, and 1 when a packet was acknowledged before, which went by the
 * first leg; prints the slot.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "line.h"

#define SEED 20261129

static struct plait_engine state;

/* So much is known of a leg by who only answers: one packet of the connection's begin went by it. */
static void answer(void)
{
	const struct plait_flow_control *control = plait_earliest.control;
	struct plait_offer packet = { .bytes = 60, .header = { .seq = 0, .end = 1 } };
	struct plait_header ack = { .ack = 1, .flags = PLAIT_TCP_ACK };
	int copy, slot = control->commit(&state, 0, &packet, &copy);

	if (slot != control->next(&state, 0))
		abort();
	control->sent(&state, 0, slot, &packet);
	control->acked(&state, 20 * PLAIT_MS, &ack);
}

int main(void)
{
	u32 live, avoid, known, slot;

	while (scanf("%" SCNu32 " %" SCNu32 " %" SCNu32, &live, &avoid, &known) == 3) {
		struct plait_offer packet = { .bytes = 52, .avoid = avoid };
		int copy;

		plait_earliest.init(&state, SEED);
		for (slot = 0; slot < PLAIT_SLOTS; slot++)
			if (live & 1u << slot)
				set_line(&plait_earliest, &state, slot, 1, true);
		if (known)
			answer();
		printf("%d\n", plait_earliest.control->commit(&state, PLAIT_S, &packet, &copy));
		plait_earliest.end(&state);
	}
	return 0;
}
