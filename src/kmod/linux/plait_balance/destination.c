// SPDX-License-Identifier: GPL-2.0-only
/* Where a packet would go if nobody balanced it. Asked once a session. */
#include <linux/bitops.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/inet_dscp.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "flow.h"

static bool plait_balance_excluded4(const struct plait_balance_exclude *exclude, __be32 address)
{
	__be32 network = (__force __be32)exclude->address.s6_addr32[0];

	return !((address ^ network) & inet_make_mask(exclude->length));
}

static bool plait_balance_excluded(const struct plait_balance_flow *flow)
{
	u32 i;

	for (i = 0; i < flow->config->exclude_count; i++) {
		const struct plait_balance_exclude *exclude = &flow->config->excludes[i];

		if (exclude->family != flow->state->pf)
			continue;
		if (flow->state->pf == NFPROTO_IPV4 ?
			    plait_balance_excluded4(exclude, ip_hdr(flow->skb)->daddr) :
			    ipv6_prefix_equal(&exclude->address, &ipv6_hdr(flow->skb)->daddr,
					      exclude->length))
			return true;
	}
	return false;
}

static enum plait_balance_way plait_balance_way_by(const struct plait_balance_flow *flow,
						   const struct net_device *dev)
{
	return plait_balance_by_index(flow->config, dev->ifindex) ? PLAIT_BALANCE_BY_UPLINK :
								    PLAIT_BALANCE_ELSEWHERE;
}

static enum plait_balance_way plait_balance_way4(const struct plait_balance_flow *flow)
{
	const struct iphdr *ip = ip_hdr(flow->skb);
	struct fib_result result = {};
	struct flowi4 key;

	flowi4_init_output(&key, 0, flow->skb->mark & ~flow->config->mask,
			   ip->tos & INET_DSCP_MASK, RT_SCOPE_UNIVERSE, ip->protocol, 0, ip->daddr,
			   ip->saddr, 0, 0, GLOBAL_ROOT_UID);
	key.flowi4_iif = flow->state->in->ifindex;
	if (ipv4_is_multicast(ip->daddr) || ipv4_is_lbcast(ip->daddr))
		return PLAIT_BALANCE_ELSEWHERE;
	if (fib_lookup(flow->state->net, &key, &result, 0))
		return PLAIT_BALANCE_NO_ROUTE;
	if (result.type != RTN_UNICAST)
		return PLAIT_BALANCE_ELSEWHERE;
	return plait_balance_way_by(flow, FIB_RES_DEV(result));
}

static enum plait_balance_way plait_balance_way6(const struct plait_balance_flow *flow)
{
	enum plait_balance_way way = PLAIT_BALANCE_ELSEWHERE;
#if IS_ENABLED(CONFIG_IPV6)
	const struct ipv6hdr *ip = ipv6_hdr(flow->skb);
	struct flowi6 key = {
		.flowi6_iif = flow->state->in->ifindex,
		.flowi6_mark = flow->skb->mark & ~flow->config->mask,
		.flowi6_proto = ip->nexthdr,
		.flowlabel = ip6_flowinfo(ip),
		.daddr = ip->daddr,
		.saddr = ip->saddr,
	};
	struct dst_entry *dst;

	/* Link-local and multicast addresses are meant for one link. */
	if (ipv6_addr_type(&ip->daddr) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
		return PLAIT_BALANCE_ELSEWHERE;
	dst = ip6_route_lookup(flow->state->net, &key, flow->skb, RT6_LOOKUP_F_HAS_SADDR);
	if (dst->error)
		way = PLAIT_BALANCE_NO_ROUTE;
	else if (!(((struct rt6_info *)dst)->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST)))
		way = plait_balance_way_by(flow, dst->dev);
	dst_release(dst);
#endif
	return way;
}

/**
 * plait_balance_way() - where would a packet go without a mark?
 * @flow: the packet, on its way in, or local and routed already
 *
 * Return: by an uplink, so it can be balanced; elsewhere, to stay so for the whole session; or nowhere now.
 */
enum plait_balance_way plait_balance_way(const struct plait_balance_flow *flow)
{
	const struct dst_entry *dst = skb_dst(flow->skb);

	if (plait_balance_excluded(flow))
		return PLAIT_BALANCE_ELSEWHERE;
	if (flow->state->hook == NF_INET_LOCAL_OUT)
		return dst ? plait_balance_way_by(flow, dst->dev) : PLAIT_BALANCE_NO_ROUTE;
	return flow->state->pf == NFPROTO_IPV6 ? plait_balance_way6(flow) : plait_balance_way4(flow);
}
