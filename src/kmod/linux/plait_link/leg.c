// SPDX-License-Identifier: GPL-2.0-only
/* Devices becoming legs of a plait device and being released. */
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "plait_link.h"

/**
 * plait_is_point_to_point() - can a device be a leg?
 * @dev: any device
 *
 * A leg carries bare IP packets to the one place at its other end: no link-layer header to be made,
 * no neighbour to be resolved.
 *
 * Return: true when it is so.
 */
bool plait_is_point_to_point(const struct net_device *dev)
{
	return dev->flags & IFF_POINTOPOINT && !(dev->header_ops && dev->header_ops->create);
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
	struct plait_leg *leg;
	int err;

	ASSERT_RTNL();
	err = plait_check_leg(dev, leg_dev, extack);
	if (err)
		return err;

	leg = plait_leg_alloc(&plait_device(dev)->link, leg_dev);
	if (!leg)
		return -ENOMEM;

	/* A leg needs no address, and is to send no solicitations of its own. */
	leg_dev->priv_flags |= PLAIT_NO_ADDRCONF;
	err = netdev_master_upper_dev_link(leg_dev, dev, NULL, NULL, extack);
	if (err)
		goto err_leg;

	err = netdev_rx_handler_register(leg_dev, plait_receive, leg);
	if (err)
		goto err_upper;

	err = plait_leg_join(leg, extack);
	if (err)
		goto err_rx_handler;

	plait_update_features(dev);
	plait_update_mtu(dev);
	/* Last: the first packet leaves by a device that is all set up. */
	plait_below_update(leg);
	return 0;

err_rx_handler:
	netdev_rx_handler_unregister(leg_dev);
err_upper:
	netdev_upper_dev_unlink(leg_dev, dev);
err_leg:
	leg_dev->priv_flags &= ~PLAIT_NO_ADDRCONF;
	plait_leg_free(leg);
	return err;
}

static void plait_leg_release(struct plait_leg *leg)
{
	struct net_device *dev = leg->link->dev;

	/* No new packet leaves by it … */
	plait_leg_leave(leg);
	/*
	 * … none comes in by it any more, and this waits for an RCU grace period: those that were
	 * on their way, in either direction, are through.
	 */
	netdev_rx_handler_unregister(leg->dev);
	netdev_upper_dev_unlink(leg->dev, dev);
	leg->dev->priv_flags &= ~PLAIT_NO_ADDRCONF;
	plait_leg_free(leg);
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
	struct plait_leg *leg = plait_leg_of(leg_dev);

	ASSERT_RTNL();
	if (!leg || leg->link->dev != dev)
		return -ENOENT;

	plait_leg_release(leg);
	plait_update_features(dev);
	plait_update_mtu(dev);
	return 0;
}

/**
 * plait_device_release_legs() - release all legs of a device that is going away
 * @dev: the plait device
 */
void plait_device_release_legs(struct net_device *dev)
{
	struct plait_leg *leg, *next;

	ASSERT_RTNL();
	list_for_each_entry_safe(leg, next, &plait_device(dev)->link.legs, list)
		plait_leg_release(leg);
}

/**
 * plait_leg_of() - the leg that a device is
 * @leg_dev: any device
 *
 * Return: the leg, NULL when the device is not one.
 */
struct plait_leg *plait_leg_of(const struct net_device *leg_dev)
{
	ASSERT_RTNL();
	if (rtnl_dereference(leg_dev->rx_handler) != plait_receive)
		return NULL;
	return rtnl_dereference(leg_dev->rx_handler_data);
}
