// SPDX-License-Identifier: GPL-2.0-only
/* The end of a session whose uplink is dead. */
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "flow.h"

static void plait_balance_reset(const struct plait_balance_flow *flow)
{
	const struct nf_hook_state *state = flow->state;

	if (state->pf == NFPROTO_IPV4)
		nf_send_reset(state->net, state->sk, flow->skb, state->hook);
#if IS_ENABLED(CONFIG_IPV6)
	else
		nf_send_reset6(state->net, state->sk, flow->skb, state->hook);
#endif
}

/**
 * plait_balance_end() - tell the sender that its session is over, and forget the connection
 * @flow: a packet of the session
 * @uplink: where it was; NULL when that is no longer there
 *
 * Return: the verdict on the packet, which is dropped. The next one of the session begins a new one.
 */
unsigned int plait_balance_end(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink)
{
	bool tcp = nf_ct_protonum(flow->ct) == IPPROTO_TCP;

	if (uplink)
		plait_balance_count(uplink->meter, PLAIT_BALANCE_ENDED, 1);
	nf_ct_kill(flow->ct);

	/* The reset is no packet of the session any more: it must not inherit its uplink. */
	nf_reset_ct(flow->skb);
	flow->ct = NULL;
	if (tcp)
		plait_balance_reset(flow);
	return NF_DROP;
}
