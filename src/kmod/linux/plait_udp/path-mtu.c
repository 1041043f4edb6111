// SPDX-License-Identifier: GPL-2.0-only
/*
 * Path MTU of each leg, and MTU of the link that follows: padded probes are sent, their answers and reports of DATA are
 * passed to ../../core/udp/path-mtu.c. ICMP has no say (see socket.c).
 */
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>

#include "plait_udp.h"

/* How long a padded probe may come behind the small one that followed it. */
#define PLAIT_UDP_GRACE_MIN (20 * PLAIT_MS)
#define PLAIT_UDP_GRACE_MAX (100 * PLAIT_MS)
/* How long an answer is waited for, beyond two round trips and four times their jitter. */
#define PLAIT_UDP_WAIT_SLACK (200 * PLAIT_MS)
/* The same while the round trip is not known. */
#define PLAIT_UDP_WAIT_UNKNOWN PLAIT_S

/* What is known of its round trips; NULL: nothing. The lock of the peer is held. */
static const struct plait_sent *plait_udp_timed(const struct plait_udp_leg *leg)
{
	const struct plait_udp_keys *keys = plait_udp_keys_locked(leg->peer, PLAIT_UDP_CURRENT);
	const struct plait_udp_way *way = keys ? keys->way[leg->number] : NULL;

	return way && way->sent.rtt >= 0 ? &way->sent : NULL;
}

static s64 plait_udp_probe_wait(const struct plait_udp_leg *leg)
{
	const struct plait_sent *sent = plait_udp_timed(leg);

	if (!sent)
		return PLAIT_UDP_WAIT_UNKNOWN;
	return 2 * sent->rtt + 4 * sent->jitter + PLAIT_UDP_WAIT_SLACK;
}

static s64 plait_udp_probe_grace(const struct plait_udp_leg *leg)
{
	const struct plait_sent *sent = plait_udp_timed(leg);

	if (!sent)
		return PLAIT_UDP_GRACE_MAX;
	return clamp_t(s64, sent->rtt / 4, PLAIT_UDP_GRACE_MIN, PLAIT_UDP_GRACE_MAX);
}

/* In whole 8s of UDP's payload, as reports tell it. */
static u32 plait_udp_size_told(u32 payload)
{
	return round_down(payload, 1u << PLAIT_REPORT_SIZE_SHIFT) + PLAIT_UDP_LOWER_LENGTH;
}

/* Losses of padded probes are not those of the leg. The lock of the peer is held. */
static void plait_udp_expend(struct plait_udp_leg *leg, int probes)
{
	struct plait_udp_keys *keys = plait_udp_keys_locked(leg->peer, PLAIT_UDP_CURRENT);
	struct plait_udp_way *way = keys ? keys->way[leg->number] : NULL;

	if (way && (probes > 0 || way->sent.expendable))
		way->sent.expendable += probes;
}

/* What the search says changed: the timer, and the MTU of the link, follow. The lock of the peer is held. */
static void plait_udp_path_mtu_changed(struct plait_udp_leg *leg, u32 size, bool known)
{
	plait_udp_timer_set(leg->peer, plait_path_mtu_again(&leg->path_mtu));
	if (size != plait_path_mtu_size(&leg->path_mtu) || known != leg->path_mtu.known)
		plait_udp_peer_wake(leg->peer);
}

/**
 * plait_udp_path_mtu_device() - the device that a leg leaves by may have another MTU
 * @leg: the leg; the lock of its peer is held, or nobody knows the leg yet
 * @mtu: of that device
 * @now: ns
 */
void plait_udp_path_mtu_device(struct plait_udp_leg *leg, u32 mtu, s64 now)
{
	u32 size = plait_path_mtu_size(&leg->path_mtu);
	bool known = leg->path_mtu.known;

	plait_path_mtu_device(&leg->path_mtu, now, mtu);
	plait_udp_path_mtu_changed(leg, size, known);
}

/**
 * plait_udp_path_mtu_update() - the state of a leg may have changed
 * @leg: the leg; the lock of its peer is held
 * @now: ns
 */
