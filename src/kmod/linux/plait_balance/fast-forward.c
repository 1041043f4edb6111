// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets of known connections are sent on as they come in.
 *
 * As strict as the ordinary way about what a packet is, and as soon as something is out of the ordinary, it is left to
 * that. A connection whose route, uplink or state changed is forgotten, and learned again from there.
 */
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/tcp.h>

#include "fast.h"

/**
 * struct plait_balance_fast_packet - a packet that may be of a known connection
 * @skb: the packet, its data beginning with the network header
 * @state: the hook
 * @config: what the namespace does; NULL: it balances nothing
 * @flow: its connection
 * @way: of @flow, in its direction
 * @route: by which it leaves: that of @way, or another one that is held
 */
struct plait_balance_fast_packet {
	struct sk_buff *skb;
	const struct nf_hook_state *state;
	const struct plait_balance_config *config;
	struct flow_offload *flow;
	struct flow_offload_tuple *way;
	struct dst_entry *route;
};

/* Bytes of the headers that are looked at. */
static u32 plait_balance_fast_headers(u8 protocol)
{
	return sizeof(struct iphdr) +
	       (protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr));
}

/* What ip_rcv() would check; a packet that fails is for it to drop and to count. */
static bool plait_balance_fast_is_whole(struct sk_buff *skb)
{
	const struct iphdr *ip;
	u32 length;

	if (!pskb_may_pull(skb, sizeof(*ip)))
		return false;
	ip = ip_hdr(skb);
	if (ip->version != 4 || ip->ihl != sizeof(*ip) / 4 || ip_is_fragment(ip) || ip->ttl <= 1 ||
	    (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP))
		return false;
	length = ntohs(ip->tot_len);
	if (length > skb->len || length < plait_balance_fast_headers(ip->protocol) ||
	    ip_fast_csum(ip, sizeof(*ip) / 4))
		return false;
	return !pskb_trim_rcsum(skb, length) && pskb_may_pull(skb, plait_balance_fast_headers(ip_hdr(skb)->protocol));
}

static struct flow_offload_tuple_rhash *plait_balance_fast_find(struct plait_balance_fast *fast,
								const struct plait_balance_fast_packet *packet)
{
	const struct iphdr *ip = ip_hdr(packet->skb);
	const struct flow_ports *ports = (const void *)(ip + 1);
	struct flow_offload_tuple tuple;

	/* It is hashed as bytes, what lies beside the IPv4 addresses in their unions included. */
	memset(&tuple, 0, sizeof(tuple));
	tuple.src_v4.s_addr = ip->saddr;
	tuple.dst_v4.s_addr = ip->daddr;
	tuple.src_port = ports->source;
	tuple.dst_port = ports->dest;
	tuple.iifidx = plait_balance_fast_side(packet->config, packet->state->in);
	tuple.l3proto = AF_INET;
	tuple.l4proto = ip->protocol;
	return flow_offload_lookup(&fast->table, &tuple);
}

static struct tcphdr *plait_balance_fast_tcp(const struct sk_buff *skb)
{
	return ip_hdr(skb)->protocol == IPPROTO_TCP ? (struct tcphdr *)(ip_hdr(skb) + 1) : NULL;
}

/* Connection tracking must see it: the first answers, and what begins or ends a connection. */
static bool plait_balance_fast_is_tracked(const struct plait_balance_fast_packet *packet)
{
	unsigned long status = READ_ONCE(packet->flow->ct->status);
	const struct tcphdr *tcp = plait_balance_fast_tcp(packet->skb);

	if (tcp)
		return tcp->syn || tcp->fin || tcp->rst;
	if (!(status & IPS_SEEN_REPLY))
		return packet->way->dir == FLOW_OFFLOAD_DIR_REPLY;
	return !(status & IPS_ASSURED);
}

