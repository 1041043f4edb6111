// SPDX-License-Identifier: GPL-2.0-only
/* Packets of the stack: which queue they come by, and which leg they leave by. */
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "plait_link.h"

/**
 * plait_select_queue() - ndo_select_queue
 * @dev: the plait device
 * @skb: the packet
 * @sb_dev: not used
 *
 * With flow control, what acknowledges has a queue to itself, which is not stopped. Room for data comes
 * with the acknowledgements of the far end. When both ends send as much as they may, and
 * acknowledgements were to wait for room, each would wait for the other's.
 *
 * This is also where every packet passes when the stack sends it, before any queue: see loop.c.
 *
 * Return: the queue.
 */
u16 plait_select_queue(struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev)
{
	struct plait_header header;

	if (unlikely(this_cpu_read(plait_loop_frames)))
		plait_loop_look(dev, skb);
	if (!READ_ONCE(plait_device(dev)->segments) || skb->len > PLAIT_SMALL_PACKET || plait_not_tcp(skb))
		return PLAIT_TX_DATA;
	return plait_read_segment(skb, &header) && plait_header_only_acks(&header) ?
		       PLAIT_TX_ACKS : PLAIT_TX_DATA;
}

/* False when there is no leg for the packet, which is then the caller's. */
static bool plait_xmit_at_once(struct plait_link *link, struct sk_buff *skb)
{
	struct plait_packet_size size;
	struct plait_leg *leg;

	if (unlikely(READ_ONCE(link->rules)))
		return plait_ruled_xmit(link, skb);
	size = plait_packet_size(skb);
	leg = plait_link_pick(link, size.packets);
	if (likely(leg))
		plait_leg_xmit(leg, skb, size);
	return leg;
}

/**
 * plait_start_xmit() - ndo_start_xmit
 * @skb: the packet
 * @dev: the plait device
 *
 * Return: NETDEV_TX_OK, the packet is consumed.
 */
netdev_tx_t plait_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct plait_device *plait = plait_device(dev);
	netdev_tx_t verdict;

	*plait_packet_number(skb) = (struct plait_packet_number){ 0 };
	if (READ_ONCE(plait->segments) && plait_queue_xmit(plait, skb, &verdict))
		return verdict;

	if (unlikely(!plait_xmit_at_once(&plait->link, skb))) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		DEV_STATS_INC(dev, tx_dropped);
		kfree_skb(skb);
	}
	return NETDEV_TX_OK;
}