void plait_udp_path_mtu_update(struct plait_udp_leg *leg, s64 now)
{
	enum plait_liveness_state state = leg->liveness.state;

	if (state == PLAIT_LIVENESS_DOWN)
		plait_path_mtu_moved(&leg->path_mtu);
	/* One that was silent for a moment only is asked on: full packets alone may be what does not arrive. */
	plait_path_mtu_live(&leg->path_mtu, now,
			    state == PLAIT_LIVENESS_LIVE || state == PLAIT_LIVENESS_SILENT);
	plait_udp_timer_set(leg->peer, plait_path_mtu_again(&leg->path_mtu));
}

/**
 * plait_udp_path_mtu_left() - a packet of DATA leaves by a leg
 * @leg: the leg; the lock of its peer is held
 * @payload: bytes of UDP's payload
 * @now: ns
 *
 * Return: packets up to this size, with their IP header, are known to arrive in one piece.
 */
u32 plait_udp_path_mtu_left(struct plait_udp_leg *leg, u32 payload, s64 now)
{
	const struct plait_sent *sent = plait_udp_timed(leg);

	plait_path_mtu_left(&leg->path_mtu, now, plait_udp_size_told(payload),
			    plait_patience(sent ? sent->rtt : -1));
	plait_udp_timer_set(leg->peer, plait_path_mtu_again(&leg->path_mtu));
	return leg->path_mtu.confirmed;
}

/**
 * plait_udp_path_mtu_reported() - the far end tells of DATA that came by a leg
 * @leg: the leg; the lock of its peer is held
 * @largest: see &plait_udp_report.largest
 */
void plait_udp_path_mtu_reported(struct plait_udp_leg *leg, u8 largest)
{
	if (largest)
		plait_path_mtu_reported(&leg->path_mtu,
					plait_udp_size_told((u32)largest << PLAIT_REPORT_SIZE_SHIFT));
}

/**
 * plait_udp_path_mtu_answered() - a probe of a leg was answered
 * @leg: the leg; the lock of its peer is held
 * @id: of the probe
 * @payload: bytes of UDP's payload that arrived, as the far end says
 * @now: ns
 */
void plait_udp_path_mtu_answered(struct plait_udp_leg *leg, u32 id, u32 payload, s64 now)
{
	u32 size = plait_path_mtu_size(&leg->path_mtu), asked = leg->path_mtu.asked;
	bool known = leg->path_mtu.known;

	plait_path_mtu_answered(&leg->path_mtu, now, id, payload + PLAIT_UDP_LOWER_LENGTH,
				plait_udp_probe_grace(leg));
	if (asked && !leg->path_mtu.asked)
		plait_udp_expend(leg, -1);
	plait_udp_path_mtu_changed(leg, size, known);
}

/* Sends a padded probe, and a small one behind it. */
static void plait_udp_path_mtu_probe(struct plait_udp_leg *leg,
				     const struct plait_udp_address *address, u32 size, u32 id)
{
	u32 length = size - PLAIT_UDP_LOWER_LENGTH - PLAIT_UDP_OVERHEAD;
	u8 *blocks = kmalloc(length, GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);

	/* Without memory none is answered, which says nothing. */
	if (blocks) {
		plait_udp_write_probe(blocks, id, length);
		plait_udp_send_control(leg, address, blocks, length, size);
		kfree(blocks);
	}
	plait_udp_control_probe(leg, address, id + 1);
}

/* Returns the size of the padded probe that is to be sent, 0: none. The lock of the peer is held. */
static u32 plait_udp_path_mtu_ask(struct plait_udp_leg *leg, u32 device, s64 now, u32 *id)
{
	u32 before = plait_path_mtu_size(&leg->path_mtu), size;
	bool known = leg->path_mtu.known;

	plait_path_mtu_device(&leg->path_mtu, now, device);
	*id = leg->probe + 1;
	size = plait_path_mtu_due(&leg->path_mtu, now, plait_udp_probe_wait(leg), *id);
	if (size) {
		leg->probe += 2;
		plait_udp_expend(leg, 1);
	}
	plait_udp_path_mtu_changed(leg, before, known);
	return size;
}

