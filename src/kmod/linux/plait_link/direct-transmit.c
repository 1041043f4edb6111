// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets on their way out by a direct route: each gets the route that it would have if there were
 * no other device than the one below.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "plait_link.h"

/* By the device below only: a route by the plait device, which led here, is passed over. */
static struct dst_entry *plait_direct_route_v4(struct sk_buff *skb, const struct net_device *lower)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct rtable *route;
	struct flowi4 flow;

	/* It may be a forwarded packet: any source will do. */
	flowi4_init_output(&flow, lower->ifindex, skb->mark, ip->tos & INET_DSCP_MASK,
			   RT_SCOPE_UNIVERSE, ip->protocol, FLOWI_FLAG_ANYSRC, ip->daddr, ip->saddr,
			   0, 0, GLOBAL_ROOT_UID);
	route = ip_route_output_key(dev_net(lower), &flow);
	if (IS_ERR(route))
		return NULL;
	if (route->rt_type == RTN_UNICAST)
		return &route->dst;
	ip_rt_put(route);
	return NULL;
}

static struct dst_entry *plait_direct_route_v6(struct sk_buff *skb, const struct net_device *lower)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	struct flowi6 flow = {
		.daddr = ip->daddr,
		/* Without a source only routes by the device count, with one they are preferred. */
		.saddr = IN6ADDR_ANY_INIT,
		.flowlabel = ip6_flowinfo(ip),
		.flowi6_proto = ip->nexthdr,
		.flowi6_mark = skb->mark,
		.flowi6_oif = lower->ifindex,
	};
	struct dst_entry *dst;

	if (!(ipv6_addr_type(&ip->daddr) & IPV6_ADDR_UNICAST))
		return NULL;
	dst = ip6_route_output(dev_net(lower), NULL, &flow);
	if (!dst->error)
		return dst;
	dst_release(dst);
#endif
	return NULL;
}

/*
 * The way of a packet that has its route is that of any other from here: fragmented to its path
 * MTU, resolved, sent. Netfilter has seen it leave by the plait device and is not asked again.
 */
static struct dst_entry *plait_direct_prepare(struct sk_buff *skb, const struct net_device *lower)
{
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		IPCB(skb)->flags = IPSKB_REROUTED;
		return plait_direct_route_v4(skb, lower);
	case htons(ETH_P_IPV6):
		memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
		IP6CB(skb)->flags = IP6SKB_REROUTED;
		return plait_direct_route_v6(skb, lower);
	default:
		return NULL;
	}
}

/**
 * plait_direct_start_xmit() - ndo_start_xmit of a direct route
 * @skb: the packet
 * @dev: the direct route
 *
 * Return: NETDEV_TX_OK, the packet is consumed. Without a route it is dropped and counted as a
 * carrier error.
 */
netdev_tx_t plait_direct_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_device *lower = plait_direct(dev)->lower;
	struct plait_packet_size size = plait_packet_size(skb);
	struct dst_entry *dst;
	int verdict;

	if (!pskb_inet_may_pull(skb))
		goto err_route;
	dst = plait_direct_prepare(skb, lower);
	if (!dst)
		goto err_route;
	/* A VRF may lead elsewhere, and that could be back here. */
	if (dst->dev != lower) {
		dst_release(dst);
		goto err_route;
	}

	if (net_eq(dev_net(dev), dev_net(lower)))
		skb_dst_drop(skb);
	else
		skb_scrub_packet(skb, true);
	skb_dst_set(skb, dst);
	verdict = dst_output(dev_net(lower), NULL, skb);
	if (likely(!net_xmit_eval(verdict)))
		dev_sw_netstats_tx_add(dev, size.packets, size.bytes);
	else
		DEV_STATS_INC(dev, tx_dropped);
	return NETDEV_TX_OK;

err_route:
	DEV_STATS_INC(dev, tx_carrier_errors);
	DEV_STATS_INC(dev, tx_dropped);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}
