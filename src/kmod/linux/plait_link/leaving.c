// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that have room in their leg. They are never sent with the link's lock held, but from a list, by one CPU at a
 * time, so that they leave in order.
 */
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "../../core/backlog.h"
#include "leaving.h"

/**
 * plait_queue_drop() - free a packet, and count it
 * @link: the link
 * @skb: the packet
 */
void plait_queue_drop(struct plait_link *link, struct sk_buff *skb)
{
	DEV_STATS_INC(link->dev, tx_dropped);
	kfree_skb(skb);
}

/**
 * plait_leaving_add() - a packet may leave
 * @queue: the queue; the lock of its link is held
 * @slot: of its leg
 * @skb: the packet
 */
void plait_leaving_add(struct plait_queue *queue, u32 slot, struct sk_buff *skb)
{
	plait_queue_cb(skb)->slot = slot;
	__skb_queue_tail(&queue->leaving, skb);
}

/**
 * plait_leaving_add_copy() - a copy of a packet may leave
 * @queue: the queue; the lock of its link is held
 * @leg: its leg; NULL: the copy is freed
 * @copy: shares its data with a packet that may still be in a queue below, with the headers that it got there; may
 *	be NULL
 */
void plait_leaving_add_copy(struct plait_queue *queue, struct plait_leg *leg, struct sk_buff *copy)
{
	if (copy && leg && !skb_cow_head(copy, 0))
		plait_leaving_add(queue, leg->slot, copy);
	else
		kfree_skb(copy);
}

/* The lock is given up meanwhile. */
static void plait_leaving_send_one(struct plait_link *link, struct sk_buff *skb)
{
	/* It may have left the link since the packet was given to it. */
	struct plait_leg *leg = link->slots[plait_queue_cb(skb)->slot];

	if (unlikely(!leg)) {
		plait_queue_drop(link, skb);
		return;
	}
	spin_unlock(&link->lock);
	plait_leg_xmit(leg, skb, plait_packet_size(skb));
	spin_lock(&link->lock);
}

/**
 * plait_leaving_send() - send what leaves
 * @plait: the device; the lock of its link is held, and given up meanwhile
 *
 * Another CPU that is at it does ours too, after what it has, or the tasklet.
 */
void plait_leaving_send(struct plait_device *plait)
{
	struct plait_queue *queue = &plait->queue;
	struct plait_link *link = &plait->link;
	u32 budget = PLAIT_BACKLOG_BUDGET;
	struct sk_buff *skb;

	lockdep_assert_held(&link->lock);
	if (queue->sending)
		return;
	queue->sending = true;
	while (budget-- && (skb = __skb_dequeue(&queue->leaving)))
		plait_leaving_send_one(link, skb);
	queue->sending = false;
	if (unlikely(!skb_queue_empty(&queue->leaving))) {
		queue->squeezed++;
		tasklet_schedule(&queue->more);
	}
}
