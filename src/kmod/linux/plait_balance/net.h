/* SPDX-License-Identifier: GPL-2.0-only */
/* What each network namespace has, and the files that set it up; one section a file. */
#ifndef PLAIT_BALANCE_NET_H
#define PLAIT_BALANCE_NET_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/sysctl.h>
#include <linux/workqueue.h>

#include "config.h"
#include "events.h"

struct net;
struct plait_balance_fast;

/* strategy.c */
int plait_balance_strategies_init(void);
void plait_balance_strategies_uninit(void);
const struct plait_balance_strategy *plait_balance_strategy_get(const char *name);
void plait_balance_strategy_put(const struct plait_balance_strategy *strategy);

/* sessions.c */

/**
 * struct plait_balance_sessions - how many connections are on each uplink
 * @lock: guards all of it; taken outside of RTNL
 * @counted: in jiffies, when they were counted; 0: never
 * @mask: the bits of marks that were looked at
 * @mark: those of each uplink
 * @count: connections that have them
 * @uplinks: entries of both
 */
struct plait_balance_sessions {
	struct mutex lock; /* see above */
	unsigned long counted;
	u32 mask;
	u32 mark[PLAIT_BALANCE_UPLINKS_MAX];
	u32 count[PLAIT_BALANCE_UPLINKS_MAX];
	u32 uplinks;
};

void plait_balance_sessions_init(struct plait_balance_sessions *sessions);
void plait_balance_sessions_count(struct net *net);
const u32 *plait_balance_sessions_on(const struct plait_balance_sessions *sessions, u32 mask, u32 mark);

/* netns.c */

/**
 * struct plait_balance_net - what a namespace has
 * @config: what it does; NULL: nothing is balanced. Written under RTNL
 * @lock: guards the state of the strategy and the estimates; taken by packets with bottom halves off
 * @strategy: of the configuration, or of the one to come; under RTNL
 * @hooks_lock: guards @hooked, and is taken before RTNL
 * @hooked: the hooks are registered
 * @fast: the fast path; NULL: no packet takes it. Written under RTNL
 * @sessions: as of the last time that somebody asked
 * @sampler: takes the samples
 * @net: the namespace
 * @sysctl: the folder in /proc
 * @table: the files there
 */
struct plait_balance_net {
	struct plait_balance_config __rcu *config;
	spinlock_t lock; /* see above */
	const struct plait_balance_strategy *strategy;
	struct mutex hooks_lock; /* see above */
	bool hooked;
	struct plait_balance_fast __rcu *fast;
	struct plait_balance_sessions sessions;
	struct delayed_work sampler;
	struct net *net;
	struct ctl_table_header *sysctl;
	struct ctl_table table[2];
};

extern unsigned int plait_balance_net_id;
struct plait_balance_net *plait_balance_net(struct net *net);

/* pernet.c */
int plait_balance_pernet_init(void);
void plait_balance_pernet_uninit(void);

/* hooks.c */
int plait_balance_hooks_enable(struct net *net);
void plait_balance_hooks_disable(struct net *net);

/* sampler.c */
void plait_balance_sampler_init(struct plait_balance_net *balancer);
void plait_balance_sampler_start(struct plait_balance_net *balancer);
void plait_balance_sampler_stop(struct plait_balance_net *balancer);

/* notify.c */
int plait_balance_notify_init(void);
void plait_balance_notify_uninit(void);

/* sysctl.c */
int plait_balance_sysctl_add(struct plait_balance_net *balancer);
void plait_balance_sysctl_remove(struct plait_balance_net *balancer);

#endif /* PLAIT_BALANCE_NET_H */
