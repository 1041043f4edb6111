// SPDX-License-Identifier: GPL-2.0-only
/* Packets on their way out: plait device → leg. */
#include <linux/netdevice.h>
#include <linux/skbuff.h>

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
 * @size: what it is on the wire
 *
 * To be called with bottom halves off, from before the leg was chosen: so the leg outlives the call
 * even if it is released meanwhile.
 */
void plait_leg_xmit(struct plait_leg *leg, struct sk_buff *skb, struct plait_packet_size size)
{
	struct net_device *dev = leg->link->dev;
	struct plait_loop_frame frame;
	int dropped;

	plait_loop_enter(&frame, leg);
	dropped = leg->ops->transmit(leg, skb);
	plait_loop_leave(&frame);
	if (likely(!dropped))
		plait_count_tx(dev, leg, size);
	else
		plait_count_tx_dropped(dev, leg, size);
}
