// SPDX-License-Identifier: GPL-2.0-only
/* Packets on their way in: leg → plait device. */
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "plait_link.h"

static void plait_count_rx(struct net_device *dev, const struct plait_leg *leg,
			   struct plait_packet_size size)
{
	struct pcpu_sw_netstats *total = this_cpu_ptr(dev->tstats);
	struct plait_leg_stats *stats = this_cpu_ptr(leg->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->rx_packets, size.packets);
	u64_stats_add(&stats->rx_bytes, size.bytes);
	u64_stats_update_end(&stats->syncp);

	u64_stats_update_begin(&total->syncp);
	u64_stats_add(&total->rx_packets, size.packets);
	u64_stats_add(&total->rx_bytes, size.bytes);
	u64_stats_update_end(&total->syncp);
}

/**
 * plait_receive() - rx_handler of a leg: what comes in by it comes in by the plait device
 * @pskb: the packet
 *
 * Also by a leg that is not enabled: what arrives is good, whatever became of the way back.
 *
 * Return: RX_HANDLER_ANOTHER, or RX_HANDLER_CONSUMED when the packet is dropped.
 */
rx_handler_result_t plait_receive(struct sk_buff **pskb)
{
	/* The packet taps of the leg may hold it too. */
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);
	struct net_device *dev;
	struct plait_leg *leg;

	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	*pskb = skb;

	leg = rcu_dereference(skb->dev->rx_handler_data);
	dev = leg->link->dev;
	if (unlikely(!(dev->flags & IFF_UP))) {
		DEV_STATS_INC(dev, rx_dropped);
		kfree_skb(skb);
		return RX_HANDLER_CONSUMED;
	}

	plait_leg_hears(leg);
	plait_count_rx(dev, leg, plait_packet_size(skb));
	skb->dev = dev;
	if (plait_buffer_reads(leg->link) && !plait_not_tcp(skb))
		plait_leg_mark(leg, skb);
	return RX_HANDLER_ANOTHER;
}
