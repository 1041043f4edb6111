// SPDX-License-Identifier: GPL-2.0-only
/* What happens to plait devices and to their legs. */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>

#include "plait_link.h"

/*
 * No IPv6 link-local address of itself: it would only send router solicitations and the like, and
 * into legs that may carry IPv4 alone. What IPv6 has of a device goes while its MTU is too small for IPv6, and
 * is there only later when IPv6 is a module: until then the flag keeps it from generating addresses, after that the mode.
 */
static void plait_device_without_link_local(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);

	if (!idev) {
		dev->priv_flags |= PLAIT_NO_ADDRCONF;
	} else if (dev->priv_flags & PLAIT_NO_ADDRCONF || !PLAIT_NO_ADDRCONF) {
		idev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;
		dev->priv_flags &= ~PLAIT_NO_ADDRCONF;
	}
}

/* Of a device that is going away. */
static void plait_device_release_legs(struct net_device *dev)
{
	struct plait_leg *leg, *next;

	list_for_each_entry_safe(leg, next, &plait_device(dev)->link.legs, list)
		leg->ops->release(leg);
}

static int plait_device_registers(struct net_device *dev)
{
	int err = plait_link_publish(&plait_device(dev)->link);

	if (err)
		return notifier_from_errno(err);

	if (plait_device(dev)->segments) {
		err = plait_watch(plait_device(dev));
		if (err)
			return notifier_from_errno(err);
	}
	plait_device_without_link_local(dev);
	/* After a move: it left its legs behind. */
	plait_link_fit(&plait_device(dev)->link);
	return NOTIFY_DONE;
}

/* A device that moves to another namespace unregisters in the old and registers in the new one. */
static int plait_device_event(struct net_device *dev, unsigned long event)
{
	struct plait_link *link = &plait_device(dev)->link;

	switch (event) {
	case NETDEV_REGISTER:
		return plait_device_registers(dev);
	case NETDEV_UNREGISTER:
		/*
		 * Without legs the MTU would be another, but a new MTU makes the protocols settle
		 * on the device again, which have just left it.
		 */
		plait_device_release_legs(dev);
		plait_unwatch(plait_device(dev));
		plait_codel_stop(plait_device(dev));
		plait_loop_stop(plait_device(dev));
		plait_queue_drain(plait_device(dev));
		plait_link_withdraw(link);
		break;
	case NETDEV_CHANGENAME:
		return notifier_from_errno(plait_link_renamed(link));
	case NETDEV_CHANGEMTU:
		plait_device_without_link_local(dev);
		break;
	}
	return NOTIFY_DONE;
}

static int plait_leg_event(struct plait_device_leg *leg, unsigned long event)
{
	struct net_device *dev = leg->leg.link->dev;

	switch (event) {
	case NETDEV_GOING_DOWN:
		/* It still counts as running, but not for long. */
		plait_leg_set_running(&leg->leg, false);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		plait_below_update(leg);
		break;
	case NETDEV_CHANGENAME:
		plait_leg_renamed(&leg->leg);
		break;
	case NETDEV_CHANGEMTU:
		plait_update_mtu(dev);
		break;
	case NETDEV_FEAT_CHANGE:
		plait_update_features(dev);
		break;
	case NETDEV_UNREGISTER:
		plait_device_del_leg(dev, leg->dev);
		break;
	case NETDEV_PRE_TYPE_CHANGE:
		return NOTIFY_BAD;
	}
	return NOTIFY_DONE;
}

static int plait_notify(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct plait_device_leg *leg;

	plait_direct_lower_event(dev, event);
	plait_below_event(dev, event);
	if (plait_is_device(dev))
		return plait_device_event(dev, event);

	leg = plait_device_leg_of(dev);
	return leg ? plait_leg_event(leg, event) : NOTIFY_DONE;
}

static struct notifier_block plait_notifier = {
	.notifier_call = plait_notify,
};

int plait_notify_init(void)
{
	return register_netdevice_notifier(&plait_notifier);
}

void plait_notify_uninit(void)
{
	unregister_netdevice_notifier(&plait_notifier);
}
