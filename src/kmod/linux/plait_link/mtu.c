// SPDX-License-Identifier: GPL-2.0-only
/*
 * MTU: a packet may leave by any leg, so the smallest one counts. It is followed up and down,
 * unless somebody asked for a smaller MTU, which is kept.
 */
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>

#include "plait_link.h"

static unsigned int plait_smallest_mtu(const struct plait_link *link, unsigned int without_legs)
{
	struct plait_leg_limits limits;
	unsigned int mtu = IP_MAX_MTU;
	const struct plait_leg *leg;

	if (list_empty(&link->legs))
		return without_legs;
	list_for_each_entry(leg, &link->legs, list) {
		leg->ops->limits(leg, &limits);
		mtu = min(mtu, limits.mtu);
	}
	return mtu;
}

/**
 * plait_change_mtu() - ndo_change_mtu
 * @dev: the plait device
 * @mtu: bytes; checked against the bounds of the device by the caller
 *
 * Return: 0.
 */
int plait_change_mtu(struct net_device *dev, int mtu)
{
	struct plait_device *plait = plait_device(dev);

	/* Asking for what it would have anyway means to follow the legs again. */
	if (!plait->mtu_following) {
		unsigned int followed = plait_smallest_mtu(&plait->link, ETH_DATA_LEN);

		plait->mtu_by_user = mtu == followed ? 0 : mtu;
	}
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

/**
 * plait_update_mtu() - set MTU and largest MTU from the legs
 * @dev: the plait device
 */
void plait_update_mtu(struct net_device *dev)
{
	struct plait_device *plait = plait_device(dev);
	unsigned int mtu = plait_smallest_mtu(&plait->link, ETH_DATA_LEN);

	ASSERT_RTNL();
	dev->max_mtu = max_t(unsigned int, plait_smallest_mtu(&plait->link, IP_MAX_MTU),
			     dev->min_mtu);
	if (plait->mtu_by_user)
		mtu = plait->mtu_by_user;
	mtu = clamp(mtu, dev->min_mtu, dev->max_mtu);
	if (mtu == dev->mtu)
		return;

	plait->mtu_following = true;
	if (dev_set_mtu(dev, mtu))
		netdev_warn(dev, "MTU stays at %u, its legs carry %u\n", dev->mtu, mtu);
	plait->mtu_following = false;
}

/**
 * plait_set_mtu_limit() - have the MTU follow the legs up to a limit
 * @dev: the plait device
 * @limit: bytes; 0: none
 */
void plait_set_mtu_limit(struct net_device *dev, unsigned int limit)
{
	plait_device(dev)->mtu_by_user = limit;
	plait_update_mtu(dev);
}
