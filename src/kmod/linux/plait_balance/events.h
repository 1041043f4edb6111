/* SPDX-License-Identifier: GPL-2.0-only */
/* events.c: what happens in a namespace, for who tells others of it. */
#ifndef PLAIT_BALANCE_EVENTS_H
#define PLAIT_BALANCE_EVENTS_H

#include "config.h"

struct notifier_block;

/**
 * struct plait_balance_happening - what a listener is told of
 * @net: the namespace
 * @uplink: which uplink it is about, NULL when it is about none
 */
struct plait_balance_happening {
	struct net *net;
	const struct plait_balance_uplink *uplink;
};

void plait_balance_events_register(struct notifier_block *listener);
void plait_balance_events_unregister(struct notifier_block *listener);
void plait_balance_event(struct net *net, enum plait_balance_event event,
			 const struct plait_balance_uplink *uplink);

#endif /* PLAIT_BALANCE_EVENTS_H */
