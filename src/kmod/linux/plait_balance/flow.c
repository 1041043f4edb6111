// SPDX-License-Identifier: GPL-2.0-only
/* A packet in a hook: what is known of it, its session's mark, and its counting. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <net/netfilter/nf_conntrack_ecache.h>

#include "flow.h"
#include "plait_core.h"

/**
 * plait_balance_flow_turn() - say which way a packet goes
 * @flow: the packet
 * @outgoing: it is to leave by an uplink; else it came in by one
 */
void plait_balance_flow_turn(struct plait_balance_flow *flow, bool outgoing)
{
	flow->packet.outgoing = outgoing;
	if (flow->state->pf == NFPROTO_IPV6) {
		const struct ipv6hdr *ip = ipv6_hdr(flow->skb);

		memcpy(flow->peer.word, outgoing ? &ip->daddr : &ip->saddr, sizeof(flow->peer.word));
	} else {
		const struct iphdr *ip = ip_hdr(flow->skb);

		flow->peer.word[2] = (__force u32)htonl(0xffff);
		flow->peer.word[3] = (__force u32)(outgoing ? ip->daddr : ip->saddr);
	}
}

static void plait_balance_flow_fill(struct plait_balance_flow *flow, const struct plait_balance_config *config,
				    struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct plait_packet_size size = plait_packet_size(skb);

	*flow = (struct plait_balance_flow){
		.state = state,
		.balancer = plait_balance_net(state->net),
		.config = config,
		.skb = skb,
		.packets = size.packets,
		.packet.bytes = size.bytes,
	};
	flow->packet.peer = &flow->peer;
}

/**
 * plait_balance_flow_init() - look at a packet
 * @flow: filled in
 * @config: what to do
 * @skb: the packet, its data beginning with the network header
 * @state: the hook that it is in
 * @outgoing: it is to leave by an uplink; else it came in by one
 */
void plait_balance_flow_init(struct plait_balance_flow *flow, const struct plait_balance_config *config,
			     struct sk_buff *skb, const struct nf_hook_state *state, bool outgoing)
{
	enum ip_conntrack_info info;

	plait_balance_flow_fill(flow, config, skb, state);
	flow->ct = nf_ct_get(skb, &info);
	plait_balance_flow_turn(flow, outgoing);
	if (flow->ct) {
		flow->direction = CTINFO2DIR(info);
		flow->error = info == IP_CT_RELATED || info == IP_CT_RELATED_REPLY;
	}
}

/**
 * plait_balance_flow_init_known() - look at a packet that connection tracking does not see
 * @flow: filled in, but for plait_balance_flow_turn()
 * @config: what to do
 * @skb: the packet, its data beginning with the network header
 * @state: the hook that it is in
 * @ct: its connection, known by other means
 * @direction: its direction within the connection
 */
void plait_balance_flow_init_known(struct plait_balance_flow *flow, const struct plait_balance_config *config,
				   struct sk_buff *skb, const struct nf_hook_state *state, struct nf_conn *ct,
				   enum ip_conntrack_dir direction)
{
	plait_balance_flow_fill(flow, config, skb, state);
	flow->ct = ct;
	flow->direction = direction;
	flow->unseen = true;
}

/**
 * plait_balance_flow_bytes() - the bytes of a packet on the wire
 * @flow: the packet
 * @uplink: the uplink that it passes
 *
 * Return: all of it, as the counters of the device and shapers of its rate have it.
 */
u32 plait_balance_flow_bytes(const struct plait_balance_flow *flow,
			     const struct plait_balance_uplink *uplink)
{
	return flow->packet.bytes + flow->packets * uplink->header;
}

/**
 * plait_balance_flow_time() - have the strategy know what time it is
 * @flow: the packet
 *
 * Only some strategies ask, and reading the clock costs as much as all the rest.
 */
void plait_balance_flow_time(struct plait_balance_flow *flow)
{
	if (!flow->packet.now)
		flow->packet.now = ktime_get_ns() >> 20;
}

/* It came in, and nobody here has answered its session: anybody can send that, with any address. */
static bool plait_balance_is_stranger(const struct plait_balance_flow *flow)
{
	return !flow->packet.outgoing &&
	       !(flow->ct && nf_ct_is_confirmed(flow->ct) &&
		 test_bit(IPS_SEEN_REPLY_BIT, &flow->ct->status));
}

/**
 * plait_balance_flow_passed() - a packet passes an uplink: tell those who watch
 * @flow: the packet
 * @uplink: the uplink
 */
void plait_balance_flow_passed(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink)
{
	const struct plait_balance_config *config = flow->config;
	const struct plait_balance_uplink *home;
	struct plait_balance_packet packet;

	if (flow->ct)
		plait_balance_observe_tcp(flow, uplink);
	if (!config->strategy->passed ||
	    (!config->strategy->counts_strangers && plait_balance_is_stranger(flow)))
		return;
	home = flow->ct ? plait_balance_by_mark(config, plait_balance_session_mark(flow)) : NULL;
	plait_balance_flow_time(flow);
	packet = flow->packet;
	packet.bytes = plait_balance_flow_bytes(flow, uplink);
	packet.home = home ? home->slot : uplink->slot;
	spin_lock_bh(&flow->balancer->lock);
	config->strategy->passed(config->state, uplink->slot, &packet);
	spin_unlock_bh(&flow->balancer->lock);
}

/**
 * plait_balance_session_mark() - our bits of the connection mark
 * @flow: a packet of the session
 *
 * Return: see ../../uapi/plait_balance.h.
 */
u32 plait_balance_session_mark(const struct plait_balance_flow *flow)
{
	return READ_ONCE(flow->ct->mark) & flow->config->mask;
}

/**
 * plait_balance_session_remember() - set our bits of the connection mark
 * @flow: a packet of the session
 * @value: what they are to be
 *
 * Other bits may be written at the same time by the target CONNMARK on another CPU; neither takes a lock.
 */
void plait_balance_session_remember(const struct plait_balance_flow *flow, u32 value)
{
	u32 old = READ_ONCE(flow->ct->mark);
	u32 mark = (old & ~flow->config->mask) | value;

	if (mark == old)
		return;
	WRITE_ONCE(flow->ct->mark, mark);
	nf_conntrack_event_cache(IPCT_MARK, flow->ct);
}

/**
 * plait_balance_session_may_move() - can a session go on by another uplink?
 * @ct: its connection
 * @from: where it is; NULL when that uplink is no longer there
 *
 * Return: false when its far end would no longer know it, since addresses are translated.
 */
bool plait_balance_session_may_move(const struct nf_conn *ct, const struct plait_balance_uplink *from)
{
	return !(READ_ONCE(ct->status) & IPS_NAT_MASK) && !(from && from->nat);
}
