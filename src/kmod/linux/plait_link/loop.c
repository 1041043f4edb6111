// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routing loops: a route that leads what a leg sends back into the device, as `ip route add default dev hq` does
 * when the tunnels below hq were made without `dev`.
 *
 * The kernel's own limit of recursion does not see it where the device has a queueing discipline: that queues
 * the packet and takes it out again, one header longer, when the first call has returned. What it can not hide is
 * that the stack asks for a transmit queue of the device while one of its legs is being given a packet, on
 * the same CPU. That leg is dead then, until some time later one packet tries again.
 *
 * A leg that hands its packets to another thread, or waits for a rate of its own, is not seen. There each round
 * makes a packet longer, until it no longer fits.
 */
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "plait_link.h"

/* A leg is tried again after this long, and after twice as long each time, while it stays the same. */
#define PLAIT_LOOP_FIRST HZ
#define PLAIT_LOOP_LAST (64 * HZ)

/* The packets that this CPU is giving to legs, the innermost first. */
DEFINE_PER_CPU(struct plait_loop_frame *, plait_loop_frames);

/* An error message about the packet, by ICMP, may well leave by the device: the sender is behind it. */
static bool plait_loop_is_error(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return skb_headlen(skb) >= sizeof(struct iphdr) &&
		       ((const struct iphdr *)skb->data)->protocol == IPPROTO_ICMP;
	if (skb->protocol == htons(ETH_P_IPV6))
		return skb_headlen(skb) >= sizeof(struct ipv6hdr) &&
		       ((const struct ipv6hdr *)skb->data)->nexthdr == IPPROTO_ICMPV6;
	return false;
}

static void plait_loop_end(struct plait_leg *leg)
{
	struct plait_link *link = leg->link;
	struct plait_device *plait = container_of(link, struct plait_device, link);

	spin_lock(&link->lock);
	if (link->slots[leg->slot] == leg) {
		plait_leg_stop(leg);
		WRITE_ONCE(leg->came_back, true);
		mod_delayed_work(system_wq, &plait->loop, 0);
	}
	spin_unlock(&link->lock);
}

/**
 * plait_loop_look() - a packet is about to enter a device, while this CPU gives one to a leg
 * @dev: the device
 * @skb: the packet
 *
 * To be called with bottom halves off.
 */
void plait_loop_look(const struct net_device *dev, const struct sk_buff *skb)
{
	const struct plait_loop_frame *frame;

	for (frame = this_cpu_read(plait_loop_frames); frame; frame = frame->outer) {
		if (frame->leg->link->dev != dev)
			continue;
		if (!plait_loop_is_error(skb))
			plait_loop_end(frame->leg);
		return;
	}
}

static void plait_loop_begin(struct plait_leg *leg)
{
	struct net_device *dev = leg->link->dev;

	if (leg->loop_wait && time_after(jiffies, leg->loop_until + PLAIT_LOOP_LAST))
		leg->loop_wait = 0;
	if (!leg->loop_wait)
		netdev_warn(dev, "routing loop: what leg %s sends is routed to %s; say by which device it is to send\n",
			    leg->ops->name(leg), dev->name);
	leg->loop_wait = clamp_t(unsigned long, 2 * leg->loop_wait, PLAIT_LOOP_FIRST,
				 PLAIT_LOOP_LAST);
	leg->loop_until = jiffies + leg->loop_wait;
	plait_leg_set_loop(leg, true);
}

/* Dead where a packet just came back, to be tried again where that is long enough ago. */
static void plait_loop_update(struct plait_leg *leg)
{
	if (READ_ONCE(leg->came_back)) {
		WRITE_ONCE(leg->came_back, false);
		plait_loop_begin(leg);
	} else if (leg->loops && time_after_eq(jiffies, leg->loop_until)) {
		plait_leg_set_loop(leg, false);
	}
}

static void plait_loop_work(struct work_struct *work)
{
	struct plait_device *plait = container_of(to_delayed_work(work), struct plait_device, loop);
	unsigned long next = 0;
	struct plait_leg *leg;

	/* Who holds it may wait for us. */
	if (!rtnl_trylock()) {
		schedule_delayed_work(&plait->loop, 1);
		return;
	}
	list_for_each_entry(leg, &plait->link.legs, list) {
		plait_loop_update(leg);
		if (leg->loops && (!next || time_before(leg->loop_until, next)))
			next = leg->loop_until;
	}
	if (next)
		schedule_delayed_work(&plait->loop,
				      time_after(next, jiffies) ? next - jiffies : 0);
	rtnl_unlock();
}

/**
 * plait_loop_init() - no loop was seen yet
 * @plait: a device without legs
 */
void plait_loop_init(struct plait_device *plait)
{
	INIT_DELAYED_WORK(&plait->loop, plait_loop_work);
}

/**
 * plait_loop_stop() - no work is under way, nor will be
 * @plait: a device without legs, by which no packet leaves
 */
void plait_loop_stop(struct plait_device *plait)
{
	cancel_delayed_work_sync(&plait->loop);
}
