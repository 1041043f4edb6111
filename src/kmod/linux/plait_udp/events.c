// SPDX-License-Identifier: GPL-2.0-only
/* What happens to far ends and legs, told to whoever listens: see &enum plait_udp_event. */
#include <linux/jiffies.h>
#include <linux/notifier.h>

#include "plait_udp.h"

static BLOCKING_NOTIFIER_HEAD(plait_udp_listeners);

void plait_udp_events_register(struct notifier_block *listener)
{
	blocking_notifier_chain_register(&plait_udp_listeners, listener);
}

void plait_udp_events_unregister(struct notifier_block *listener)
{
	blocking_notifier_chain_unregister(&plait_udp_listeners, listener);
}

static void plait_udp_happens(const struct plait_udp_happening *happening)
{
	/* Listeners take it as it is. */
	blocking_notifier_call_chain(&plait_udp_listeners, happening->event, (void *)happening);
}

/**
 * plait_udp_event() - something happened to a far end
 * @peer: the far end, with RTNL or the mutex of the namespace, which keep its link
 * @event: what happened
 * @leg: to this leg of it, or NULL
 */
void plait_udp_event(const struct plait_udp_peer *peer, enum plait_udp_event event,
		     const struct plait_udp_leg *leg)
{
	const struct plait_udp_happening happening = {
		.net = peer->pn->net,
		.dev = peer->link->dev,
		.leg = leg,
		.event = event,
	};

	plait_udp_happens(&happening);
}

/* It may be that of a link which has no session: one that has one knows its far end. */
static bool plait_udp_misses_far_end(struct plait_udp_peer *peer)
{
	bool misses;

	spin_lock_bh(&peer->lock);
	misses = !plait_session_sends(&peer->session, plait_udp_now());
	spin_unlock_bh(&peer->lock);
	return misses;
}

/**
 * plait_udp_event_unknown() - somebody with a key of nobody asked for a session
 * @pn: here, with its mutex
 * @socket: by this socket
 *
 * Told to each link that could have been meant.
 */
void plait_udp_event_unknown(struct plait_udp_net *pn, const struct plait_udp_socket *socket)
{
	struct plait_udp_peer *peer;

	if (time_before(jiffies, pn->unknown_until))
		return;
	pn->unknown_until = jiffies + 60 * HZ;
	list_for_each_entry(peer, &pn->peers, list)
		if (plait_udp_socket_is_for(socket, peer) && plait_udp_misses_far_end(peer))
			plait_udp_event(peer, PLAIT_UDP_EVENT_UNKNOWN_KEY, NULL);
}
