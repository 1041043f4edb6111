// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of packets that have left, by a leg that loses some or whose far end reports, while the scheduler may want them
 * again.
 *
 * A copy shares the data of the packet that left. Everything here is called with the link's lock
 * held.
 */
#include <linux/skbuff.h>

#include "plait_link.h"

/**
 * plait_kept_add() - keep a copy of a packet
 * @kept: those that are kept
 * @number: its number
 * @skb: the packet. Without memory for a copy there is only the number
 */
void plait_kept_add(struct plait_kept *kept, u32 number, struct sk_buff *skb)
{
	/* There may be one of a scheduler that was in use before. */
	consume_skb(kept->copy[number]);
	kept->copy[number] = skb_clone(skb, GFP_ATOMIC);
	kept->count++;
}

/**
 * plait_kept_take() - take a copy out
 * @kept: those that are kept
 * @number: its number
 *
 * Return: the copy, which is the caller's now; NULL when there was no memory for it.
 */
struct sk_buff *plait_kept_take(struct plait_kept *kept, u32 number)
{
	struct sk_buff *skb = kept->copy[number];

	kept->copy[number] = NULL;
	kept->count--;
	return skb;
}

/**
 * plait_kept_release() - free the copies that the scheduler does not need any more
 * @kept: those that are kept
 * @link: the link
 */
void plait_kept_release(struct plait_kept *kept, struct plait_link *link)
{
	int number;

	while (kept->count && (number = plait_link_control(link)->released(link->state)) >= 0)
		consume_skb(plait_kept_take(kept, number));
}

/**
 * plait_kept_clear() - free all copies
 * @kept: those that are kept
 */
void plait_kept_clear(struct plait_kept *kept)
{
	u32 number;

	for (number = 0; number < PLAIT_KEPT; number++) {
		consume_skb(kept->copy[number]);
		kept->copy[number] = NULL;
	}
	kept->count = 0;
}
