// SPDX-License-Identifier: GPL-2.0-only
/* Another scheduler for a link, while packets flow. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "core.h"

/* A state of its own for each scheduler, told of all legs. */
static void *plait_link_new_state(const struct plait_link *link,
				  const struct plait_scheduler *scheduler)
{
	void *state = kvzalloc(scheduler->state_size, GFP_KERNEL_ACCOUNT);
	const struct plait_leg *leg;

	if (!state)
		return NULL;
	scheduler->init(state, get_random_u64());
	list_for_each_entry(leg, &link->legs, list) {
		if (plait_leg_tell(leg, scheduler, state))
			continue;
		plait_scheduler_free_state(scheduler, state);
		return NULL;
	}
	return state;
}

static int plait_link_use_scheduler(struct plait_link *link,
				    const struct plait_scheduler **scheduler)
{
	bool controlled = plait_link_control(link);
	bool controls = (*scheduler)->control;
	void *state;
	int err;

	state = plait_link_new_state(link, *scheduler);
	if (!state)
		return -ENOMEM;
	if (controls && !controlled) {
		err = link->ops->start(link);
		if (err) {
			plait_scheduler_free_state(*scheduler, state);
			return err;
		}
	}

	spin_lock_bh(&link->lock);
	swap(link->scheduler, *scheduler);
	swap(link->state, state);
	if (controlled)
		link->ops->adopt(link);
	spin_unlock_bh(&link->lock);

	if (controls)
		link->ops->run(link);
	else if (controlled)
		link->ops->stop(link);
	/* The old ones: they were swapped. */
	plait_scheduler_free_state(*scheduler, state);
	return 0;
}

/**
 * plait_link_set_scheduler() - give a link another scheduler, while packets flow
 * @link: the link
 * @name: name of a registered scheduler
 * @extack: says what is wrong; may be NULL
 *
 * Return: 0, -ENOENT when there is no such scheduler, -ENOMEM.
 */
int plait_link_set_scheduler(struct plait_link *link, const char *name,
			     struct netlink_ext_ack *extack)
{
	const struct plait_scheduler *scheduler = plait_scheduler_get(name);
	int err = 0;

	ASSERT_RTNL();
	if (!scheduler) {
		NL_SET_ERR_MSG(extack, "There is no scheduler of this name");
		return -ENOENT;
	}
	/* What is known of the legs is not to be learned again. */
	if (scheduler != link->scheduler) {
		err = plait_link_use_scheduler(link, &scheduler);
		if (!err)
			call_netdevice_notifiers(NETDEV_CHANGEINFODATA, link->dev);
	}
	plait_scheduler_put(scheduler);
	return err;
}
EXPORT_SYMBOL_GPL(plait_link_set_scheduler);
