// SPDX-License-Identifier: GPL-2.0-only
/* What netlink shows of a far end and its legs. No private key stands here. */
#include <net/netlink.h>

#include "plait_udp.h"

/* The keys that a leg's figures belong to; the lock of the peer is held. */
static const struct plait_udp_way *plait_udp_way_shown(const struct plait_udp_peer *peer,
						       u32 number)
{
	const struct plait_udp_keys *keys = plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT);

	return keys ? keys->way[number] : NULL;
}

/* The leg whose packets arrive first, of those that are known; the lock of the peer is held. */
static const struct plait_sent *plait_udp_first(const struct plait_udp_peer *peer)
{
	const struct plait_sent *first = NULL;
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		const struct plait_udp_way *way = plait_udp_way_shown(peer, i);

		if (way && way->sent.rtt >= 0 &&
		    (!first || plait_sent_behind(&way->sent, first) < 0))
			first = &way->sent;
	}
	return first;
}

static u32 plait_udp_us(s64 ns)
{
	return div_s64(max_t(s64, ns, 0), NSEC_PER_USEC);
}

/* What is known of its path; the lock of the peer is held. */
static int plait_udp_put_path(struct sk_buff *msg, const struct plait_udp_leg *leg)
{
	const struct plait_udp_way *way = plait_udp_way_shown(leg->peer, leg->number);
	const struct plait_sent *first;

	if (!way || way->sent.rtt < 0)
		return 0;
	first = plait_udp_first(leg->peer);
	return nla_put_u32(msg, PLAIT_UDP_LEG_A_RTT, plait_udp_us(way->sent.rtt)) ?:
	       nla_put_u32(msg, PLAIT_UDP_LEG_A_BEHIND,
			   plait_udp_us(plait_sent_behind(&way->sent, first))) ?:
	       nla_put_u32(msg, PLAIT_UDP_LEG_A_LOSS,
			   (u32)(((u64)way->sent.lost_recent * 1000000) >> 16));
}

static int plait_udp_put_state(struct sk_buff *msg, const struct plait_udp_leg *leg)
{
	BUILD_BUG_ON(PLAIT_UDP_STATE_DOWN != (int)PLAIT_LIVENESS_DOWN);
	BUILD_BUG_ON(PLAIT_UDP_STATE_DEAD != (int)PLAIT_LIVENESS_DEAD);
	BUILD_BUG_ON(PLAIT_UDP_STATE_DEAD + 1 != (int)PLAIT_LIVENESS_STATES);

	if (nla_put_u8(msg, PLAIT_UDP_LEG_A_STATE, leg->liveness.state) ||
	    nla_put_in_addr(msg, PLAIT_UDP_LEG_A_LOCAL, leg->address.local) ||
	    nla_put_in_addr(msg, PLAIT_UDP_LEG_A_REMOTE, leg->address.remote) ||
	    nla_put_u16(msg, PLAIT_UDP_LEG_A_REMOTE_PORT, ntohs(leg->address.port)) ||
	    nla_put_u32(msg, PLAIT_UDP_LEG_A_ADDRESS_CHANGES, leg->changes) ||
	    nla_put_u32(msg, PLAIT_UDP_LEG_A_PATH_MTU_PROBES, leg->path_mtu.sent))
		return -EMSGSIZE;
	if (leg->path_mtu.confirmed &&
	    nla_put_u32(msg, PLAIT_UDP_LEG_A_PATH_MTU, leg->path_mtu.confirmed))
		return -EMSGSIZE;
	if (leg->observed &&
	    (nla_put_in_addr(msg, PLAIT_UDP_LEG_A_OBSERVED, leg->observed) ||
	     nla_put_u16(msg, PLAIT_UDP_LEG_A_OBSERVED_PORT, ntohs(leg->observed_port))))
		return -EMSGSIZE;
	return plait_udp_put_path(msg, leg);
}

/**
 * plait_udp_put_leg() - put PLAIT_UDP_A_LEG
 * @msg: into this message
 * @leg: of this leg, with RTNL, without the lock of its peer
 *
 * Return: 0 or -EMSGSIZE.
 */
