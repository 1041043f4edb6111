// SPDX-License-Identifier: GPL-2.0-only
/* Packets on their way out: plait device → leg. */
#include <linux/jiffies.h>
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

/* After an error of a leg its packets keep their routes for this long. */
#define PLAIT_ROUTES_AFTER_ERROR HZ

/*
 * A tunnel needs the route of a packet only when something is wrong: to tell a sender that its packets are too big
 * for the path, or that the far end is not reached. With it the tunnel asks for each packet whose path MTU is to be
 * lowered, which takes longer than all that we do, and finds nothing, as it looks for a route by the leg.
 *
 * So packets go without. One that is too big is dropped then, and counted as an error of the leg: that is seen here
 * with the next one, and the routes stay on while there are errors. Besides, one packet in a jiffy keeps
 * its route, for errors that are not counted. A small packet fits every path.
 */
static bool plait_needs_route(struct plait_leg *leg, struct plait_packet_size size)
{
	unsigned long now = jiffies, errors, until;

	if (size.bytes <= PLAIT_SMALL_PACKET)
		return false;
	errors = READ_ONCE(leg->dev->stats.tx_errors);
	if (unlikely(errors != READ_ONCE(leg->errors))) {
		WRITE_ONCE(leg->errors, errors);
		WRITE_ONCE(leg->routes_until, now + PLAIT_ROUTES_AFTER_ERROR);
	}
	until = READ_ONCE(leg->routes_until);
	if (time_before(now, until))
		return true;
	if (now == until)
		return false;
	/* The first one of this jiffy. */
	WRITE_ONCE(leg->routes_until, now);
	return true;
}

/**
 * plait_leg_xmit() - give a packet to a leg
 * @leg: the leg
 * @skb: the packet
 *
 * The leg gets the packet as it is, with its route where it may need it, its
 * mark, priority and hash, and whole, when it is a GSO packet.
 *
 * To be called with bottom halves off, from before the leg was chosen: so the leg outlives the call
 * even if it is released meanwhile.
 */
void plait_leg_xmit(struct plait_leg *leg, struct sk_buff *skb)
{
	struct plait_packet_size size = plait_packet_size(skb);
	struct net_device *dev = leg->link->dev;
	struct plait_loop_frame frame;
	int verdict;

	if (!plait_needs_route(leg, size))
		skb_dst_drop(skb);
	skb->dev = leg->dev;
	plait_loop_enter(&frame, leg);
	verdict = dev_queue_xmit(skb);
	plait_loop_leave(&frame);
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

	if (READ_ONCE(plait->segments) && plait_queue_xmit(plait, skb, &verdict))
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
