// SPDX-License-Identifier: GPL-2.0-only
/* Offloads, GSO limits and headroom: what the legs allow. */
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "plait_link.h"

/**
 * plait_fix_features() - ndo_fix_features: what one leg can do is offered, the kernel does it in
 *	software before a leg that can not
 * @dev: the plait device
 * @features: what is wanted
 *
 * Return: what is possible.
 */
netdev_features_t plait_fix_features(struct net_device *dev, netdev_features_t features)
{
	const struct plait_link *link = &plait_device(dev)->link;
	const netdev_features_t without = plait_device(dev)->segments ? NETIF_F_GSO_MASK : 0;
	const netdev_features_t wanted = features;
	struct plait_leg_limits limits;
	const struct plait_leg *leg;

	if (list_empty(&link->legs))
		return features & ~without;

	features &= ~(NETIF_F_ONE_FOR_ALL | NETIF_F_CSUM_MASK);
	features |= NETIF_F_ALL_FOR_ALL;
	list_for_each_entry(leg, &link->legs, list) {
		leg->ops->limits(leg, &limits);
		features = netdev_increment_features(features, limits.features, wanted);
	}
	return features & ~without;
}

/* A GSO packet is given to one leg whole, so the most modest leg says how large it may be. */
static void plait_update_gso_limits(struct net_device *dev)
{
	const struct plait_link *link = &plait_device(dev)->link;
	unsigned int size = TSO_MAX_SIZE, segs = TSO_MAX_SEGS;
	struct plait_leg_limits limits;
	const struct plait_leg *leg;
	bool follows;

	if (list_empty(&link->legs))
		size = TSO_LEGACY_MAX_SIZE;
	list_for_each_entry(leg, &link->legs, list) {
		leg->ops->limits(leg, &limits);
		size = min(size, limits.gso_size);
		segs = min(segs, limits.gso_segs);
	}
	/* The kernel lowers what is used with what is possible, and never raises it again. */
	follows = dev->gso_max_size >= min_t(unsigned int, dev->tso_max_size, GSO_LEGACY_MAX_SIZE) &&
		  dev->gso_max_segs >= dev->tso_max_segs;
	netif_set_tso_max_size(dev, size);
	netif_set_tso_max_segs(dev, segs);
	if (!follows)
		return;
	WRITE_ONCE(dev->gso_max_size, min_t(unsigned int, size, GSO_LEGACY_MAX_SIZE));
	WRITE_ONCE(dev->gso_max_segs, segs);
}

/* Legs put their headers in front, and some of them something behind; making room once saves a copy for each packet. */
static void plait_update_headroom(struct net_device *dev)
{
	const struct plait_link *link = &plait_device(dev)->link;
	unsigned int headroom = 0, tailroom = 0;
	struct plait_leg_limits limits;
	const struct plait_leg *leg;

	list_for_each_entry(leg, &link->legs, list) {
		leg->ops->limits(leg, &limits);
		headroom = max(headroom, limits.headroom);
		tailroom = max(tailroom, limits.tailroom);
	}
	dev->needed_headroom = headroom;
	dev->needed_tailroom = tailroom;
}

/**
 * plait_update_features() - take over what the legs can do, after one joined, left or changed
 * @dev: the plait device
 */
void plait_update_features(struct net_device *dev)
{
	ASSERT_RTNL();
	plait_update_gso_limits(dev);
	plait_update_headroom(dev);
	netdev_update_features(dev);
}
