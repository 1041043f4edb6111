// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path of a namespace: made and taken down.
 *
 * fast-learn.c remembers a connection when the ordinary way forwards a packet of it, in a table of the kernel's own
 * (nf_flow_table). fast-forward.c finds it there by what comes in by one of the devices, and sends it on without rules,
 * connection tracking and a look-up of routes. fast-balance.c says on the way which uplink it takes, and
 * fast-routes.c how it gets there, where packets of a session are given uplinks one by one.
 */
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>

#include "fast.h"

static struct nf_flowtable_type plait_balance_flowtable_type = {
	.family = NFPROTO_INET,
	.owner = THIS_MODULE,
};

/* Behind all rules, so that nothing is learned of what they drop. */
static const struct nf_hook_ops plait_balance_fast_forward_ops = {
	.hook = plait_balance_fast_learn,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_FORWARD,
	.priority = NF_IP_PRI_LAST,
};

/**
 * plait_balance_fast_has() - is a device one of those of the fast path?
 * @fast: the fast path
 * @dev: the device
 *
 * Return: true when it is.
 */
bool plait_balance_fast_has(const struct plait_balance_fast *fast, const struct net_device *dev)
{
	u32 i;

	for (i = 0; i < fast->settings.count; i++)
		if (fast->settings.ifindex[i] == dev->ifindex)
			return true;
	return false;
}

static void plait_balance_fast_unhook_device(struct plait_balance_fast *fast, u32 index)
{
	if (!(fast->hooked & BIT_ULL(index)))
		return;
	fast->hooked &= ~BIT_ULL(index);
	nf_unregister_net_hook(fast->net, &fast->ops[index]);
}

static void plait_balance_fast_unhook(struct plait_balance_fast *fast)
{
	u32 i;

	for (i = 0; i < fast->settings.count; i++)
		plait_balance_fast_unhook_device(fast, i);
}

static int plait_balance_fast_hook(struct plait_balance_fast *fast)
{
	int err;
	u32 i;

	for (i = 0; i < fast->settings.count; i++) {
		struct net_device *dev = __dev_get_by_index(fast->net, fast->settings.ifindex[i]);

		fast->ops[i] = (struct nf_hook_ops){
			.hook = plait_balance_fast_ingress,
			.pf = NFPROTO_NETDEV,
			.hooknum = NF_NETDEV_INGRESS,
			.priority = NF_IP_PRI_FILTER,
			.priv = fast,
			.dev = dev,
		};
		err = dev ? nf_register_net_hook(fast->net, &fast->ops[i]) : -ENODEV;
		if (err) {
			plait_balance_fast_unhook(fast);
			return err;
		}
		fast->hooked |= BIT_ULL(i);
	}
	return 0;
}

static int plait_balance_fast_start(struct plait_balance_fast *fast)
{
	int err;

	err = nf_ct_netns_get(fast->net, NFPROTO_INET);
	if (err)
		return err;
	fast->table.type = &plait_balance_flowtable_type;
	write_pnet(&fast->table.net, fast->net);
	err = plait_balance_fast_routes_init(&fast->routes);
	if (err)
		goto err_routes;
	err = nf_flow_table_init(&fast->table);
	if (err)
		goto err_table;
	err = plait_balance_fast_hook(fast);
	if (err)
		goto err_devices;
	return 0;

err_devices:
	synchronize_net();
	nf_flow_table_free(&fast->table);
err_table:
	plait_balance_fast_routes_free(&fast->routes);
err_routes:
	nf_ct_netns_put(fast->net, NFPROTO_INET);
	return err;
}

/* No packet may see it any more when the table goes. */
static void plait_balance_fast_stop(struct plait_balance_fast *fast)
{
	plait_balance_fast_unhook(fast);
	synchronize_net();
	nf_flow_table_free(&fast->table);
	plait_balance_fast_routes_free(&fast->routes);
	nf_ct_netns_put(fast->net, NFPROTO_INET);
	kfree(fast);
}

/**
 * plait_balance_fast_clear() - forward nothing by the fast path any more
 * @net: the namespace
 */
void plait_balance_fast_clear(struct net *net)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	struct plait_balance_fast *fast = rtnl_dereference(balancer->fast);

	ASSERT_RTNL();
	if (!fast)
		return;
	nf_unregister_net_hook(net, &plait_balance_fast_forward_ops);
	rcu_assign_pointer(balancer->fast, NULL);
	plait_balance_fast_stop(fast);
}

/**
 * plait_balance_fast_set() - have packets take the fast path, in place of what was set before
 * @net: the namespace
 * @settings: what is asked for, checked
 *
 * What was known of connections is forgotten, and learned again from their next packets.
 *
 * Return: 0 or an error, and then no packet takes it.
 */
int plait_balance_fast_set(struct net *net, const struct plait_balance_fast_settings *settings)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	struct plait_balance_fast *fast;
	int err;

	ASSERT_RTNL();
	plait_balance_fast_clear(net);
	if (!settings->count)
		return 0;
	fast = kzalloc(sizeof(*fast), GFP_KERNEL_ACCOUNT);
	if (!fast)
		return -ENOMEM;
	fast->net = net;
	fast->settings = *settings;
	err = plait_balance_fast_start(fast);
	if (err) {
		kfree(fast);
		return err;
	}
	rcu_assign_pointer(balancer->fast, fast);
	err = nf_register_net_hook(net, &plait_balance_fast_forward_ops);
	if (err) {
		rcu_assign_pointer(balancer->fast, NULL);
		plait_balance_fast_stop(fast);
	}
	return err;
}

/**
 * plait_balance_fast_device_gone() - a device is unregistered: let go of it
 * @dev: the device
 *
 * It stays among the settings, by which whoever made them sees that they are to be made anew.
 */
void plait_balance_fast_device_gone(struct net_device *dev)
{
	struct plait_balance_fast *fast = rtnl_dereference(plait_balance_net(dev_net(dev))->fast);
	u32 i;

	for (i = 0; fast && i < fast->settings.count; i++)
		if (fast->ops[i].dev == dev)
			plait_balance_fast_unhook_device(fast, i);
}
