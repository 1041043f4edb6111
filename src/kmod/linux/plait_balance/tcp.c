// SPDX-License-Identifier: GPL-2.0-only
/*
 * Retransmissions, as far as they can be seen from the middle.
 *
 * Connection tracking remembers how far each side has sent. A segment with data below that was sent before, or
 * comes in late since the first try was lost on the way to us. So nothing has to be kept for it.
 * On uplinks that reorder what comes in, late segments are taken for retransmitted ones.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "flow.h"

/* Offset of the TCP header behind the network header; 0 when the packet has none. */
static int plait_balance_tcp_offset(const struct plait_balance_flow *flow)
{
	struct sk_buff *skb = flow->skb;
	__be16 fragment;
	u8 protocol;
	int offset;

	if (flow->state->pf == NFPROTO_IPV4) {
		const struct iphdr *ip = ip_hdr(skb);

		return ip->protocol == IPPROTO_TCP && !ip_is_fragment(ip) ? ip->ihl * 4 : 0;
	}
	protocol = ipv6_hdr(skb)->nexthdr;
	offset = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &protocol, &fragment);
	return offset > 0 && protocol == IPPROTO_TCP && !fragment ? offset : 0;
}

static bool plait_balance_was_sent_before(const struct plait_balance_flow *flow, const struct tcphdr *tcp,
					  u32 end)
{
	/* Without the lock of the connection: it is only for statistics, and no decision hangs on one segment. */
	const struct ip_ct_tcp *state = &flow->ct->proto.tcp;

	if (tcp->syn)
		return flow->direction == IP_CT_DIR_ORIGINAL && nf_ct_is_confirmed(flow->ct);
	if (flow->unseen)
		return !after(end, READ_ONCE(state->seen[flow->direction].td_end));
	if (before(end, READ_ONCE(state->seen[flow->direction].td_end)))
		return true;
	/* The last segment once more: connection tracking counts how often it saw the very same. */
	return READ_ONCE(state->retrans) && READ_ONCE(state->last_dir) == flow->direction &&
	       READ_ONCE(state->last_end) == end;
}

/* What connection tracking would remember, had it seen the segment. */
static void plait_balance_remember_sent(const struct plait_balance_flow *flow, u32 end)
{
	struct ip_ct_tcp_state *sender = &flow->ct->proto.tcp.seen[flow->direction];

	if (flow->unseen && after(end, READ_ONCE(sender->td_end)))
		WRITE_ONCE(sender->td_end, end);
}

/**
 * plait_balance_observe_tcp() - count a segment, and whether it is a retransmission
 * @flow: any packet of a tracked connection
 * @uplink: the uplink that it passes
 */
void plait_balance_observe_tcp(const struct plait_balance_flow *flow,
			       const struct plait_balance_uplink *uplink)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer;
	u32 length;
	u32 end;
	int offset;

	if (nf_ct_protonum(flow->ct) != IPPROTO_TCP)
		return;
	offset = plait_balance_tcp_offset(flow);
	tcp = offset ? skb_header_pointer(flow->skb, offset, sizeof(buffer), &buffer) : NULL;
	if (!tcp || flow->skb->len < offset + __tcp_hdrlen(tcp))
		return;

	length = flow->skb->len - offset - __tcp_hdrlen(tcp) + tcp->syn + tcp->fin;
	if (!length)
		return;
	end = ntohl(tcp->seq) + length;
	plait_balance_count_two(uplink->meter, PLAIT_BALANCE_TCP_SEGMENTS, flow->packets,
				PLAIT_BALANCE_TCP_RETRANSMITTED,
				plait_balance_was_sent_before(flow, tcp, end) ? flow->packets : 0);
	plait_balance_remember_sent(flow, end);
}
