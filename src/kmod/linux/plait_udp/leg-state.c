// SPDX-License-Identifier: GPL-2.0-only
/* What packets change of a leg: whether it delivers, and where its far end is. Whoever needs RTNL follows in a process. */
#include "plait_udp.h"

/**
 * plait_udp_leg_update() - its state may have changed, or what it depends on
 * @leg: the leg; the lock of its peer is held
 * @now: ns
 *
 * Packets see it at once; whoever needs RTNL follows in a process.
 */
void plait_udp_leg_update(struct plait_udp_leg *leg, s64 now)
{
	struct plait_udp_peer *peer = leg->peer;
	bool usable = leg->uplink_runs && plait_session_sends(&peer->session, now);
	enum plait_liveness_state before = leg->liveness.state;
	bool running;

	plait_liveness_usable(&leg->liveness, now, usable);
	plait_udp_path_mtu_update(leg, now);
	if (before != leg->liveness.state)
		plait_udp_timer_set(peer, plait_liveness_again(&leg->liveness));
	running = leg->liveness.state == PLAIT_LIVENESS_LIVE;
	if (running != leg->running) {
		WRITE_ONCE(leg->running, running);
		/* Whoever sees that takes it for a leg that is used no more, until told otherwise. */
		leg->interrupted |= !running;
		plait_udp_delivery_legs(peer, now);
	}
	if (READ_ONCE(leg->told) != leg->liveness.state)
		plait_udp_peer_wake(peer);
}

/**
 * plait_udp_legs_update() - the session came or went
 * @peer: its lock is held
 * @now: ns
 */
void plait_udp_legs_update(struct plait_udp_peer *peer, s64 now)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = rcu_dereference_check(peer->leg[i],
								  lockdep_is_held(&peer->lock));

		if (leg)
			plait_udp_leg_update(leg, now);
	}
}

/**
 * plait_udp_leg_moves() - the far end of a leg has another address
 * @leg: the leg; the lock of its peer is held
 * @address: it was heard from there
 *
 * A leg that was set keeps its device: only the far end moved.
 */
void plait_udp_leg_moves(struct plait_udp_leg *leg, const struct plait_udp_address *address)
{
	leg->address.remote = address->remote;
	leg->address.port = address->port;
	if (!leg->set) {
		leg->address.local = address->local;
		leg->address.ifindex = address->ifindex;
	}
	leg->candidate.remote = 0;
	plait_path_mtu_moved(&leg->path_mtu);
	WRITE_ONCE(leg->changes, leg->changes + 1);
	plait_udp_peer_wake(leg->peer);
}
