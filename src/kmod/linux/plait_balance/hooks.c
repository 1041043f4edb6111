// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of packets through the module.
 *
 * Behind connection tracking and the mangle table, so that marks which rules have set are seen, and before
 * destinations are translated. Fragments have been put together by connection tracking.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rtnetlink.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/sock.h>

#include "flow.h"

static void plait_balance_set_mark(const struct plait_balance_flow *flow, u32 value)
{
	flow->skb->mark = (flow->skb->mark & ~flow->config->mask) | value;
}

/* A session is on an uplink from now on. */
static void plait_balance_settle(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink,
				 enum plait_balance_verdict verdict)
{
	const struct plait_balance_config *config = flow->config;

	plait_balance_session_remember(flow, uplink->mark);
	plait_balance_count(uplink->meter, verdict == PLAIT_BALANCE_MOVE ? PLAIT_BALANCE_MOVED :
									   PLAIT_BALANCE_ASSIGNED, 1);
	if (!config->strategy->assigned)
		return;
	plait_balance_flow_time(flow);
	flow->packet.stays = uplink->nat || !config->strategy->per_packet;
	spin_lock_bh(&flow->balancer->lock);
	config->strategy->assigned(config->state, uplink->slot, &flow->packet);
	spin_unlock_bh(&flow->balancer->lock);
}

static bool plait_balance_is_input(const struct plait_balance_config *config, u32 ifindex)
{
	u32 i;

	if (config->all_inputs)
		return ifindex != LOOPBACK_IFINDEX;
	for (i = 0; i < config->input_count; i++)
		if (config->inputs[i] == ifindex)
			return true;
	return false;
}

/* A packet from outside: its session, when it is new, belongs to this uplink. */
static void plait_balance_arrived(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink)
{
	plait_balance_count_two(uplink->meter, PLAIT_BALANCE_RX_PACKETS, flow->packets,
				PLAIT_BALANCE_RX_BYTES, plait_balance_flow_bytes(flow, uplink));
	if (flow->ct && flow->direction == IP_CT_DIR_ORIGINAL && !plait_balance_session_mark(flow))
		plait_balance_session_remember(flow, uplink->mark);
	plait_balance_flow_passed(flow, uplink);
}

static unsigned int plait_balance_forward(struct plait_balance_flow *flow)
{
	const struct plait_balance_uplink *uplink = NULL;
	enum plait_balance_verdict verdict;

	verdict = plait_balance_decide(flow, plait_balance_is_input(flow->config, flow->state->in->ifindex),
				       &uplink);
	if (verdict == PLAIT_BALANCE_LEAVE_ALONE)
		return NF_ACCEPT;
	if (verdict == PLAIT_BALANCE_END)
		return plait_balance_end(flow, uplink);
	if (verdict != PLAIT_BALANCE_STAY)
		plait_balance_settle(flow, uplink, verdict);
	plait_balance_set_mark(flow, uplink->mark);
	return NF_ACCEPT;
}

static unsigned int plait_balance_pre_routing(void *priv, struct sk_buff *skb,
					      const struct nf_hook_state *state)
{
	const struct plait_balance_config *config = rcu_dereference(plait_balance_net(state->net)->config);
	const struct plait_balance_uplink *uplink;
	struct plait_balance_flow flow;

	if (!config)
		return NF_ACCEPT;
	uplink = plait_balance_by_index(config, state->in->ifindex);
	plait_balance_flow_init(&flow, config, skb, state, !uplink);
	if (uplink)
		plait_balance_arrived(&flow, uplink);
	else if (flow.ct)
		return plait_balance_forward(&flow);
	return NF_ACCEPT;
}

static int plait_balance_reroute(struct plait_balance_flow *flow)
{
	const struct nf_hook_state *state = flow->state;

	if (state->pf == NFPROTO_IPV4)
		return ip_route_me_harder(state->net, state->sk, flow->skb, RTN_UNSPEC);
#if IS_ENABLED(CONFIG_IPV6)
	return ip6_route_me_harder(state->net, state->sk, flow->skb);
#else
	return 0;
#endif
}

/*
 * The socket said by which device; that settles the matter, also when the uplink is not live: how else would
 * whoever probes it find out that it is again?
 */
static const struct plait_balance_uplink *plait_balance_bound(const struct plait_balance_flow *flow)
{
	const struct sock *sk = flow->state->sk;
	int ifindex = sk && sk_fullsock(sk) ? READ_ONCE(sk->sk_bound_dev_if) : 0;

	return ifindex ? plait_balance_by_index(flow->config, ifindex) : NULL;
}

/*
 * A local packet has been routed already, and is routed again with its mark. The rules may lead it to another
 * uplink than the strategy chose, by its source address for example: then that is its session's.
 */