int plait_udp_put_leg(struct sk_buff *msg, const struct plait_udp_leg *leg)
{
	struct nlattr *nest = nla_nest_start(msg, PLAIT_UDP_A_LEG);
	int err;

	if (!nest || nla_put_u8(msg, PLAIT_UDP_LEG_A_NUMBER, leg->number) ||
	    nla_put_string(msg, PLAIT_UDP_LEG_A_NAME, leg->name) ||
	    nla_put_u32(msg, PLAIT_UDP_LEG_A_UPLINK, leg->uplink) ||
	    nla_put_u32(msg, PLAIT_UDP_LEG_A_KEEPALIVE, leg->keepalive) ||
	    nla_put_u8(msg, PLAIT_UDP_LEG_A_HEARD, !leg->set))
		return -EMSGSIZE;
	spin_lock_bh(&leg->peer->lock);
	err = plait_udp_put_state(msg, leg);
	spin_unlock_bh(&leg->peer->lock);
	if (!err)
		nla_nest_end(msg, nest);
	return err;
}

static int plait_udp_put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, PLAIT_UDP_A_PAD);
}

static u8 plait_udp_session_shown(const struct plait_udp_peer *peer, s64 now)
{
	if (plait_session_sends(&peer->session, now))
		return PLAIT_UDP_SESSION_ESTABLISHED;
	return peer->session.state == PLAIT_SESSION_IDLE ? PLAIT_UDP_SESSION_IDLE :
							   PLAIT_UDP_SESSION_ASKING;
}

/* The lock of the peer is held. */
static int plait_udp_put_session(struct sk_buff *msg, const struct plait_udp_peer *peer)
{
	const struct plait_udp_keys *keys = plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT);
	s64 now = plait_udp_now();

	if (nla_put_u8(msg, PLAIT_UDP_A_SESSION, plait_udp_session_shown(peer, now)) ||
	    nla_put(msg, PLAIT_UDP_A_FRESH_USED, PLAIT_FRESHNESS_LENGTH,
		    peer->session.freshness_used))
		return -EMSGSIZE;
	if (!keys || !plait_session_sends(&peer->session, now))
		return 0;
	return nla_put_u8(msg, PLAIT_UDP_A_AGREED,
			  keys->sign ? PLAIT_UDP_PROTECT_SIGN : PLAIT_UDP_PROTECT_ENCRYPT) ?:
	       nla_put_u32(msg, PLAIT_UDP_A_SESSION_AGE, div_s64(now - keys->made, NSEC_PER_SEC));
}

/* The lock of the peer is held. */
static int plait_udp_put_counters(struct sk_buff *msg, const struct plait_udp_peer *peer)
{
	const struct plait_order_counters *order = plait_order_counters(peer->order);

	return plait_udp_put_u64(msg, PLAIT_UDP_A_BAD_PACKETS, peer->bad) ?:
	       plait_udp_put_u64(msg, PLAIT_UDP_A_REPLAYED, peer->replayed) ?:
	       plait_udp_put_u64(msg, PLAIT_UDP_A_HELD, order->held) ?:
	       plait_udp_put_u64(msg, PLAIT_UDP_A_LOST, order->lost) ?:
	       plait_udp_put_u64(msg, PLAIT_UDP_A_EXPIRED, order->expired) ?:
	       plait_udp_put_u64(msg, PLAIT_UDP_A_LATE, order->late);
}

static int plait_udp_put_legs(struct sk_buff *msg, struct plait_udp_peer *peer)
{
	struct nlattr *nest = nla_nest_start(msg, PLAIT_UDP_A_LEGS);
	u32 i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		const struct plait_udp_leg *leg = plait_udp_leg_by_number(peer, i);

		if (leg && plait_udp_put_leg(msg, leg))
			return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * plait_udp_put_peer() - put all attributes of a far end
 * @msg: into this message
 * @peer: the far end, with RTNL, without its lock
 *
 * Return: 0 or -EMSGSIZE.
 */
int plait_udp_put_peer(struct sk_buff *msg, struct plait_udp_peer *peer)
{
	const struct net_device *dev = peer->link->dev;
	int err;

	if (nla_put_u32(msg, PLAIT_UDP_A_IFINDEX, dev->ifindex) ||
	    nla_put_string(msg, PLAIT_UDP_A_IFNAME, dev->name) ||
	    nla_put(msg, PLAIT_UDP_A_PUBLIC_KEY, PLAIT_KEY_LENGTH, peer->us.public) ||
	    nla_put(msg, PLAIT_UDP_A_PEER_KEY, PLAIT_KEY_LENGTH, peer->far_end.public) ||
	    nla_put_u16(msg, PLAIT_UDP_A_LISTEN, peer->listen ? peer->listen->port : 0) ||
	    nla_put_u8(msg, PLAIT_UDP_A_PROTECT, peer->protect))
		return -EMSGSIZE;
	spin_lock_bh(&peer->lock);
	err = plait_udp_put_session(msg, peer) ?: plait_udp_put_counters(msg, peer);
	spin_unlock_bh(&peer->lock);
	return err ?: plait_udp_put_legs(msg, peer);
}
