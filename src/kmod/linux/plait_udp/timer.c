// SPDX-License-Identifier: GPL-2.0-only
/* What is due in softirq, for each peer: deadlines of packets that wait, reports, probes, legs that fell silent. */
#include <linux/hrtimer.h>

#include "plait_udp.h"

/*
 * How long a report is waited for, ns. While a queue grows the mean round trip lags behind what packets take: a leg that is
 * only full would be taken for silent. As RFC 6298 has it for TCP's timeout.
 */
static s64 plait_udp_patience(const struct plait_sent *sent)
{
	return plait_patience(sent->rtt < 0 ? -1 : sent->rtt + 4 * sent->jitter);
}

/* What left by a leg should have been reported by now. */
static bool plait_udp_overdue(const struct plait_sent *sent, s64 now)
{
	return sent->oldest_at && now - sent->oldest_at >= plait_udp_patience(sent);
}

/* Has something of another leg been reported since then? The lock of the peer is held. */
static bool plait_udp_others_heard(const struct plait_udp_keys *keys, u32 number, s64 since)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++)
		if (i != number && keys->way[i] && keys->way[i]->sent.heard > since)
			return true;
	return false;
}

/* Has something of another leg been reported lately? Only traffic is. The lock of the peer is held. */
static bool plait_udp_others_busy(const struct plait_udp_keys *keys, u32 number, s64 now)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++)
		if (i != number && keys->way[i] && keys->way[i]->sent.heard &&
		    now - keys->way[i]->sent.heard < PLAIT_DEAD_PROBE)
			return true;
	return false;
}

/* A live leg may be silent, as far as reports tell. Gives whether that is to be found out. The lock of the peer is held. */
static bool plait_udp_leg_awaits(struct plait_udp_leg *leg, const struct plait_udp_keys *keys, s64 now)
{
	const struct plait_sent *sent = &keys->way[leg->number]->sent;

	if (!sent->oldest_at)
		return false;
	if (!plait_udp_overdue(sent, now)) {
		plait_udp_timer_set(leg->peer, max(sent->oldest_at + plait_udp_patience(sent), now + 10 * PLAIT_MS));
		return false;
	}
	if (!plait_udp_others_heard(keys, leg->number, sent->oldest_at))
		return true;
	plait_liveness_overdue(&leg->liveness, now);
	return false;
}

/* Returns whether the leg is to be probed; @doubt becomes whether all are. The lock of the peer is held. */
static bool plait_udp_leg_due(struct plait_udp_leg *leg, const struct plait_udp_keys *keys, s64 now, bool *doubt)
{
	const struct plait_udp_way *way = keys ? keys->way[leg->number] : NULL;
	s64 rtt = way ? way->sent.rtt : -1;
	bool probe;

	if (way && leg->liveness.state == PLAIT_LIVENESS_LIVE)
		*doubt |= plait_udp_leg_awaits(leg, keys, now);
	probe = plait_liveness_due(&leg->liveness, now, rtt,
				   keys && plait_udp_others_busy(keys, leg->number, now));
	plait_udp_leg_update(leg, now);
	plait_udp_timer_set(leg->peer, plait_liveness_again(&leg->liveness));
	return probe;
}

/* All live legs are probed; who answers shows that another one is silent. */
static void plait_udp_legs_doubt(struct plait_udp_peer *peer, s64 now)
{
	u32 i;

	spin_lock(&peer->lock);
	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = rcu_dereference(peer->leg[i]);

		if (!leg)
			continue;
		plait_liveness_doubt(&leg->liveness, now);
		plait_udp_timer_set(peer, max(plait_liveness_again(&leg->liveness), now));
	}
	spin_unlock(&peer->lock);
}

/* Nothing is known to arrive by any leg: the far end may have been started anew, and lost its keys. */
static void plait_udp_all_silent(struct plait_udp_peer *peer, s64 now)
{
	spin_lock(&peer->lock);
	if (plait_session_sends(&peer->session, now))
		plait_session_silent(&peer->session, now);
	spin_unlock(&peer->lock);
	plait_udp_peer_wake(peer);
}

static void plait_udp_legs_due(struct plait_udp_peer *peer, s64 now)
{
	bool some = false, silent = true, doubt = false;
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = rcu_dereference(peer->leg[i]);
		struct plait_udp_address address;
		bool probe, ran;

		if (!leg)
			continue;
		spin_lock(&peer->lock);
		ran = leg->running;
		probe = plait_udp_leg_due(leg, plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT), now, &doubt);
		address = leg->address;
		some |= leg->liveness.state != PLAIT_LIVENESS_DOWN;
		silent &= leg->liveness.state != PLAIT_LIVENESS_LIVE;
		ran &= !leg->running;
		spin_unlock(&peer->lock);
		if (ran) {
			plait_leg_fell_silent(&leg->leg);
			/* What the far end has for us, its reports first, is to come by others until it knows better. */
			plait_udp_control_down(peer, 1u << i);
		}
		if (probe)
			plait_udp_control_ask(leg, &address);
		plait_udp_path_mtu_due(leg, now);
	}
	if (doubt)
		plait_udp_legs_doubt(peer, now);
	if (some && silent)
		plait_udp_all_silent(peer, now);
}

/* Is a report due? If not, the timer is set to when it will be. The lock of the peer is held. */
static bool plait_udp_report_due(struct plait_udp_peer *peer, s64 now)
{
	struct plait_udp_keys *keys = plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT);
	s64 first = PLAIT_NEVER;
	u32 i;

	for (i = 0; keys && i < PLAIT_UDP_LEGS; i++)
		if (keys->way[i])
			first = min(first, plait_received_due(&keys->way[i]->received));
	if (first > now)
		plait_udp_timer_set(peer, first);
	return first <= now;
}

static enum hrtimer_restart plait_udp_timer(struct hrtimer *timer)
{
	struct plait_udp_peer *peer = container_of(timer, struct plait_udp_peer, timer);
	s64 now = plait_udp_now();
	bool report;

	rcu_read_lock();
	spin_lock(&peer->lock);
	peer->armed = 0;
	plait_udp_delivery_due(peer, now);
	report = plait_udp_report_due(peer, now);
	spin_unlock(&peer->lock);
	if (report)
		plait_udp_control_report(peer, now);
	plait_udp_legs_due(peer, now);
	rcu_read_unlock();
	return HRTIMER_NORESTART;
}

void plait_udp_timer_init(struct plait_udp_peer *peer)
{
	hrtimer_init(&peer->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	peer->timer.function = plait_udp_timer;
}

/* Nobody sets it any more. */
void plait_udp_timer_stop(struct plait_udp_peer *peer)
{
	hrtimer_cancel(&peer->timer);
}
