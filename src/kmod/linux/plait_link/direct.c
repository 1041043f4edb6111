// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device kind "plait_direct": the ordinary route by one device, as something that can be a leg.
 *
 *	ip link add link eth1 name hq.direct type plait_direct
 *
 * It is point to point as a leg must be, sends what it is given as it is by the device that it was
 * made on, and receives nothing: what comes directly comes in by that device. It may be moved to
 * another namespace than that device, whose namespace has the routes.
 */
#include <linux/if_arp.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip_tunnels.h>
#include <net/rtnetlink.h>

#include "plait_link.h"

/* Changed under RTNL. */
static LIST_HEAD(plait_directs);

/* What the other device can not do is done in software just before it. */
#define PLAIT_DIRECT_FEATURES (NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM | \
			       NETIF_F_GSO_SOFTWARE)

static int plait_direct_init(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
	dev->tstats = __netdev_alloc_pcpu_stats(struct pcpu_sw_netstats, GFP_KERNEL_ACCOUNT);
	return dev->tstats ? 0 : -ENOMEM;
}

static void plait_direct_free(struct net_device *dev)
{
	free_percpu(dev->tstats);
}

static int plait_direct_get_iflink(const struct net_device *dev)
{
	return plait_direct(dev)->lower->ifindex;
}

static const struct net_device_ops plait_direct_netdev_ops = {
	.ndo_init = plait_direct_init,
	.ndo_start_xmit = plait_direct_start_xmit,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_get_iflink = plait_direct_get_iflink,
	.ndo_features_check = passthru_features_check,
};

static const struct device_type plait_direct_type = {
	.name = "plait_direct",
};

static void plait_direct_setup(struct net_device *dev)
{
	dev->netdev_ops = &plait_direct_netdev_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	SET_NETDEV_DEVTYPE(dev, &plait_direct_type);
	dev->priv_destructor = plait_direct_free;
	dev->needs_free_netdev = true;

	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->min_mtu = ETH_MIN_MTU;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	plait_netdev_set_lltx(dev);
	dev->hw_features = PLAIT_DIRECT_FEATURES;
	dev->features |= PLAIT_DIRECT_FEATURES;
}

static void plait_direct_update_carrier(struct plait_direct *direct)
{
	if (plait_device_runs(direct->lower))
		netif_carrier_on(direct->dev);
	else
		netif_carrier_off(direct->dev);
}

static void plait_direct_update_limits(struct plait_direct *direct)
{
	struct net_device *lower = direct->lower;

	netif_inherit_tso_max(direct->dev, lower);
	direct->dev->needed_headroom = lower->hard_header_len + lower->needed_headroom;
}

/* A smaller MTU that somebody asked for is kept. */
static void plait_direct_update_mtu(struct plait_direct *direct)
{
	struct net_device *dev = direct->dev;
	bool follows = dev->mtu == dev->max_mtu;

	dev->max_mtu = direct->lower->mtu;
	if (follows || dev->mtu > dev->max_mtu)
		dev_set_mtu(dev, dev->max_mtu);
}

static int plait_direct_check_lower(const struct net_device *lower,
				    struct netlink_ext_ack *extack)
{
	if (plait_is_device(lower) || plait_is_direct(lower)) {
		NL_SET_ERR_MSG(extack, "A direct route does not go by a plait device");
		return -ELOOP;
	}
	if (lower->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack, "A direct route does not go by the loopback device");
		return -EINVAL;
	}
	return 0;
}

static int plait_direct_create(struct net *lower_net, struct net_device *dev, struct nlattr *tb[],
			       struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct plait_direct *direct = plait_direct(dev);
	struct net_device *lower;
	int err;

	if (!tb[IFLA_LINK]) {
		NL_SET_ERR_MSG(extack, "Say which device it sends by: link DEVICE");
		return -EINVAL;
	}
	lower = __dev_get_by_index(lower_net, nla_get_u32(tb[IFLA_LINK]));
	if (!lower) {
		NL_SET_ERR_MSG(extack, "There is no such device below");
		return -ENODEV;
	}
	err = plait_direct_check_lower(lower, extack);
	if (err)
		return err;

	direct->dev = dev;
	direct->lower = lower;
	dev->max_mtu = lower->mtu;
	if (!tb[IFLA_MTU]) {
		dev->mtu = lower->mtu;
	} else if (dev->mtu > dev->max_mtu) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_MTU],
				    "The MTU is larger than that of the device below");
		return -EINVAL;
	}
	plait_direct_update_limits(direct);
	/* Before others see it. */
	netif_carrier_off(dev);

	err = register_netdevice(dev);
	if (err)
		return err;
	err = netdev_upper_dev_link(lower, dev, extack);
	if (err)
		goto err_register;
	list_add_tail(&direct->list, &plait_directs);
	plait_direct_update_carrier(direct);
	return 0;

err_register:
	unregister_netdevice(dev);
	return err;
}

PLAIT_DEFINE_NEWLINK(plait_direct_newlink, plait_direct_create)

static void plait_direct_dellink(struct net_device *dev, struct list_head *head)
{
	struct plait_direct *direct = plait_direct(dev);

	list_del(&direct->list);
	netdev_upper_dev_unlink(direct->lower, dev);
	unregister_netdevice_queue(dev, head);
}

static struct net *plait_direct_get_link_net(const struct net_device *dev)
{
	return dev_net(plait_direct(dev)->lower);
}

struct rtnl_link_ops plait_direct_rtnl_link_ops = {
	.kind = PLAIT_DIRECT_KIND,
	.priv_size = sizeof(struct plait_direct),
	.setup = plait_direct_setup,
	.newlink = plait_direct_newlink,
	.dellink = plait_direct_dellink,
	.get_link_net = plait_direct_get_link_net,
};

/**
 * plait_direct_lower_event() - something happened to a device, which direct routes may go by
 * @lower: the device
 * @event: what
 */
void plait_direct_lower_event(struct net_device *lower, unsigned long event)
{
	struct plait_direct *direct, *next;
	LIST_HEAD(gone);

	ASSERT_RTNL();
	list_for_each_entry_safe(direct, next, &plait_directs, list) {
		if (direct->lower != lower)
			continue;
		switch (event) {
		case NETDEV_UP:
		case NETDEV_DOWN:
		case NETDEV_CHANGE:
			plait_direct_update_carrier(direct);
			break;
		case NETDEV_CHANGEMTU:
			plait_direct_update_mtu(direct);
			break;
		case NETDEV_FEAT_CHANGE:
			plait_direct_update_limits(direct);
			break;
		case NETDEV_UNREGISTER:
			plait_direct_dellink(direct->dev, &gone);
			break;
		}
	}
	unregister_netdevice_many(&gone);
}
