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
#include <linux/jiffies.h>

#include "plait_link.h"

/*
 * Nothing came in by a quiet leg for this long, by some other leg something did lately. Once
 * acknowledgements vanish the far end sends for no more than a round trip: it is to be seen before.
 */
#define PLAIT_QUIET_MS 30
#define PLAIT_LATELY_MS 20

/*
 * A leg that has been quiet for so long stays as quiet: the time of long ago would look like the future when jiffies
 * have wrapped around.
 */
#define PLAIT_QUIET_LONG (60 * 60 * HZ)

/**
 * plait_leg_hears() - something came in by a leg
 * @leg: the leg
 */
void plait_leg_hears(struct plait_leg *leg)
{
	unsigned long now = jiffies | 1;

	/* Not to be written for each packet, by each CPU. */
	if (READ_ONCE(leg->heard) != now)
		WRITE_ONCE(leg->heard, now);
}

/* When something last came in by a leg, in jiffies, or an hour ago; 0: nothing ever did. */
static unsigned long plait_heard(struct plait_leg *leg, unsigned long now)
{
	unsigned long heard = READ_ONCE(leg->heard), recent = (now - PLAIT_QUIET_LONG) | 1;

	if (!heard || !time_before(heard, recent))
		return heard;
	/* Something may just come in. */
	cmpxchg(&leg->heard, heard, recent);
	return recent;
}

/**
 * plait_quiet_slots() - which legs are quiet?
 * @link: the link, its lock held
 *
 * Return: a bit for each slot with such a leg.
 */
u32 plait_quiet_slots(const struct plait_link *link)
{
	unsigned long now = jiffies;
	bool lately = false;
	u32 quiet = 0, slot;

	lockdep_assert_held(&link->lock);
	for (slot = 0; slot < PLAIT_LEGS_MAX; slot++) {
		unsigned long heard = link->slots[slot] ? plait_heard(link->slots[slot], now) : 0;

		if (!heard)
			continue;
		if (time_after(now, heard + msecs_to_jiffies(PLAIT_QUIET_MS)))
			quiet |= 1u << slot;
		else if (!time_after(now, heard + msecs_to_jiffies(PLAIT_LATELY_MS)))
			lately = true;
	}
	return lately ? quiet : 0;
}
