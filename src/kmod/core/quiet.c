// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs by which nothing comes in any more.
 *
 * Who only acknowledges never hears whether that arrives, so nothing tells a scheduler that the leg by
 * which all acknowledgements go has died: the connection would stand still until somebody who
 * probes the path disables the leg. What is known without asking anybody is what comes in. A leg by
 * which something came, and nothing more does though other legs bring packets, is dead, or the far
 * end does not use it; small packets that nobody acknowledges then go by another leg.
 *
 * Being wrong costs next to nothing, since the others are known to work, and the next packet that
 * comes in by the leg ends it. Everything else stays: there acknowledgements tell, and a far end that
 * sends little itself is not to keep us from using all legs.
 */
#include "quiet.h"

/*
 * Nothing came in by a quiet leg for this long, by some other leg something did lately, in ms. Once
 * acknowledgements vanish the far end sends for no more than a round trip: it is to be seen before.
 */
#define PLAIT_QUIET_MS 30
#define PLAIT_LATELY_MS 20

/**
 * plait_quiet() - which legs are quiet?
 * @silence: by slot: for how many ms nothing came in; PLAIT_NEVER_HEARD: nothing ever did, or there is no leg
 * @slots: how many, at most 32
 *
 * Return: a bit for each slot with such a leg.
 */
u32 plait_quiet(const u32 *silence, u32 slots)
{
	bool lately = false;
	u32 quiet = 0, slot;

	for (slot = 0; slot < slots; slot++) {
		if (silence[slot] == PLAIT_NEVER_HEARD)
			continue;
		if (silence[slot] > PLAIT_QUIET_MS)
			quiet |= 1u << slot;
		else if (silence[slot] <= PLAIT_LATELY_MS)
			lately = true;
	}
	return lately ? quiet : 0;
}