/**
 * plait_udp_path_mtu_due() - what follows from the time for the path MTU of a leg
 * @leg: the leg
 * @now: ns
 *
 * In softirq and an RCU section, without the lock of the peer.
 */
void plait_udp_path_mtu_due(struct plait_udp_leg *leg, s64 now)
{
	struct plait_udp_peer *peer = leg->peer;
	struct plait_udp_address address;
	u32 device, size, id;
	s64 again;

	spin_lock(&peer->lock);
	address = leg->address;
	again = plait_path_mtu_again(&leg->path_mtu);
	plait_udp_timer_set(peer, again > now ? again : PLAIT_NEVER);
	spin_unlock(&peer->lock);
	if (again > now)
		return;
	device = plait_udp_datagram_mtu(leg->socket, &address);
	spin_lock(&peer->lock);
	size = plait_udp_path_mtu_ask(leg, device, now, &id);
	spin_unlock(&peer->lock);
	if (size)
		plait_udp_path_mtu_probe(leg, &address, size, id);
}

/* The largest inner packet for a leg. */
static u32 plait_udp_path_mtu_inner(const struct plait_udp_leg *leg)
{
	return plait_path_mtu_size(&leg->path_mtu) - PLAIT_UDP_LOWER_LENGTH - PLAIT_UDP_OVERHEAD;
}

/* Does a device have IPv6 addresses? The kernel would take them away with an MTU below IPv6's smallest. */
static bool plait_udp_has_ipv6(const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct inet6_dev *idev = __in6_dev_get(dev);

	return idev && !list_empty(&idev->addr_list);
#else
	return false;
#endif
}

/**
 * plait_udp_link_mtu() - the largest inner packet for a link
 * @leg: a leg of it, with RTNL
 *
 * A path that takes less than IPv6's smallest MTU gets larger packets in fragments, when there is IPv6 inside.
 *
 * Return: bytes; as long as no leg was live, what the device of @leg takes.
 */
u32 plait_udp_link_mtu(const struct plait_udp_leg *leg)
{
	u32 mtu = leg->peer->mtu.used ?: plait_udp_path_mtu_inner(leg);

	ASSERT_RTNL();
	if (mtu < IPV6_MIN_MTU && plait_udp_has_ipv6(leg->peer->link->dev))
		mtu = IPV6_MIN_MTU;
	return mtu;
}

/* The smallest of the legs that are live; 0: none is. The lock of the peer is held. */
static u32 plait_udp_legs_mtu(const struct plait_udp_peer *peer, bool *provisional)
{
	u32 smallest = 0, i;

	*provisional = false;
	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		const struct plait_udp_leg *leg = plait_udp_leg_by_number(peer, i);
		u32 mtu;

		if (!leg || !leg->running)
			continue;
		mtu = plait_udp_path_mtu_inner(leg);
		if (!smallest || mtu < smallest) {
			smallest = mtu;
			*provisional = false;
		}
		if (mtu == smallest && !leg->path_mtu.known)
			*provisional = true;
	}
	return smallest;
}

/**
 * plait_udp_link_mtu_follow() - legs of a link, or their path MTUs, may have changed
 * @peer: of the link, with RTNL
 *
 * Return: when to ask again, ns.
 */
s64 plait_udp_link_mtu_follow(struct plait_udp_peer *peer)
{
	u32 before = peer->mtu.used, smallest;
	bool provisional;
	s64 again;

	ASSERT_RTNL();
	spin_lock_bh(&peer->lock);
	smallest = plait_udp_legs_mtu(peer, &provisional);
	spin_unlock_bh(&peer->lock);
	again = plait_link_mtu_follow(&peer->mtu, plait_udp_now(), smallest, provisional);
	if (peer->mtu.used != before)
		plait_link_fit(peer->link);
	return again;
}
