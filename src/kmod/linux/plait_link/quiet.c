// SPDX-License-Identifier: GPL-2.0-only
/* When something came in by legs, for ../../core/quiet.c, which says what follows from it. */
#include <linux/jiffies.h>

#include "../../core/quiet.h"
#include "plait_link.h"

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

/* For how many ms nothing came in by a leg, an hour at most; PLAIT_NEVER_HEARD: nothing ever did. */
static u32 plait_silence(struct plait_leg *leg, unsigned long now)
{
	unsigned long heard = READ_ONCE(leg->heard), recent = (now - PLAIT_QUIET_LONG) | 1;

	if (!heard)
		return PLAIT_NEVER_HEARD;
	if (time_before(heard, recent)) {
		/* Something may just come in. */
		cmpxchg(&leg->heard, heard, recent);
		heard = recent;
	}
	/* By its odd number it may be ahead. */
	return time_after(now, heard) ? jiffies_to_msecs(now - heard) : 0;
}

/**
 * plait_quiet_slots() - which legs are quiet?
 * @link: the link, its lock held
 *
 * Return: a bit for each slot with such a leg.
 */
u32 plait_quiet_slots(const struct plait_link *link)
{
	u32 silence[PLAIT_LEGS_MAX], slot;
	unsigned long now = jiffies;

	lockdep_assert_held(&link->lock);
	for (slot = 0; slot < PLAIT_LEGS_MAX; slot++)
		silence[slot] = link->slots[slot] ? plait_silence(link->slots[slot], now) :
						    PLAIT_NEVER_HEARD;
	return plait_quiet(silence, PLAIT_LEGS_MAX);
}
