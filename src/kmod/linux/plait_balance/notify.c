// SPDX-License-Identifier: GPL-2.0-only
/* Devices of uplinks that go up and down, come and go. */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "fast.h"

/*
 * To unregister, the kernel tells that every device goes. None does: sessions of uplinks that seem to die one after the
 * other would be moved and ended.
 */
static bool plait_balance_notify_ends;

static void plait_balance_device_changed(const struct net_device *dev, bool running)
{
	struct net *net = dev_net(dev);
	const struct plait_balance_config *old = rtnl_dereference(plait_balance_net(net)->config);
	const struct plait_balance_uplink *uplink = old ? plait_balance_by_index(old, dev->ifindex) : NULL;
	struct plait_balance_config *config;

	if (!uplink || uplink->running == running)
		return;
	config = plait_balance_config_copy(old);
	if (!config)
		return;
	config->uplinks[uplink - old->uplinks].running = running;
	plait_balance_config_publish(net, config);
}

static int plait_balance_notify(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);

	if (event == NETDEV_UNREGISTER)
		plait_balance_fast_device_gone(dev);
	if (READ_ONCE(plait_balance_notify_ends))
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UP:
	case NETDEV_CHANGE:
		plait_balance_device_changed(dev, netif_running(dev) && netif_carrier_ok(dev));
		break;
	case NETDEV_GOING_DOWN:
	case NETDEV_DOWN:
	case NETDEV_UNREGISTER:
		plait_balance_device_changed(dev, false);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block plait_balance_notifier = {
	.notifier_call = plait_balance_notify,
};

int __init plait_balance_notify_init(void)
{
	return register_netdevice_notifier(&plait_balance_notifier);
}

void plait_balance_notify_uninit(void)
{
	WRITE_ONCE(plait_balance_notify_ends, true);
	unregister_netdevice_notifier(&plait_balance_notifier);
}
