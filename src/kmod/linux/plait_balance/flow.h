/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet on its way through the module; one section a file. */
#ifndef PLAIT_BALANCE_FLOW_H
#define PLAIT_BALANCE_FLOW_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>

#include "net.h"

/* flow.c */

/**
 * struct plait_balance_flow - a packet on its way through a hook, and the session that it belongs to
 * @state: the hook
 * @balancer: the namespace's part
 * @config: what to do
 * @skb: the packet
 * @ct: its connection; NULL when it is not tracked
 * @direction: of the packet within the connection, if any
 * @unseen: connection tracking has not seen the packet
 * @error: the packet is an ICMP error about the connection, or the first one of another that it expects
 * @packet: what the strategy sees of it
 * @peer: the address beyond the uplink
 * @packets: packets that it is on the wire
 */
struct plait_balance_flow {
	const struct nf_hook_state *state;
	struct plait_balance_net *balancer;
	const struct plait_balance_config *config;
	struct sk_buff *skb;
	struct nf_conn *ct;
	enum ip_conntrack_dir direction;
	bool error;
	bool unseen;
	struct plait_balance_packet packet;
	struct plait_balance_address peer;
	u32 packets;
};

void plait_balance_flow_init(struct plait_balance_flow *flow, const struct plait_balance_config *config,
			     struct sk_buff *skb, const struct nf_hook_state *state, bool outgoing);
void plait_balance_flow_init_known(struct plait_balance_flow *flow, const struct plait_balance_config *config,
				   struct sk_buff *skb, const struct nf_hook_state *state, struct nf_conn *ct,
				   enum ip_conntrack_dir direction);
void plait_balance_flow_turn(struct plait_balance_flow *flow, bool outgoing);
void plait_balance_flow_time(struct plait_balance_flow *flow);
void plait_balance_flow_passed(struct plait_balance_flow *flow,
			       const struct plait_balance_uplink *uplink);
u32 plait_balance_flow_bytes(const struct plait_balance_flow *flow,
			     const struct plait_balance_uplink *uplink);
u32 plait_balance_session_mark(const struct plait_balance_flow *flow);
void plait_balance_session_remember(const struct plait_balance_flow *flow, u32 value);
bool plait_balance_session_may_move(const struct nf_conn *ct, const struct plait_balance_uplink *from);

/* decide.c */

/**
 * enum plait_balance_verdict - what becomes of a packet
 * @PLAIT_BALANCE_LEAVE_ALONE: it is none of ours
 * @PLAIT_BALANCE_STAY: it leaves by the uplink of its session, or by any, when chosen per packet
 * @PLAIT_BALANCE_BEGIN: its session begins on the uplink
 * @PLAIT_BALANCE_MOVE: its session goes on by the uplink
 * @PLAIT_BALANCE_END: its session is over
 */
enum plait_balance_verdict {
	PLAIT_BALANCE_LEAVE_ALONE,
	PLAIT_BALANCE_STAY,
	PLAIT_BALANCE_BEGIN,
	PLAIT_BALANCE_MOVE,
	PLAIT_BALANCE_END,
};

const struct plait_balance_uplink *plait_balance_pick(struct plait_balance_flow *flow, u32 allowed);
enum plait_balance_verdict plait_balance_decide(struct plait_balance_flow *flow, bool choosing,
						const struct plait_balance_uplink **uplink);

/* destination.c */
enum plait_balance_way {
	PLAIT_BALANCE_BY_UPLINK,
	PLAIT_BALANCE_ELSEWHERE,
	PLAIT_BALANCE_NO_ROUTE,
};

enum plait_balance_way plait_balance_way(const struct plait_balance_flow *flow);

/* end.c */
unsigned int plait_balance_end(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink);

/* tcp.c */
void plait_balance_observe_tcp(const struct plait_balance_flow *flow,
			       const struct plait_balance_uplink *uplink);

#endif /* PLAIT_BALANCE_FLOW_H */
