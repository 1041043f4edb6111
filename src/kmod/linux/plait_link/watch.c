// SPDX-License-Identifier: GPL-2.0-only
/*
 * Acknowledgements on their way in: they tell what arrived of what plait devices sent.
 *
 * They come back by whatever device the far end's routes say, so they are looked at where all of
 * them pass: behind connection tracking, which knows what no connection would take, and before address translation, so
 * that they have the addresses of the packets that they acknowledge, as on the wire. The hook is there while some device
 * of the namespace wants it.
 *
 * Nothing is learned from a packet with a wrong checksum, nor from one that connection tracking, where it is in use, calls
 * invalid: its own connection would drop it as well.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "plait_link.h"

struct plait_watch_net {
	struct list_head devices;
};

static unsigned int plait_watch_net_id __read_mostly;

/* Does connection tracking see packets before we do? */
static bool plait_watch_tracks(const struct nf_hook_state *state)
{
	const struct netns_nf *nf = &state->net->nf;
	const struct nf_hook_entries *hooks;
	struct nf_hook_ops **ops;
	unsigned int i;

	if (state->pf == NFPROTO_IPV4)
		hooks = rcu_dereference(nf->hooks_ipv4[NF_INET_PRE_ROUTING]);
	else
		hooks = rcu_dereference(nf->hooks_ipv6[NF_INET_PRE_ROUTING]);
	/* They may just be leaving. */
	if (!hooks)
		return false;
	ops = nf_hook_entries_get_hook_ops(hooks);
	for (i = 0; i < hooks->num_hook_entries; i++)
		if (ops[i]->priority == NF_IP_PRI_CONNTRACK &&
		    ops[i]->hook_ops_type == NF_HOOK_OP_UNDEFINED)
			return true;
	return false;
}

/* What is valid then has a connection, or says that it is not to be tracked. */
static bool plait_watch_sound(struct sk_buff *skb, const struct nf_hook_state *state,
			      const struct plait_header *header)
{
	return (skb_get_nfct(skb) || !plait_watch_tracks(state)) &&
	       !nf_checksum(skb, NF_INET_PRE_ROUTING, header->offset, IPPROTO_TCP, state->pf);
}

/* Returns whether nobody else is to see it. */
static bool plait_watch_segment(struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct plait_watch_net *watch = net_generic(state->net, plait_watch_net_id);
	struct plait_device *plait;
	struct plait_header header;
	bool ours = false;

	if (!plait_read_acks(skb, &header))
		return false;
	plait_header_reverse(&header);
	local_bh_disable();
	list_for_each_entry_rcu(plait, &watch->devices, watched) {
		if (!plait_queue_expects(plait, &header))
			continue;
		if (!plait_watch_sound(skb, state, &header))
			break;
		ours |= plait_queue_acked(plait, &header);
	}
	local_bh_enable();
	return ours;
}

static unsigned int plait_watch_hook(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	if (plait_not_tcp(skb) || !plait_watch_segment(skb, state))
		return NF_ACCEPT;
	/* It has arrived where it was to: nothing was dropped. */
	consume_skb(skb);
	return NF_STOLEN;
}

static const struct nf_hook_ops plait_watch_hooks[] = {
	{
		.hook = plait_watch_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK + 1,
	},
	{
		.hook = plait_watch_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_CONNTRACK + 1,
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