static bool plait_balance_fast_fits(const struct sk_buff *skb, u32 mtu)
{
	return skb->len <= mtu || (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/* The route by an uplink: what was learned with the connection, or of a packet of it before; that one is held. */
static struct dst_entry *plait_balance_fast_route(struct plait_balance_fast *fast,
						  const struct plait_balance_fast_packet *packet,
						  const struct plait_balance_uplink *uplink)
{
	struct dst_entry *own = packet->way->dst_cache;
	struct sk_buff *skb = packet->skb;
	struct plait_balance_fast_key key;
	struct dst_entry *dst;

	if (!uplink || uplink->ifindex == own->dev->ifindex)
		return own;
	key = plait_balance_fast_key_of(skb, packet->state->in, (skb->mark & ~packet->config->mask) | uplink->mark);
	dst = plait_balance_fast_route_find(&fast->routes, &key);
	if (!dst || plait_balance_fast_fits(skb, ip_dst_mtu_maybe_forward(dst, true)))
		return dst;
	dst_release(dst);
	return NULL;
}

/* Balances and counts the packet; fills in its route, if that is another one. */
static enum plait_balance_fast_verdict plait_balance_fast_balance(struct plait_balance_fast *fast,
								  struct plait_balance_fast_packet *packet)
{
	struct nf_hook_state state = *packet->state;
	const struct plait_balance_uplink *uplink;
	enum plait_balance_fast_verdict verdict;
	struct plait_balance_flow flow;

	if (!packet->config)
		return PLAIT_BALANCE_FAST_SEND;
	state.pf = NFPROTO_IPV4;
	plait_balance_flow_init_known(&flow, packet->config, packet->skb, &state, packet->flow->ct,
				      packet->way->dir);
	verdict = plait_balance_fast_choose(&flow, packet->route->dev, &uplink);
	if (verdict != PLAIT_BALANCE_FAST_SEND)
		return verdict;
	packet->route = plait_balance_fast_route(fast, packet, uplink);
	if (!packet->route)
		return PLAIT_BALANCE_FAST_LEAVE;
	plait_balance_fast_count(&flow, uplink);
	return PLAIT_BALANCE_FAST_SEND;
}

static void plait_balance_fast_replace(struct sk_buff *skb, __sum16 *check, __be32 *address, __be32 by_address,
				       __be16 *port, __be16 by_port)
{
	if (check && *address != by_address)
		inet_proto_csum_replace4(check, skb, *address, by_address, true);
	if (check && *port != by_port)
		inet_proto_csum_replace2(check, skb, *port, by_port, false);
	if (*address != by_address)
		csum_replace4(&ip_hdr(skb)->check, *address, by_address);
	*address = by_address;
	*port = by_port;
}

/* Translates addresses: the packet becomes what an answer to the other direction would be asked by. */
static void plait_balance_fast_translate(const struct plait_balance_fast_packet *packet)
{
	const struct flow_offload_tuple *other = &packet->flow->tuplehash[!packet->way->dir].tuple;
	struct sk_buff *skb = packet->skb;
	struct iphdr *ip = ip_hdr(skb);
	struct flow_ports *ports = (void *)(ip + 1);
	struct tcphdr *tcp = plait_balance_fast_tcp(skb);
	struct udphdr *udp = tcp ? NULL : (struct udphdr *)ports;
	__sum16 *check = tcp ? &tcp->check : &udp->check;

	/* UDP without a checksum stays so. */
	if (udp && !udp->check && skb->ip_summed != CHECKSUM_PARTIAL)
		check = NULL;
	plait_balance_fast_replace(skb, check, &ip->saddr, other->dst_v4.s_addr, &ports->source, other->dst_port);
	plait_balance_fast_replace(skb, check, &ip->daddr, other->src_v4.s_addr, &ports->dest, other->src_port);
	if (udp && check && !udp->check)
		udp->check = CSUM_MANGLED_0;
}

/*
 * One number for all packets of a connection, as queues want it: what it would be by the packet's headers is far dearer, and
 * nobody outside knows this one.
 */
static void plait_balance_fast_hash(const struct plait_balance_fast_packet *packet)
{
	if (!packet->skb->l4_hash)
		__skb_set_sw_hash(packet->skb, hash_ptr(packet->flow, 32), true);
}

static unsigned int plait_balance_fast_send(struct plait_balance_fast_packet *packet)
{
	struct rtable *rt = (struct rtable *)packet->route;
	__be32 hop = rt_nexthop(rt, packet->flow->tuplehash[!packet->way->dir].tuple.src_v4.s_addr);
	struct sk_buff *skb = packet->skb;

	ip_decrease_ttl(ip_hdr(skb));
	skb_clear_tstamp(skb);
	plait_balance_fast_hash(packet);
	skb->dev = rt->dst.dev;
	skb_dst_drop(skb);
	if (packet->route == packet->way->dst_cache)
		skb_dst_set_noref(skb, packet->route);
	else
		skb_dst_set(skb, packet->route);
	neigh_xmit(NEIGH_ARP_TABLE, rt->dst.dev, &hop, skb);
	return NF_STOLEN;
}

/* Time goes on for the connection, but not with each packet. */
static void plait_balance_fast_refresh(struct plait_balance_fast *fast, struct flow_offload *flow)
{
	if (nf_flow_timeout_delta(READ_ONCE(flow->timeout)) < NF_FLOW_TIMEOUT - HZ)
		flow_offload_refresh(&fast->table, flow, false);
}

/* A packet that is as it should be, and so is its connection. */
static unsigned int plait_balance_fast_go(struct plait_balance_fast *fast,
					  struct plait_balance_fast_packet *packet)
{
	struct sk_buff *skb = packet->skb;

	switch (plait_balance_fast_balance(fast, packet)) {
	case PLAIT_BALANCE_FAST_FORGET:
		flow_offload_teardown(packet->flow);
		return NF_ACCEPT;
	case PLAIT_BALANCE_FAST_LEAVE:
		return NF_ACCEPT;
	case PLAIT_BALANCE_FAST_SEND:
		break;
	}
	if (skb_ensure_writable(skb, plait_balance_fast_headers(ip_hdr(skb)->protocol))) {
		if (packet->route != packet->way->dst_cache)
			dst_release(packet->route);
		return NF_DROP;
	}
	plait_balance_fast_refresh(fast, packet->flow);
	if (packet->flow->flags & (BIT(NF_FLOW_SNAT) | BIT(NF_FLOW_DNAT)))
		plait_balance_fast_translate(packet);
	return plait_balance_fast_send(packet);
}

/* A packet of a known connection. */
static unsigned int plait_balance_fast_known(struct plait_balance_fast *fast,
					     struct plait_balance_fast_packet *packet)
{
	const struct plait_balance_fast_settings *settings = &fast->settings;
	struct sk_buff *skb = packet->skb;

	if (settings->drop_mask && (skb->mark & settings->drop_mask) == settings->drop_mark)
		return NF_DROP;
	if (!plait_balance_fast_fits(skb, packet->way->mtu))
		return NF_ACCEPT;
	if (plait_balance_fast_is_tracked(packet)) {
		if (plait_balance_fast_tcp(skb))
			flow_offload_teardown(packet->flow);
		return NF_ACCEPT;
	}
	if (!dst_check(packet->route, packet->way->dst_cookie)) {
		flow_offload_teardown(packet->flow);
		return NF_ACCEPT;
	}
	return plait_balance_fast_go(fast, packet);
}

/**
 * plait_balance_fast_ingress() - send a packet on, when its connection is known
 * @priv: the fast path
 * @skb: a packet that came in by one of its devices
 * @state: the hook
 *
 * Frames for other hosts, and those with a VLAN's tag, which belong to another device, are none of ours.
 *
 * Return: NF_STOLEN, or NF_ACCEPT: the packet goes the ordinary way.
 */
unsigned int plait_balance_fast_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct plait_balance_fast *fast = priv;
	struct flow_offload_tuple_rhash *found;
	struct plait_balance_fast_packet packet = { .skb = skb, .state = state };

	if (skb->protocol != htons(ETH_P_IP) || skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb) ||
	    !plait_balance_fast_is_whole(skb))
		return NF_ACCEPT;
	packet.config = rcu_dereference(plait_balance_net(state->net)->config);
	found = plait_balance_fast_find(fast, &packet);
	if (!found)
		return NF_ACCEPT;
	packet.way = &found->tuple;
	packet.route = found->tuple.dst_cache;
	packet.flow = container_of(found, struct flow_offload, tuplehash[found->tuple.dir]);
	return plait_balance_fast_known(fast, &packet);
}
