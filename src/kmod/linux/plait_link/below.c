// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices below legs that are devices: an ipip device keeps its carrier when the Ethernet that it was made on
 * (`ip link add … type ipip … dev eth1.6`) loses its own, and its packets vanish.
 *
 * What such a device says of itself leads to the device below, and where that is a VLAN on to what
 * carries it: there the carrier is lost first, and the others follow only with the kernel's report,
 * which may be a second late.
 */
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "plait_link.h"

/* All legs that are devices, of all namespaces; changed under RTNL. */
static LIST_HEAD(plait_device_legs);

/* The device that one sends by, as `ip link` shows it behind the @; NULL when it says none. */
static struct net_device *plait_sends_by(const struct net_device *dev)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;
	struct net *net = ops && ops->get_link_net ? ops->get_link_net(dev) : dev_net(dev);

	/*
	 * Others name themselves, and some of them, PPP for one, with the namespace that they were
	 * made in: there that number is somebody else's.
	 */
	if (!dev->netdev_ops->ndo_get_iflink)
		return NULL;
	return __dev_get_by_index(net, dev_get_iflink(dev));
}

/* Whether one says by which device it sends, and that is gone. Without the namespace nobody can tell. */
static bool plait_lost_below(const struct net_device *dev)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;

	return dev->netdev_ops->ndo_get_iflink && ops && ops->get_link_net &&
	       dev_get_iflink(dev) && !plait_sends_by(dev);
}

static struct net_device *plait_carries(const struct net_device *dev)
{
	return is_vlan_dev(dev) ? plait_sends_by(dev) : NULL;
}

/**
 * plait_sends_back() - does a device send by a plait device, as far as it says?
 * @leg_dev: the device
 * @dev: the plait device
 *
 * Return: true when it does; what it is given by the plait device would come back.
 */
bool plait_sends_back(const struct net_device *leg_dev, const struct net_device *dev)
{
	const struct net_device *one;

	for (one = plait_sends_by(leg_dev); one; one = plait_carries(one))
		if (one == dev)
			return true;
	return false;
}

/**
 * plait_below_update() - look again what is below a leg, and whether all of it runs
 * @leg: a leg that has joined
 */
void plait_below_update(struct plait_device_leg *leg)
{
	bool runs = plait_device_runs(leg->dev) && !plait_lost_below(leg->dev) &&
		    plait_is_point_to_point(leg->dev) &&
		    !plait_sends_back(leg->dev, leg->leg.link->dev);
	struct net_device *below = NULL, *dev;

	ASSERT_RTNL();
	for (dev = plait_sends_by(leg->dev); dev; dev = plait_carries(dev)) {
		runs = runs && plait_device_runs(dev);
		below = dev;
	}
	rcu_assign_pointer(leg->below, below);
	plait_leg_set_running(&leg->leg, runs);
}

/**
 * plait_below_enter() - follow what is below a leg from now on
 * @leg: a leg that has joined
 */
void plait_below_enter(struct plait_device_leg *leg)
{
	ASSERT_RTNL();
	list_add_tail(&leg->list, &plait_device_legs);
	plait_below_update(leg);
}

/**
 * plait_below_leave() - undo plait_below_enter()
 * @leg: the leg
 */
void plait_below_leave(struct plait_device_leg *leg)
{
	ASSERT_RTNL();
	list_del(&leg->list);
}

static bool plait_is_below(const struct net_device *dev, const struct plait_device_leg *leg)
{
	const struct net_device *one;

	for (one = plait_sends_by(leg->dev); one; one = plait_carries(one))
		if (one == dev)
			return true;
	/* One that unregisters is found by nobody any more. */
	return dev == rtnl_dereference(leg->below);
}

/**
 * plait_below_event() - something happened to a device, which may be below legs
 * @dev: the device
 * @event: what. Of a device that unregisters no leg knows after this; for packets that are still
 *	looking at it the kernel waits
 */
void plait_below_event(struct net_device *dev, unsigned long event)
{
	struct plait_device_leg *leg;

	ASSERT_RTNL();
	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		break;
	default:
		return;
	}
	list_for_each_entry(leg, &plait_device_legs, list)
		if (plait_is_below(dev, leg))
			plait_below_update(leg);
}
