// SPDX-License-Identifier: GPL-2.0-only
/* plait_udp: legs of plait links that are UDP paths. Order of set-up and tear-down, and what happens to devices. */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "plait_udp.h"

static int __net_init plait_udp_net_init(struct net *net)
{
	struct plait_udp_net *pn = plait_udp_net(net);
	u32 i;

	pn->net = net;
	mutex_init(&pn->lock);
	spin_lock_init(&pn->index_lock);
	INIT_LIST_HEAD(&pn->peers);
	INIT_LIST_HEAD(&pn->sockets);
	for (i = 0; i < ARRAY_SIZE(pn->indexes); i++)
		INIT_HLIST_HEAD(&pn->indexes[i]);
	skb_queue_head_init(&pn->handshakes);
	INIT_WORK(&pn->handshake_work, plait_udp_handshake_work);
	plait_cookie_giver_init(&pn->cookies, plait_udp_now());
	pn->unknown_until = jiffies;
	return 0;
}

/* Before the devices of the namespace go; links of others may be left, when the module does. */
static void __net_exit plait_udp_net_exit(struct net *net)
{
	struct plait_udp_net *pn = plait_udp_net(net);

	rtnl_lock();
	while (!list_empty(&pn->peers))
		plait_udp_peer_delete(list_first_entry(&pn->peers, struct plait_udp_peer, list));
	rtnl_unlock();
	plait_udp_handshake_forget(pn, NULL);
}

static struct pernet_operations plait_udp_net_ops = {
	.init = plait_udp_net_init,
	.exit = plait_udp_net_exit,
	.id = &plait_udp_net_id,
	.size = sizeof(struct plait_udp_net),
};

/* A link that goes, also to another namespace, has no far end any more. */
static void plait_udp_link_goes(struct plait_udp_net *pn, const struct net_device *dev)
{
	struct plait_udp_peer *peer, *next;

	list_for_each_entry_safe(peer, next, &pn->peers, list)
		if (peer->link->dev == dev)
			plait_udp_peer_delete(peer);
}

static int plait_udp_device_event(struct notifier_block *notifier, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct plait_udp_net *pn = plait_udp_net(dev_net(dev));
	struct plait_udp_peer *peer;

	switch (event) {
	case NETDEV_UNREGISTER:
		plait_udp_link_goes(pn, dev);
		fallthrough;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		list_for_each_entry(peer, &pn->peers, list)
			plait_udp_legs_uplink(peer, dev);
		break;
	case NETDEV_CHANGEMTU:
		list_for_each_entry(peer, &pn->peers, list)
			if (peer->link->dev != dev)
				plait_udp_legs_resized(peer);
		break;
	default:
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block plait_udp_device_notifier = {
	.notifier_call = plait_udp_device_event,
};

static int __init plait_udp_module_init(void)
{
	int err;

	err = register_pernet_subsys(&plait_udp_net_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&plait_udp_device_notifier);
	if (err)
		goto err_net;
	err = plait_udp_netlink_init();
	if (err)
		goto err_notifier;
	return 0;

err_notifier:
	unregister_netdevice_notifier(&plait_udp_device_notifier);
err_net:
	unregister_pernet_subsys(&plait_udp_net_ops);
	return err;
}

static void __exit plait_udp_module_exit(void)
{
	plait_udp_netlink_uninit();
	unregister_netdevice_notifier(&plait_udp_device_notifier);
	unregister_pernet_subsys(&plait_udp_net_ops);
	/* Keys are freed by code of ours. */
	rcu_barrier();
}

module_init(plait_udp_module_init);
module_exit(plait_udp_module_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Plait: legs of plait links that are authenticated UDP paths");
MODULE_ALIAS_GENL_FAMILY(PLAIT_UDP_GENL_NAME);
