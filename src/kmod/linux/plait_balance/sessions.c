// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many connections are on each uplink.
 *
 * To find out is to walk the whole connection table, which all namespaces share. So it is done for who may
 * administrate the namespace only, without RTNL, which everybody needs, and at most once a second: who asks
 * in between gets the numbers of before.
 */
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>
#include <net/netfilter/nf_conntrack.h>

#include "net.h"

/**
 * plait_balance_sessions_init() - nothing was counted yet
 * @sessions: zeroed memory
 */
void plait_balance_sessions_init(struct plait_balance_sessions *sessions)
{
	mutex_init(&sessions->lock);
}

/* Asked for each connection whether it is to go: none is. */
static int plait_balance_sessions_one(struct nf_conn *ct, void *data)
{
	struct plait_balance_sessions *sessions = data;
	u32 mark = READ_ONCE(ct->mark) & sessions->mask;
	u32 i;

	for (i = 0; i < sessions->uplinks; i++)
		if (sessions->mark[i] == mark)
			sessions->count[i]++;
	return 0;
}

static bool plait_balance_sessions_fit(const struct plait_balance_sessions *sessions,
				       const struct plait_balance_config *config)
{
	u32 i;

	if (sessions->mask != config->mask || sessions->uplinks != config->uplink_count)
		return false;
	for (i = 0; i < sessions->uplinks; i++)
		if (sessions->mark[i] != config->uplinks[i].mark)
			return false;
	return true;
}

static void plait_balance_sessions_clear(struct plait_balance_sessions *sessions,
					 const struct plait_balance_config *config)
{
	u32 i;

	sessions->mask = config->mask;
	sessions->uplinks = config->uplink_count;
	for (i = 0; i < sessions->uplinks; i++) {
		sessions->mark[i] = config->uplinks[i].mark;
		sessions->count[i] = 0;
	}
}

/* Whether they are to be counted. The walk may sleep, so it can not look at the configuration itself. */
static bool plait_balance_sessions_begin(struct plait_balance_net *balancer)
{
	struct plait_balance_sessions *sessions = &balancer->sessions;
	const struct plait_balance_config *config;
	bool begin = false;

	rcu_read_lock();
	config = rcu_dereference(balancer->config);
	/* Time is in no range either that is so long ago that jiffies wrapped. */
	if (config && (!sessions->counted ||
		       !time_in_range_open(jiffies, sessions->counted, sessions->counted + HZ) ||
		       !plait_balance_sessions_fit(sessions, config))) {
		plait_balance_sessions_clear(sessions, config);
		begin = true;
	}
	rcu_read_unlock();
	return begin;
}

/**
 * plait_balance_sessions_count() - count them, unless that was done within the last second
 * @net: the namespace; &plait_balance_sessions.lock of it is held, and RTNL is not
 */
void plait_balance_sessions_count(struct net *net)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	struct plait_balance_sessions *sessions = &balancer->sessions;
	struct nf_ct_iter_data every = { .net = net, .data = sessions };

	lockdep_assert_held(&sessions->lock);
	if (IS_ENABLED(CONFIG_PROVE_LOCKING))
		WARN_ON_ONCE(lockdep_rtnl_is_held());
	if (!plait_balance_sessions_begin(balancer))
		return;
	nf_ct_iterate_cleanup_net(plait_balance_sessions_one, &every);
	sessions->counted = jiffies | 1;
}

/**
 * plait_balance_sessions_on() - the connections of an uplink, as counted last
 * @sessions: what was counted
 * @mask: the bits of marks that are ours now
 * @mark: those of the uplink
 *
 * Return: NULL when it was no uplink then.
 */
const u32 *plait_balance_sessions_on(const struct plait_balance_sessions *sessions, u32 mask, u32 mark)
{
	u32 i;

	lockdep_assert_held(&sessions->lock);
	for (i = 0; i < sessions->uplinks; i++)
		if (sessions->mask == mask && sessions->mark[i] == mark)
			return &sessions->count[i];
	return NULL;
}
