// SPDX-License-Identifier: GPL-2.0-only
/* What balancing has to say of packets on the fast path: which uplink they take, and that they are counted. */
#include "fast.h"

/**
 * plait_balance_fast_side() - where a packet of a connection comes in, as far as it matters
 * @config: what the namespace does; NULL: it balances nothing
 * @dev: the device
 *
 * Answers may come by another uplink than their session leaves by.
 *
 * Return: an interface index, or the same for all uplinks.
 */
int plait_balance_fast_side(const struct plait_balance_config *config, const struct net_device *dev)
{
	return config && plait_balance_by_index(config, dev->ifindex) ? PLAIT_BALANCE_FAST_UPLINKS : dev->ifindex;
}

/**
 * plait_balance_fast_wanders() - are packets of a session given uplinks one by one?
 * @config: what the namespace does
 * @ct: the connection
 * @home: the uplink of its session
 *
 * Return: true when they are.
 */
bool plait_balance_fast_wanders(const struct plait_balance_config *config, const struct nf_conn *ct,
				const struct plait_balance_uplink *home)
{
	return config->strategy->per_packet && plait_balance_session_may_move(ct, home);
}

/**
 * plait_balance_fast_belongs() - can a connection take the fast path, as far as balancing goes?
 * @config: what the namespace does; NULL: it balances nothing
 * @ct: the connection
 * @in: where a packet of it came in
 * @out: where it leaves
 *
 * Return: false when it is on no uplink yet, or on another one.
 */
bool plait_balance_fast_belongs(const struct plait_balance_config *config, const struct nf_conn *ct,
				const struct net_device *in, const struct net_device *out)
{
	const struct plait_balance_uplink *uplink;
	const struct plait_balance_uplink *home;

	if (!config)
		return true;
	uplink = plait_balance_by_index(config, out->ifindex) ?: plait_balance_by_index(config, in->ifindex);
	if (!uplink)
		return true;
	home = plait_balance_by_mark(config, READ_ONCE(ct->mark) & config->mask);
	return home && plait_balance_is_live(home) &&
	       (home == uplink || plait_balance_fast_wanders(config, ct, home));
}

/* Of a session that stays together. */
static enum plait_balance_fast_verdict plait_balance_fast_choose_kept(const struct plait_balance_flow *flow,
								      const struct plait_balance_uplink *home,
								      const struct net_device *out)
{
	const struct plait_balance_config *config = flow->config;

	if (home->ifindex != out->ifindex)
		return PLAIT_BALANCE_FAST_FORGET;
	if (config->strategy->keep && !config->strategy->keep(config->state, home->slot) &&
	    flow->direction == IP_CT_DIR_ORIGINAL && plait_balance_session_may_move(flow->ct, home))
		return PLAIT_BALANCE_FAST_LEAVE;
	return PLAIT_BALANCE_FAST_SEND;
}

/**
 * plait_balance_fast_choose() - which uplink does a packet take?
 * @flow: the packet, of a balanced namespace, before it is changed
 * @out: the device of the route that was learned with its connection
 * @uplink: filled in: NULL when it leaves by none
 *
 * As plait_balance_decide() would have it.
 *
 * Return: what becomes of the packet.
 */
enum plait_balance_fast_verdict plait_balance_fast_choose(struct plait_balance_flow *flow,
							  const struct net_device *out,
							  const struct plait_balance_uplink **uplink)
{
	const struct plait_balance_config *config = flow->config;
	const struct plait_balance_uplink *home;

	*uplink = plait_balance_by_index(config, out->ifindex);
	plait_balance_flow_turn(flow, *uplink);
	if (!*uplink)
		return PLAIT_BALANCE_FAST_SEND;
	home = plait_balance_by_mark(config, plait_balance_session_mark(flow));
	if (!home || !plait_balance_is_live(home))
		return PLAIT_BALANCE_FAST_FORGET;
	*uplink = home;
	if (!plait_balance_fast_wanders(config, flow->ct, home))
		return plait_balance_fast_choose_kept(flow, home, out);
	if (flow->direction == IP_CT_DIR_ORIGINAL)
		*uplink = plait_balance_pick(flow, config->free) ?: home;
	return PLAIT_BALANCE_FAST_SEND;
}

/**
 * plait_balance_fast_count() - count a packet that is about to be forwarded
 * @flow: the packet, before it is changed
 * @uplink: by which it leaves; NULL: by none
 */
void plait_balance_fast_count(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink)
{
	const struct plait_balance_config *config = flow->config;

	if (uplink) {
		flow->skb->mark = (flow->skb->mark & ~config->mask) | uplink->mark;
		plait_balance_count_two(uplink->meter, PLAIT_BALANCE_TX_PACKETS, flow->packets,
					PLAIT_BALANCE_TX_BYTES, plait_balance_flow_bytes(flow, uplink));
	} else {
		uplink = plait_balance_by_index(config, flow->state->in->ifindex);
		if (!uplink)
			return;
		plait_balance_count_two(uplink->meter, PLAIT_BALANCE_RX_PACKETS, flow->packets,
					PLAIT_BALANCE_RX_BYTES, plait_balance_flow_bytes(flow, uplink));
	}
	plait_balance_flow_passed(flow, uplink);
}
