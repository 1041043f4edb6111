// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a path lose packets at random, as radio and bad copper do?
 *
 * Few losses are not worth the copies that are kept to repair them, and with many the path is broken,
 * or what is sent is too much for it.
 */
#include "losses.h"

/* It is lossy from so many losses on, when 1 packet in 500 is lost … */
#define PLAIT_LOSSES_FEW 2
#define PLAIT_LOSSY 500

/* … until it is less than 1 in 1000, or more than 1 in 8. */
#define PLAIT_CLEAN 1000
#define PLAIT_BROKEN 8

/**
 * plait_losses_judge() - see whether a path is lossy, after something was counted
 * @losses: those of the path
 */
void plait_losses_judge(struct plait_losses *losses)
{
	u32 lost = losses->lost, arrived = losses->arrived;

	if (lost * PLAIT_CLEAN < arrived || lost * PLAIT_BROKEN > arrived)
		losses->lossy = false;
	else if (lost >= PLAIT_LOSSES_FEW && lost * PLAIT_LOSSY >= arrived)
		losses->lossy = true;
	if (arrived >= PLAIT_LOSSES_SPAN || lost >= PLAIT_LOSSES_SPAN) {
		losses->arrived /= 2;
		losses->lost /= 2;
	}
}
