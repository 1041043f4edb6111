// SPDX-License-Identifier: GPL-2.0-only
/* Links: what they begin as, the choice of a leg for a packet, and who is found in one. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "core.h"

/**
 * plait_link_init() - set up a link without legs
 * @link: zeroed memory
 * @dev: its device, not registered yet
 * @ops: of the owner
 *
 * Return: 0, -ENOMEM, or -ENOENT when this module is being unloaded.
 */
int plait_link_init(struct plait_link *link, struct net_device *dev,
		    const struct plait_link_ops *ops)
{
	link->dev = dev;
	link->ops = ops;
	INIT_LIST_HEAD(&link->list);
	INIT_LIST_HEAD(&link->legs);
	spin_lock_init(&link->lock);

	link->scheduler = plait_scheduler_get(NULL);
	if (!link->scheduler)
		return -ENOENT;

	link->state = kvzalloc(link->scheduler->state_size, GFP_KERNEL_ACCOUNT);
	if (!link->state) {
		plait_scheduler_put(link->scheduler);
		return -ENOMEM;
	}
	link->scheduler->init(link->state, get_random_u64());
	return 0;
}
EXPORT_SYMBOL_GPL(plait_link_init);

/**
 * plait_link_uninit() - undo plait_link_init()
 * @link: has no legs, is not published, and no packet can reach it any more
 */
void plait_link_uninit(struct plait_link *link)
{
	kfree(link->rules);
	plait_scheduler_free_state(link->scheduler, link->state);
	plait_scheduler_put(link->scheduler);
}
EXPORT_SYMBOL_GPL(plait_link_uninit);

/**
 * plait_link_pick_locked() - choose the leg for a packet and charge it
 * @link: the link; its lock is held
 * @packets: what the packet is on the wire: the number of its segments
 *
 * Return: the leg, or NULL when none is live.
 */
struct plait_leg *plait_link_pick_locked(struct plait_link *link, u32 packets)
{
	u32 slots;

	lockdep_assert_held(&link->lock);
	while ((slots = link->scheduler->pick(link->state, packets))) {
		struct plait_leg *leg = link->slots[__ffs(slots)];

		/*
		 * Carrier loss is reported by a work item that may run a second later. Looking here
		 * saves the packets of that second. With the report the leg is put back or not.
		 */
		if (likely(plait_leg_runs(leg)))
			return leg;
		plait_leg_stop(leg);
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(plait_link_pick_locked);

/**
 * plait_link_pick() - choose the leg for a packet and charge it
 * @link: the link
 * @packets: see plait_link_pick_locked()
 *
 * To be called with bottom halves off. The leg is there until they are on again.
 *
 * Return: the leg, or NULL when none is live.
 */
struct plait_leg *plait_link_pick(struct plait_link *link, u32 packets)
{
	struct plait_leg *leg;

	spin_lock(&link->lock);
	leg = plait_link_pick_locked(link, packets);
	spin_unlock(&link->lock);
	return leg;
}
EXPORT_SYMBOL_GPL(plait_link_pick);

/**
 * plait_link_by_index() - find a link of a namespace
 * @net: the namespace
 * @ifindex: index of the plait device
 * @error: set to -ENODEV (no such device) or -EOPNOTSUPP (not a plait device) when not found
 *
 * Return: the link or NULL.
 */
struct plait_link *plait_link_by_index(struct net *net, u32 ifindex, int *error)
{
	struct plait_link *link;

	ASSERT_RTNL();
	list_for_each_entry(link, &plait_net(net)->links, list)
		if (link->dev->ifindex == ifindex)
			return link;
	*error = __dev_get_by_index(net, ifindex) ? -EOPNOTSUPP : -ENODEV;
	return NULL;
}
EXPORT_SYMBOL_GPL(plait_link_by_index);

/**
 * plait_link_leg_by_index() - find a leg of a link
 * @link: the link
 * @ifindex: index of the leg's device; one that is none is not found so
 *
 * Return: the leg or NULL.
 */
struct plait_leg *plait_link_leg_by_index(struct plait_link *link, u32 ifindex)
{
	struct plait_leg *leg;

	ASSERT_RTNL();
	list_for_each_entry(leg, &link->legs, list)
		if (ifindex && leg->ops->ifindex(leg) == ifindex)
			return leg;
	return NULL;
}

/**
 * plait_link_leg_by_name() - find a leg of a link
 * @link: the link
 * @name: its name
 *
 * Return: the leg or NULL.
 */
struct plait_leg *plait_link_leg_by_name(struct plait_link *link, const char *name)
{
	struct plait_leg *leg;

	ASSERT_RTNL();
	list_for_each_entry(leg, &link->legs, list)
		if (!strcmp(leg->ops->name(leg), name))
			return leg;
	return NULL;
}

/**
 * plait_link_update_carrier() - a link has carrier when one of its legs is live
 * @link: the link
 */
void plait_link_update_carrier(struct plait_link *link)
{
	struct plait_leg *leg;

	ASSERT_RTNL();
	list_for_each_entry(leg, &link->legs, list) {
		if (leg->live) {
			netif_carrier_on(link->dev);
			return;
		}
	}
	netif_carrier_off(link->dev);
}
