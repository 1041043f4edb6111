// SPDX-License-Identifier: GPL-2.0-only
/*
 * A leg that is a network device: how it is reached (&struct plait_leg_ops), how a device becomes one,
 * and how it is released.
 */
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "plait_link.h"

/* After an error of a device its packets keep their routes for this long. */
#define PLAIT_ROUTES_AFTER_ERROR HZ

/*
 * A tunnel needs the route of a packet only when something is wrong: to tell a sender that its packets are too big
 * for the path, or that the far end is not reached. With it the tunnel asks for each packet whose path MTU is to be
 * lowered, which takes longer than all that we do, and finds nothing, as it looks for a route by the leg.
 *
 * So packets go without. One that is too big is dropped then, and counted as an error of the device: that is seen here
 * with the next one, and the routes stay on while there are errors. Besides, one packet in a jiffy keeps
 * its route, for errors that are not counted. A small packet fits every path.
 */
static bool plait_needs_route(struct plait_device_leg *leg, unsigned int bytes)
{
	unsigned long now = jiffies, errors, until;

	if (bytes <= PLAIT_SMALL_PACKET)
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

/* The device gets the packet as it is, with its route where it may need it, and whole, when it is a GSO packet. */
static int plait_device_leg_transmit(struct plait_leg *leg, struct sk_buff *skb)
{
	struct plait_device_leg *device_leg = plait_device_leg(leg);
	int verdict;

	if (!plait_needs_route(device_leg, skb->len))
		skb_dst_drop(skb);
	skb->dev = device_leg->dev;
	verdict = dev_queue_xmit(skb);
	/* A macro, which looks at it twice. */
	return net_xmit_eval(verdict);
}

/* A tunnel keeps its carrier whatever happens to the device that its packets leave by: see below.c. */
static bool plait_device_leg_running(const struct plait_leg *leg)
{
	const struct plait_device_leg *device_leg = plait_device_leg(leg);
	const struct net_device *below = rcu_dereference_check(device_leg->below,
							       rcu_read_lock_bh_held() ||
							       lockdep_rtnl_is_held());

	return plait_device_runs(device_leg->dev) && (!below || plait_device_runs(below));
}

static void plait_device_leg_limits(const struct plait_leg *leg, struct plait_leg_limits *limits)
{
	const struct net_device *dev = plait_device_leg(leg)->dev;

	limits->mtu = dev->mtu;
	limits->headroom = dev->hard_header_len + dev->needed_headroom;
	limits->tailroom = dev->needed_tailroom;
	limits->features = dev->features;
	limits->gso_size = dev->tso_max_size;
	limits->gso_segs = dev->tso_max_segs;
}

static const char *plait_device_leg_name(const struct plait_leg *leg)
{
	return plait_device_leg(leg)->dev->name;
}

static int plait_device_leg_ifindex(const struct plait_leg *leg)
{
	return plait_device_leg(leg)->dev->ifindex;
}

/* Has rtnetlink tell what is set and so of the leg. */
static void plait_device_leg_changed(const struct plait_leg *leg)
{
	call_netdevice_notifiers(NETDEV_CHANGEINFODATA, plait_device_leg(leg)->dev);
}

static void plait_device_leg_release(struct plait_leg *leg)
{
	struct plait_device_leg *device_leg = plait_device_leg(leg);
	struct net_device *dev = device_leg->dev;

	/* No new packet leaves by it … */
	plait_below_leave(device_leg);
	plait_leg_leave(leg);
	/*
	 * … none comes in by it any more, and this waits for an RCU grace period: those that were
	 * on their way, in either direction, are through.
	 */
	netdev_rx_handler_unregister(dev);
	netdev_upper_dev_unlink(dev, leg->link->dev);
	dev->priv_flags &= ~PLAIT_NO_ADDRCONF;
	plait_leg_uninit(leg);
	kfree(device_leg);
}

static const struct plait_leg_ops plait_device_leg_ops = {
	.transmit = plait_device_leg_transmit,
	.running = plait_device_leg_running,
	.limits = plait_device_leg_limits,
	.name = plait_device_leg_name,
	.ifindex = plait_device_leg_ifindex,
	.changed = plait_device_leg_changed,
	.release = plait_device_leg_release,
};

static rx_handler_result_t plait_device_leg_receive(struct sk_buff **pskb)
{
	/* The packet taps of the device may hold it too. */
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);

	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	*pskb = skb;
	return plait_leg_receive(rcu_dereference(skb->dev->rx_handler_data), skb) ?
		       RX_HANDLER_ANOTHER : RX_HANDLER_CONSUMED;
}

