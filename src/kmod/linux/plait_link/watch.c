// SPDX-License-Identifier: GPL-2.0-only
/*
 * Acknowledgements on their way in: they tell what arrived of what plait devices sent.
 *
 * They come back by whatever device the far end's routes say, so they are looked at where all of
 * them pass, before connection tracking and address translation: on the wire they have the
 * addresses of the packets that they acknowledge. The hook is there while some device of the
 * namespace wants it.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "plait_link.h"

struct plait_watch_net {
	struct list_head devices;
};

static unsigned int plait_watch_net_id __read_mostly;

/* Returns whether nobody else is to see it. */
static bool plait_watch_segment(struct net *net, const struct sk_buff *skb)
{
	struct plait_watch_net *watch = net_generic(net, plait_watch_net_id);
	struct plait_device *plait;
	struct plait_tcp tcp;
	bool ours = false;

	if (!plait_read_segment(skb, &tcp) || !tcp.has_ack)
		return false;
	plait_reverse_segment(&tcp);
	local_bh_disable();
	list_for_each_entry_rcu(plait, &watch->devices, watched)
		ours |= plait_queue_acked(plait, &tcp);
	local_bh_enable();
	return ours;
}

static unsigned int plait_watch_hook(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	if (!plait_not_tcp(skb) && plait_watch_segment(state->net, skb))
		return NF_DROP;
	return NF_ACCEPT;
}

static const struct nf_hook_ops plait_watch_hooks[] = {
	{
		.hook = plait_watch_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = plait_watch_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/**
 * plait_watch() - tell a device of the acknowledgements of its namespace from now on
 * @plait: the device
 *
 * Return: 0 or -ENOMEM.
 */
int plait_watch(struct plait_device *plait)
{
	struct net *net = dev_net(plait->link.dev);
	struct plait_watch_net *watch = net_generic(net, plait_watch_net_id);
	int err;

	ASSERT_RTNL();
	if (list_empty(&watch->devices)) {
		err = nf_register_net_hooks(net, plait_watch_hooks, ARRAY_SIZE(plait_watch_hooks));
		if (err)
			return err;
	}
	list_add_tail_rcu(&plait->watched, &watch->devices);
	return 0;
}

/**
 * plait_unwatch() - undo plait_watch()
 * @plait: the device, still in the namespace; nothing happens when it is not watched. When this
 *	returns, nobody is about to tell it something
 */
void plait_unwatch(struct plait_device *plait)
{
	struct net *net = dev_net(plait->link.dev);
	struct plait_watch_net *watch = net_generic(net, plait_watch_net_id);

	ASSERT_RTNL();
	if (list_empty(&plait->watched))
		return;
	list_del_rcu(&plait->watched);
	synchronize_net();
	INIT_LIST_HEAD(&plait->watched);
	if (list_empty(&watch->devices))
		nf_unregister_net_hooks(net, plait_watch_hooks, ARRAY_SIZE(plait_watch_hooks));
}

static int __net_init plait_watch_net_enter(struct net *net)
{
	struct plait_watch_net *watch = net_generic(net, plait_watch_net_id);

	INIT_LIST_HEAD(&watch->devices);
	return 0;
}

static struct pernet_operations plait_watch_net_ops = {
	.init = plait_watch_net_enter,
	.id = &plait_watch_net_id,
	.size = sizeof(struct plait_watch_net),
};

int __init plait_watch_init(void)
{
	return register_pernet_subsys(&plait_watch_net_ops);
}

void plait_watch_uninit(void)
{
	unregister_pernet_subsys(&plait_watch_net_ops);
}