static unsigned int plait_balance_send(struct plait_balance_flow *flow)
{
	const struct plait_balance_uplink *uplink = plait_balance_bound(flow);
	enum plait_balance_verdict verdict;
	u32 before = flow->skb->mark;
	int err;

	if (!uplink)
		verdict = plait_balance_decide(flow, flow->config->local, &uplink);
	else
		verdict = plait_balance_session_mark(flow) == uplink->mark ? PLAIT_BALANCE_STAY :
									     PLAIT_BALANCE_BEGIN;
	if (verdict == PLAIT_BALANCE_LEAVE_ALONE)
		return NF_ACCEPT;
	if (verdict == PLAIT_BALANCE_END)
		return plait_balance_end(flow, uplink);

	plait_balance_set_mark(flow, uplink->mark);
	if (flow->skb->mark != before) {
		err = plait_balance_reroute(flow);
		if (err < 0)
			return NF_DROP_ERR(err);
	}
	uplink = plait_balance_by_index(flow->config, skb_dst(flow->skb)->dev->ifindex);
	if (!uplink) {
		plait_balance_session_remember(flow, flow->config->mask);
		plait_balance_set_mark(flow, 0);
		return NF_ACCEPT;
	}
	plait_balance_set_mark(flow, uplink->mark);
	if (verdict != PLAIT_BALANCE_STAY)
		plait_balance_settle(flow, uplink, verdict);
	return NF_ACCEPT;
}

static unsigned int plait_balance_local_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct plait_balance_config *config = rcu_dereference(plait_balance_net(state->net)->config);
	struct plait_balance_flow flow;

	if (!config || !skb_dst(skb))
		return NF_ACCEPT;
	plait_balance_flow_init(&flow, config, skb, state, true);
	return flow.ct ? plait_balance_send(&flow) : NF_ACCEPT;
}

/* All that leaves by an uplink, and nothing that the firewall drops before. */
static unsigned int plait_balance_post_routing(void *priv, struct sk_buff *skb,
					       const struct nf_hook_state *state)
{
	struct plait_balance_net *balancer = plait_balance_net(state->net);
	const struct plait_balance_config *config = rcu_dereference(balancer->config);
	const struct plait_balance_uplink *uplink;
	struct plait_balance_flow flow;

	uplink = config ? plait_balance_by_index(config, state->out->ifindex) : NULL;
	if (!uplink)
		return NF_ACCEPT;
	plait_balance_flow_init(&flow, config, skb, state, true);
	plait_balance_count_two(uplink->meter, PLAIT_BALANCE_TX_PACKETS, flow.packets,
				PLAIT_BALANCE_TX_BYTES, plait_balance_flow_bytes(&flow, uplink));
	plait_balance_flow_passed(&flow, uplink);
	return NF_ACCEPT;
}

static const struct nf_hook_ops plait_balance_hooks[] = {
	{
		.hook = plait_balance_pre_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_MANGLE + 1,
	},
	{
		.hook = plait_balance_local_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_MANGLE + 1,
	},
	{
		.hook = plait_balance_post_routing,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_NAT_SRC + 1,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = plait_balance_pre_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_MANGLE + 1,
	},
	{
		.hook = plait_balance_local_out,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_MANGLE + 1,
	},
	{
		.hook = plait_balance_post_routing,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP6_PRI_NAT_SRC + 1,
	},
#endif
};

/**
 * plait_balance_hooks_enable() - have packets pass by here; nothing happens when they do
 * @net: the namespace
 *
 * Return: 0 or an error.
 */
int plait_balance_hooks_enable(struct net *net)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	int err;

	lockdep_assert_held(&balancer->hooks_lock);
	if (balancer->hooked)
		return 0;
	err = nf_ct_netns_get(net, NFPROTO_INET);
	if (err)
		return err;
	err = nf_register_net_hooks(net, plait_balance_hooks, ARRAY_SIZE(plait_balance_hooks));
	if (err) {
		nf_ct_netns_put(net, NFPROTO_INET);
		return err;
	}
	balancer->hooked = true;
	return 0;
}

/**
 * plait_balance_hooks_disable() - undo plait_balance_hooks_enable()
 * @net: the namespace
 */
void plait_balance_hooks_disable(struct net *net)
{
	struct plait_balance_net *balancer = plait_balance_net(net);

	lockdep_assert_held(&balancer->hooks_lock);
	if (!balancer->hooked)
		return;
	nf_unregister_net_hooks(net, plait_balance_hooks, ARRAY_SIZE(plait_balance_hooks));
	nf_ct_netns_put(net, NFPROTO_INET);
	balancer->hooked = false;
}