static int plait_check_leg(const struct net_device *dev, struct net_device *leg_dev,
			   struct netlink_ext_ack *extack)
{
	if (plait_is_device(leg_dev)) {
		NL_SET_ERR_MSG(extack, "A plait device can not be a leg of a plait device");
		return -ELOOP;
	}
	if (!plait_is_point_to_point(leg_dev)) {
		NL_SET_ERR_MSG(extack,
			       "A leg must be a point-to-point layer 3 device with a fixed remote");
		return -EINVAL;
	}
	if (plait_sends_back(leg_dev, dev)) {
		NL_SET_ERR_MSG(extack, "The device sends by the plait device itself");
		return -ELOOP;
	}
	if (netdev_is_rx_handler_busy(leg_dev)) {
		NL_SET_ERR_MSG(extack, "The device is already used by another one");
		return -EBUSY;
	}
	return 0;
}

/**
 * plait_device_add_leg() - ndo_add_slave
 * @dev: the plait device
 * @leg_dev: the device that becomes its leg
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int plait_device_add_leg(struct net_device *dev, struct net_device *leg_dev,
			 struct netlink_ext_ack *extack)
{
	struct plait_device_leg *leg;
	int err;

	ASSERT_RTNL();
	err = plait_check_leg(dev, leg_dev, extack);
	if (err)
		return err;

	leg = kzalloc(sizeof(*leg), GFP_KERNEL_ACCOUNT);
	if (!leg)
		return -ENOMEM;
	leg->dev = leg_dev;
	err = plait_leg_init(&leg->leg, &plait_device(dev)->link, &plait_device_leg_ops);
	if (err)
		goto err_alloc;

	/* A leg needs no address, and is to send no solicitations of its own. */
	leg_dev->priv_flags |= PLAIT_NO_ADDRCONF;
	err = netdev_master_upper_dev_link(leg_dev, dev, NULL, NULL, extack);
	if (err)
		goto err_leg;

	err = netdev_rx_handler_register(leg_dev, plait_device_leg_receive, &leg->leg);
	if (err)
		goto err_upper;

	err = plait_leg_join(&leg->leg, extack);
	if (err)
		goto err_rx_handler;

	plait_link_fit(leg->leg.link);
	/* Last: the first packet leaves by a device that is all set up. */
	plait_below_enter(leg);
	return 0;

err_rx_handler:
	netdev_rx_handler_unregister(leg_dev);
err_upper:
	netdev_upper_dev_unlink(leg_dev, dev);
err_leg:
	leg_dev->priv_flags &= ~PLAIT_NO_ADDRCONF;
	plait_leg_uninit(&leg->leg);
err_alloc:
	kfree(leg);
	return err;
}

/**
 * plait_device_leg_of() - the leg that a device is
 * @leg_dev: any device
 *
 * Return: the leg, NULL when the device is not one.
 */
struct plait_device_leg *plait_device_leg_of(const struct net_device *leg_dev)
{
	ASSERT_RTNL();
	if (rtnl_dereference(leg_dev->rx_handler) != plait_device_leg_receive)
		return NULL;
	return plait_device_leg(rtnl_dereference(leg_dev->rx_handler_data));
}

/**
 * plait_device_del_leg() - ndo_del_slave
 * @dev: the plait device
 * @leg_dev: one of its legs
 *
 * Return: 0, or -ENOENT when it is no leg of it.
 */
int plait_device_del_leg(struct net_device *dev, struct net_device *leg_dev)
{
	struct plait_device_leg *leg = plait_device_leg_of(leg_dev);

	ASSERT_RTNL();
	if (!leg || leg->leg.link->dev != dev)
		return -ENOENT;

	plait_device_leg_release(&leg->leg);
	plait_link_fit(&plait_device(dev)->link);
	return 0;
}
