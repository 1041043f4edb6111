// SPDX-License-Identifier: GPL-2.0-only
/* Which uplink a packet leaves by. */
#include "flow.h"

/**
 * plait_balance_pick() - let the strategy choose
 * @flow: the packet
 * @allowed: bits of the slots that it may choose
 *
 * Return: an uplink; NULL when none is allowed.
 */
const struct plait_balance_uplink *plait_balance_pick(struct plait_balance_flow *flow, u32 allowed)
{
	const struct plait_balance_config *config = flow->config;
	int slot;

	if (!allowed)
		return NULL;
	plait_balance_flow_time(flow);
	spin_lock_bh(&flow->balancer->lock);
	slot = config->strategy->pick(config->state, &flow->packet, allowed);
	spin_unlock_bh(&flow->balancer->lock);
	return plait_balance_by_slot(config, slot);
}

/* A session without an uplink yet. */
static enum plait_balance_verdict plait_balance_decide_first(struct plait_balance_flow *flow, bool choosing,
							     const struct plait_balance_uplink **uplink)
{
	const struct plait_balance_config *config = flow->config;

	/* Began before anybody remembered uplinks: translated addresses belong to one that we do not know. */
	if (flow->direction != IP_CT_DIR_ORIGINAL || READ_ONCE(flow->ct->status) & IPS_NAT_MASK)
		return PLAIT_BALANCE_LEAVE_ALONE;

	/* Somebody before us has chosen, such as a firewall rule or a socket with SO_MARK. */
	*uplink = plait_balance_by_mark(config, flow->skb->mark & config->mask);
	if (*uplink)
		return PLAIT_BALANCE_BEGIN;
	if (!choosing)
		return PLAIT_BALANCE_LEAVE_ALONE;

	switch (plait_balance_way(flow)) {
	case PLAIT_BALANCE_NO_ROUTE:
		return PLAIT_BALANCE_LEAVE_ALONE;
	case PLAIT_BALANCE_ELSEWHERE:
		plait_balance_session_remember(flow, config->mask);
		return PLAIT_BALANCE_LEAVE_ALONE;
	case PLAIT_BALANCE_BY_UPLINK:
		break;
	}
	*uplink = plait_balance_pick(flow, config->live);
	return *uplink ? PLAIT_BALANCE_BEGIN : PLAIT_BALANCE_LEAVE_ALONE;
}

/* A session whose uplink is dead, or @from is NULL: gone, while others live. */
static enum plait_balance_verdict plait_balance_decide_dead(struct plait_balance_flow *flow,
							    const struct plait_balance_uplink *from,
							    const struct plait_balance_uplink **uplink)
{
	bool move = flow->config->dead_sessions == PLAIT_BALANCE_DEAD_SESSIONS_MOVE;

	*uplink = NULL;
	if (move && plait_balance_session_may_move(flow->ct, from))
		*uplink = plait_balance_pick(flow, flow->config->free);
	if (*uplink)
		return PLAIT_BALANCE_MOVE;
	*uplink = from;
	/* The answer to a packet that did come in by the dead uplink can only go back the same way. */
	return move && from && flow->direction == IP_CT_DIR_REPLY ? PLAIT_BALANCE_STAY :
								    PLAIT_BALANCE_END;
}

/* A session that would stay on its live uplink @from, if the strategy has nothing against it. */
static enum plait_balance_verdict plait_balance_decide_live(struct plait_balance_flow *flow,
							    const struct plait_balance_uplink *from,
							    const struct plait_balance_uplink **uplink)
{
	const struct plait_balance_config *config = flow->config;
	const struct plait_balance_strategy *strategy = config->strategy;
	bool leaves = strategy->keep && !strategy->keep(config->state, from->slot);

	*uplink = from;
	if (!strategy->per_packet && !leaves)
		return PLAIT_BALANCE_STAY;
	/* Replies stay where the session came in; so do all packets of a session that cannot move. */
	if (flow->direction != IP_CT_DIR_ORIGINAL || !plait_balance_session_may_move(flow->ct, from))
		return PLAIT_BALANCE_STAY;

	*uplink = plait_balance_pick(flow, config->free);
	if (!*uplink || *uplink == from) {
		*uplink = from;
		return PLAIT_BALANCE_STAY;
	}
	return strategy->per_packet ? PLAIT_BALANCE_STAY : PLAIT_BALANCE_MOVE;
}

/**
 * plait_balance_decide() - which uplink does a packet leave by?
 * @flow: the packet, of a tracked connection
 * @choosing: new sessions are given an uplink; else only those are dealt with that have one
 * @uplink: filled in, but for PLAIT_BALANCE_LEAVE_ALONE; NULL with PLAIT_BALANCE_END when it is no longer there
 *
 * Return: what becomes of the packet.
 */
enum plait_balance_verdict plait_balance_decide(struct plait_balance_flow *flow, bool choosing,
						const struct plait_balance_uplink **uplink)
{
	const struct plait_balance_config *config = flow->config;
	const struct plait_balance_uplink *from;
	u32 value = plait_balance_session_mark(flow);

	if (value == config->mask)
		return PLAIT_BALANCE_LEAVE_ALONE;
	from = plait_balance_by_mark(config, value);
	if (from && plait_balance_is_live(from)) {
		if (nf_ct_is_confirmed(flow->ct))
			return plait_balance_decide_live(flow, from, uplink);
		/* Expected by another session, such as that of FTP's data, and goes the same way. */
		*uplink = from;
		return PLAIT_BALANCE_BEGIN;
	}
	if (!value || !nf_ct_is_confirmed(flow->ct))
		return plait_balance_decide_first(flow, choosing, uplink);
	/* Says something of the session, and is none of its packets. */
	if (flow->error)
		return PLAIT_BALANCE_LEAVE_ALONE;
	if (config->live)
		return plait_balance_decide_dead(flow, from, uplink);
	*uplink = from;
	return from ? PLAIT_BALANCE_STAY : PLAIT_BALANCE_LEAVE_ALONE;
}
