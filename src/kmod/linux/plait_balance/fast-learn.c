// SPDX-License-Identifier: GPL-2.0-only
/* Connections that the ordinary way has forwarded, for the fast path to know. */
#include <linux/ip.h>
#include <linux/tcp.h>
#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "fast.h"

/* A packet of the connection itself, plain, and none that begins or ends it. */
static bool plait_balance_fast_is_plain(const struct sk_buff *skb, const struct nf_conn *ct)
{
	const struct iphdr *ip = ip_hdr(skb);
	const struct tcphdr *tcp;
	struct tcphdr buffer;

	if (ip->ihl != sizeof(*ip) / 4 || ip_is_fragment(ip) || ip->protocol != nf_ct_protonum(ct) ||
	    skb_sec_path(skb))
		return false;
	if (ip->protocol == IPPROTO_UDP)
		return true;
	if (ip->protocol != IPPROTO_TCP)
		return false;
	tcp = skb_header_pointer(skb, sizeof(*ip), sizeof(buffer), &buffer);
	return tcp && !tcp->syn && !tcp->fin && !tcp->rst && nf_conntrack_tcp_established(ct);
}

/* Helpers read along, and change lengths; what is not confirmed is none yet. */
static bool plait_balance_fast_is_settled(const struct nf_conn *ct, enum ip_conntrack_info info)
{
	return info != IP_CT_RELATED && info != IP_CT_RELATED_REPLY && nf_ct_is_confirmed(ct) &&
	       !nf_ct_is_dying(ct) && !nf_ct_ext_exist(ct, NF_CT_EXT_HELPER) &&
	       !(READ_ONCE(ct->status) & (IPS_SEQ_ADJUST | IPS_NAT_CLASH));
}

static bool plait_balance_fast_is_route(const struct dst_entry *dst)
{
	return !dst_xfrm(dst) && ((const struct rtable *)dst)->rt_type == RTN_UNICAST &&
	       dst->output == ip_output;
}

/* The way of packets in the other direction; held. */
static struct dst_entry *plait_balance_fast_way_back(const struct plait_balance_config *config,
						     const struct sk_buff *skb,
						     const struct nf_hook_state *state,
						     const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	u32 mask = config ? config->mask : 0;
	struct flowi4 key = {
		.daddr = ct->tuplehash[dir].tuple.src.u3.ip,
		.saddr = ct->tuplehash[!dir].tuple.src.u3.ip,
		.flowi4_oif = state->in->ifindex,
		.flowi4_mark = (skb->mark & ~mask) | (READ_ONCE(ct->mark) & mask),
		.flowi4_tos = ip_hdr(skb)->tos & INET_DSCP_MASK,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	struct rtable *rt = ip_route_output_key(state->net, &key);

	if (IS_ERR(rt))
		return NULL;
	if (rt->dst.dev == state->in && plait_balance_fast_is_route(&rt->dst))
		return &rt->dst;
	dst_release(&rt->dst);
	return NULL;
}

static struct flow_offload *plait_balance_fast_flow(const struct plait_balance_config *config, struct nf_conn *ct,
						    struct dst_entry *ahead, struct dst_entry *back,
						    enum ip_conntrack_dir dir)
{
	struct flow_offload *flow = flow_offload_alloc(ct);
	struct nf_flow_route route = {};

	if (!flow) {
		dst_release(ahead);
		dst_release(back);
		return NULL;
	}
	route.tuple[dir].dst = ahead;
	route.tuple[dir].xmit_type = FLOW_OFFLOAD_XMIT_NEIGH;
	route.tuple[dir].in.ifindex = plait_balance_fast_side(config, back->dev);
	route.tuple[!dir].dst = back;
	route.tuple[!dir].xmit_type = FLOW_OFFLOAD_XMIT_NEIGH;
	route.tuple[!dir].in.ifindex = plait_balance_fast_side(config, ahead->dev);
	flow_offload_route_init(flow, &route);
	return flow;
}

/* Connection tracking will not see all packets: it must not believe that windows were overrun. */
static void plait_balance_fast_be_liberal(struct nf_conn *ct)
{
	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return;
	spin_lock_bh(&ct->lock);
	ct->proto.tcp.seen[0].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	ct->proto.tcp.seen[1].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	spin_unlock_bh(&ct->lock);
}

static bool plait_balance_fast_add(struct plait_balance_fast *fast, const struct sk_buff *skb,
				   const struct nf_hook_state *state, struct nf_conn *ct,
				   enum ip_conntrack_dir dir)
{
	const struct plait_balance_config *config = rcu_dereference(plait_balance_net(state->net)->config);
	struct dst_entry *ahead = skb_dst(skb);
	struct flow_offload *flow;
	struct dst_entry *back;

	if (!plait_balance_fast_belongs(config, ct, state->in, state->out) ||
	    !plait_balance_fast_is_route(ahead))
		return false;
	back = plait_balance_fast_way_back(config, skb, state, ct, dir);
	if (!back)
		return false;
	if (!dst_hold_safe(ahead)) {
		dst_release(back);
		return false;
	}
	flow = plait_balance_fast_flow(config, ct, ahead, back, dir);
	if (!flow)
		return false;
	plait_balance_fast_be_liberal(ct);
	if (!flow_offload_add(&fast->table, flow))
		return true;
	flow_offload_free(flow);
	return false;
}

/* The route of a packet that was given its uplink alone. */
static void plait_balance_fast_keep_route(struct plait_balance_fast *fast, const struct sk_buff *skb,
					  const struct nf_hook_state *state, const struct nf_conn *ct)
{
	const struct plait_balance_config *config = rcu_dereference(plait_balance_net(state->net)->config);
	const struct plait_balance_uplink *uplink;
	struct plait_balance_fast_key key;

	if (!config || !config->strategy->per_packet)
		return;
	uplink = plait_balance_by_index(config, state->out->ifindex);
	if (!uplink || (skb->mark & config->mask) != uplink->mark ||
	    !plait_balance_fast_wanders(config, ct, uplink) || !plait_balance_fast_is_route(skb_dst(skb)))
		return;
	key = plait_balance_fast_key_of(skb, state->in, skb->mark);
	plait_balance_fast_route_keep(&fast->routes, &key, skb_dst(skb));
}

/**
 * plait_balance_fast_learn() - remember the connection of a packet that is forwarded
 * @priv: not used
 * @skb: the packet, which all rules have let pass
 * @state: the hook
 *
 * One flow for a connection, as long as the bit IPS_OFFLOAD of it is set. So there are no more of them than connection
 * tracking may have connections.
 *
 * Return: NF_ACCEPT.
 */
unsigned int plait_balance_fast_learn(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct plait_balance_fast *fast = rcu_dereference(plait_balance_net(state->net)->fast);
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!fast || !ct || !plait_balance_fast_is_settled(ct, info) ||
	    !plait_balance_fast_has(fast, state->in) || !plait_balance_fast_has(fast, state->out) ||
	    !plait_balance_fast_is_plain(skb, ct))
		return NF_ACCEPT;
	plait_balance_fast_keep_route(fast, skb, state, ct);
	if (test_and_set_bit(IPS_OFFLOAD_BIT, &ct->status))
		return NF_ACCEPT;
	if (!plait_balance_fast_add(fast, skb, state, ct, CTINFO2DIR(info)))
		clear_bit(IPS_OFFLOAD_BIT, &ct->status);
	return NF_ACCEPT;
}
