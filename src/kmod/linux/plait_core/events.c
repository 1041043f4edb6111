// SPDX-License-Identifier: GPL-2.0-only
/* What happens to legs, for who tells others of it. Legs do not know who that is. */
#include <linux/notifier.h>
#include <linux/rtnetlink.h>

#include "core.h"

static RAW_NOTIFIER_HEAD(plait_listeners);

/**
 * plait_events_register() - hear of events from now on
 * @listener: is called with RTNL, an &enum plait_event and a &struct plait_leg
 */
void plait_events_register(struct notifier_block *listener)
{
	rtnl_lock();
	raw_notifier_chain_register(&plait_listeners, listener);
	rtnl_unlock();
}

/**
 * plait_events_unregister() - undo plait_events_register()
 * @listener: is not called any more when this returns
 */
void plait_events_unregister(struct notifier_block *listener)
{
	rtnl_lock();
	raw_notifier_chain_unregister(&plait_listeners, listener);
	rtnl_unlock();
}

/**
 * plait_event() - something happened to a leg
 * @leg: the leg
 * @event: what
 */
void plait_event(struct plait_leg *leg, enum plait_event event)
{
	ASSERT_RTNL();
	raw_notifier_call_chain(&plait_listeners, event, leg);
}
