// SPDX-License-Identifier: GPL-2.0-only
/* The plait device: how it is set up and what it can do. */
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <net/ip_tunnels.h>
#include <net/rtnetlink.h>

#include "plait_link.h"

/*
 * What a plait device can do is what its legs can do; what only some of them can is done in
 * software just before those that cannot.
 */
#define PLAIT_FEATURES (NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM | \
			NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE)

static int plait_device_init(struct net_device *dev)
{
	struct plait_device *plait = plait_device(dev);
	int err;

	netdev_lockdep_set_classes(dev);

	dev->tstats = __netdev_alloc_pcpu_stats(struct pcpu_sw_netstats, GFP_KERNEL_ACCOUNT);
	if (!dev->tstats)
		return -ENOMEM;

	err = plait_link_init(&plait->link, dev, &plait_device_link_ops);
	if (err) {
		free_percpu(dev->tstats);
		return err;
	}

	plait_queue_init(&plait->queue);
	plait_codel_init(&plait->codel);
	plait_loop_init(plait);
	INIT_LIST_HEAD(&plait->watched);

	netif_carrier_off(dev);
	return 0;
}

/* Called when nobody can reach the device any more. */
static void plait_device_free(struct net_device *dev)
{
	cancel_delayed_work_sync(&plait_device(dev)->queue.trim);
	plait_link_uninit(&plait_device(dev)->link);
	free_percpu(dev->tstats);
}

static const struct net_device_ops plait_netdev_ops = {
	.ndo_init = plait_device_init,
	.ndo_select_queue = plait_select_queue,
	.ndo_start_xmit = plait_start_xmit,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_add_slave = plait_device_add_leg,
	.ndo_del_slave = plait_device_del_leg,
	.ndo_change_mtu = plait_change_mtu,
	.ndo_fix_features = plait_fix_features,
	.ndo_features_check = passthru_features_check,
};

static const struct device_type plait_device_type = {
	.name = "plait",
};

/**
 * plait_device_setup() - set up a new device
 * @dev: zeroed memory, but for what the kernel has filled in
 */
void plait_device_setup(struct net_device *dev)
{
	dev->netdev_ops = &plait_netdev_ops;
	dev->ethtool_ops = &plait_ethtool_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	SET_NETDEV_DEVTYPE(dev, &plait_device_type);
	dev->priv_destructor = plait_device_free;
	dev->needs_free_netdev = true;

	/* Until plait_device_without_link_local() has seen to it. */
	dev->priv_flags |= PLAIT_NO_ADDRCONF;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU;

	/* No queue unless one is asked for; no netpoll, which sends with interrupts off. */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	/* Legs need the route of a packet to lower its path MTU. */
	netif_keep_dst(dev);

	dev->hw_features = PLAIT_FEATURES;
	dev->features = PLAIT_FEATURES;
	plait_netdev_set_lltx(dev);
}
