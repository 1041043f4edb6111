// SPDX-License-Identifier: GPL-2.0-only
/* Packets on their way out: plait device → leg. */
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/dst.h>

#include "plait_link.h"

static void plait_count_tx(struct net_device *dev, const struct plait_leg *leg,
			   struct plait_packet_size size)
{
	struct pcpu_sw_netstats *total = this_cpu_ptr(dev->tstats);
	struct plait_leg_stats *stats = this_cpu_ptr(leg->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->tx_packets, size.packets);
	u64_stats_add(&stats->tx_bytes, size.bytes);
	u64_stats_update_end(&stats->syncp);

	u64_stats_update_begin(&total->syncp);
	u64_stats_add(&total->tx_packets, size.packets);
	u64_stats_add(&total->tx_bytes, size.bytes);
	u64_stats_update_end(&total->syncp);
}

static void plait_count_tx_dropped(struct net_device *dev, const struct plait_leg *leg,
				   struct plait_packet_size size)
{
	struct plait_leg_stats *stats = this_cpu_ptr(leg->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->tx_dropped, size.packets);
	u64_stats_update_end(&stats->syncp);

	DEV_STATS_INC(dev, tx_dropped);
}

/**
 * plait_leg_xmit() - give a packet to a leg
 * @leg: the leg
 * @skb: the packet
 *
 * The leg gets the packet as it is, with its route (for path MTU discovery; small ones go without),
 * mark, priority and hash, and whole, when it is a GSO packet.
 *
 * To be called with bottom halves off, from before the leg was chosen: so the leg outlives the call
 * even if it is released meanwhile.
 */
void plait_leg_xmit(const struct plait_leg *leg, struct sk_buff *skb)
{
	struct plait_packet_size size = plait_packet_size(skb);
	struct net_device *dev = leg->link->dev;
	int verdict;

	/*
	 * A small packet fits every path. With its route a tunnel would ask, for each of them, whose path
	 * MTU is to be lowered, and find nothing, as it looks for a route by the leg.
	 */
	if (size.bytes <= PLAIT_SMALL_PACKET)
		skb_dst_drop(skb);
	skb->dev = leg->dev;
	verdict = dev_queue_xmit(skb);
	if (likely(!net_xmit_eval(verdict)))
		plait_count_tx(dev, leg, size);
	else
		plait_count_tx_dropped(dev, leg, size);
}

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
 * Return: the queue.
 */
u16 plait_select_queue(struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev)
{
	struct plait_tcp tcp;

	if (!plait_device(dev)->segments || skb->len > PLAIT_SMALL_PACKET || plait_not_tcp(skb))
		return PLAIT_TX_DATA;
	return plait_read_segment(skb, &tcp) && tcp.only_acks ? PLAIT_TX_ACKS : PLAIT_TX_DATA;
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
	struct plait_leg *leg;
	netdev_tx_t verdict;

	if (plait->segments && plait_queue_xmit(plait, skb, &verdict))
		return verdict;

	leg = plait_link_pick(&plait->link, plait_packet_size(skb).packets);
	if (unlikely(!leg)) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		DEV_STATS_INC(dev, tx_dropped);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	plait_leg_xmit(leg, skb);
	return NETDEV_TX_OK;
}
