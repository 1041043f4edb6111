// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of packets that have left, by a leg that loses some or whose far end reports, while the scheduler may want them
 * again.
 *
 * A copy shares the data of the packet that left. Each link keeps at most PLAIT_KEPT of them, all links together at most
 * kept_limit bytes: a hub has a thousand. What is called for a link is called with its lock held.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/percpu_counter.h>
#include <linux/skbuff.h>

#include "plait_link.h"

/* Share of the memory: 8 MiB of the 256 MiB of the smallest board, which keeps what eight busy links have in flight. */
#define PLAIT_KEPT_SHARE 32
/* Bytes by which each CPU's count may be behind: a few packets with their overhead. */
#define PLAIT_KEPT_BATCH 65536

static unsigned long kept_limit;
module_param(kept_limit, ulong, 0644);
MODULE_PARM_DESC(kept_limit, "bytes of memory for copies of packets in flight, of all links together; default: 1/32 of the memory");

static struct percpu_counter plait_kept_bytes;

/**
 * plait_kept_init() - before the first link
 *
 * Return: 0 or a negative error.
 */
int plait_kept_init(void)
{
	if (!kept_limit)
		kept_limit = (totalram_pages() << PAGE_SHIFT) / PLAIT_KEPT_SHARE;
	return percpu_counter_init(&plait_kept_bytes, 0, GFP_KERNEL);
}

/**
 * plait_kept_uninit() - after the last link
 */
void plait_kept_uninit(void)
{
	WARN_ON_ONCE(percpu_counter_sum(&plait_kept_bytes));
	percpu_counter_destroy(&plait_kept_bytes);
}

static struct sk_buff *plait_kept_copy(struct sk_buff *skb)
{
	struct sk_buff *copy;

	if (percpu_counter_read(&plait_kept_bytes) >= (s64)READ_ONCE(kept_limit))
		return NULL;
	copy = skb_clone(skb, GFP_ATOMIC);
	if (copy)
		percpu_counter_add_batch(&plait_kept_bytes, copy->truesize, PLAIT_KEPT_BATCH);
	return copy;
}

/* Takes a copy out, if there is one. It is the caller's then. */
static struct sk_buff *plait_kept_remove(struct plait_kept *kept, u32 number)
{
	struct sk_buff *copy = kept->copy[number];

	kept->copy[number] = NULL;
	if (copy)
		percpu_counter_add_batch(&plait_kept_bytes, -(s64)copy->truesize, PLAIT_KEPT_BATCH);
	return copy;
}

/**
 * plait_kept_add() - keep a copy of a packet
 * @kept: those that are kept
 * @number: its number
 * @skb: the packet. Without memory for a copy, or at the limit, there is only the number
 */
void plait_kept_add(struct plait_kept *kept, u32 number, struct sk_buff *skb)
{
	/* There may be one of a scheduler that was in use before. */
	consume_skb(plait_kept_remove(kept, number));
	kept->copy[number] = plait_kept_copy(skb);
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
	kept->count--;
	return plait_kept_remove(kept, number);
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

	for (number = 0; number < PLAIT_KEPT; number++)
		consume_skb(plait_kept_remove(kept, number));
	kept->count = 0;
}
