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
 * @peer: the far end, with RTNL
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

/**
 * plait_udp_event_unknown() - somebody with a key of nobody asked for a session
 * @pn: here, with its mutex
 */
void plait_udp_event_unknown(struct plait_udp_net *pn)
{
	const struct plait_udp_happening happening = {
		.net = pn->net,
		.event = PLAIT_UDP_EVENT_UNKNOWN_KEY,
	};

	if (time_before(jiffies, pn->unknown_until))
		return;
	pn->unknown_until = jiffies + 60 * HZ;
	plait_udp_happens(&happening);
}
