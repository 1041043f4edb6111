// SPDX-License-Identifier: GPL-2.0-only
/* Packets on their way in: leg → plait device. */
#include <linux/export.h>
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
 * plait_leg_receive() - what comes in by a leg comes in by the plait device
 * @leg: the leg
 * @skb: the packet, nobody else's, beginning with its IP header; the caller gives it to the stack. In an RCU section
 *	with bottom halves off
 *
 * Also by a leg that is not enabled: what arrives is good, whatever became of the way back.
 *
 * Return: false when it was dropped, since the plait device is down.
 */
bool plait_leg_receive(struct plait_leg *leg, struct sk_buff *skb)
{
	struct net_device *dev = leg->link->dev;

	if (unlikely(!(dev->flags & IFF_UP))) {
		DEV_STATS_INC(dev, rx_dropped);
		kfree_skb(skb);
		return false;
	}

	plait_leg_hears(leg);
	plait_count_rx(dev, leg, plait_packet_size(skb));
	skb->dev = dev;
	if (plait_buffer_reads(leg->link) && !plait_not_tcp(skb))
		plait_leg_mark(leg, skb);
	return true;
}
EXPORT_SYMBOL_GPL(plait_leg_receive);
