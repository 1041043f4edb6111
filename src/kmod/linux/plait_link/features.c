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
	const struct plait_leg *leg;

	if (list_empty(&link->legs))
		return features & ~without;

	features &= ~(NETIF_F_ONE_FOR_ALL | NETIF_F_CSUM_MASK);
	features |= NETIF_F_ALL_FOR_ALL;
	list_for_each_entry(leg, &link->legs, list)
		features = netdev_increment_features(features, leg->dev->features, wanted);
	return features & ~without;
}

/* A GSO packet is given to one leg whole, so the most modest leg says how large it may be. */
static void plait_update_gso_limits(struct net_device *dev)
{
	const struct plait_link *link = &plait_device(dev)->link;
	unsigned int size = TSO_MAX_SIZE, segs = TSO_MAX_SEGS;
	const struct plait_leg *leg;

	if (list_empty(&link->legs))
		size = TSO_LEGACY_MAX_SIZE;
	list_for_each_entry(leg, &link->legs, list) {
		size = min(size, leg->dev->tso_max_size);
		segs = min_t(unsigned int, segs, leg->dev->tso_max_segs);
	}
	netif_set_tso_max_size(dev, size);
	netif_set_tso_max_segs(dev, segs);
}

/* Legs put their headers in front; making room once saves a copy for each packet. */
static void plait_update_headroom(struct net_device *dev)
{
	const struct plait_link *link = &plait_device(dev)->link;
	const struct plait_leg *leg;
	unsigned int headroom = 0;

	list_for_each_entry(leg, &link->legs, list)
		headroom = max_t(unsigned int, headroom,
				 leg->dev->hard_header_len + leg->dev->needed_headroom);
	dev->needed_headroom = headroom;
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
