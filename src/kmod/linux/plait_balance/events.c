// SPDX-License-Identifier: GPL-2.0-only
/* What happens in a namespace, for who tells others of it. Configurations do not know who that is. */
#include <linux/notifier.h>
#include <linux/rtnetlink.h>

#include "events.h"

static RAW_NOTIFIER_HEAD(plait_balance_listeners);

/**
 * plait_balance_events_register() - hear of events from now on
 * @listener: is called with RTNL, an &enum plait_balance_event and a &struct plait_balance_happening
 */
void plait_balance_events_register(struct notifier_block *listener)
{
	rtnl_lock();
	raw_notifier_chain_register(&plait_balance_listeners, listener);
	rtnl_unlock();
}

/**
 * plait_balance_events_unregister() - undo plait_balance_events_register()
 * @listener: is not called any more when this returns
 */
void plait_balance_events_unregister(struct notifier_block *listener)
{
	rtnl_lock();
	raw_notifier_chain_unregister(&plait_balance_listeners, listener);
	rtnl_unlock();
}

/**
 * plait_balance_event() - something happened in a namespace
 * @net: the namespace
 * @event: what
 * @uplink: which uplink it is about, NULL when it is about none
 */
void plait_balance_event(struct net *net, enum plait_balance_event event,
			 const struct plait_balance_uplink *uplink)
{
	struct plait_balance_happening happening = { .net = net, .uplink = uplink };

	ASSERT_RTNL();
	raw_notifier_call_chain(&plait_balance_listeners, event, &happening);
}
