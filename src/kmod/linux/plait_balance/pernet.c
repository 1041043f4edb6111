// SPDX-License-Identifier: GPL-2.0-only
/* What each network namespace has: order of set-up and tear-down only. */
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "fast.h"

static int __net_init plait_balance_net_enter(struct net *net)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	int err;

	balancer->net = net;
	spin_lock_init(&balancer->lock);
	mutex_init(&balancer->hooks_lock);
	plait_balance_sessions_init(&balancer->sessions);
	plait_balance_sampler_init(balancer);
	balancer->strategy = plait_balance_strategy_get(NULL);
	if (!balancer->strategy)
		return -ENOENT;

	err = plait_balance_sysctl_add(balancer);
	if (err)
		plait_balance_strategy_put(balancer->strategy);
	return err;
}

/* Nobody can set anything any more once the file is gone; then no packet may come, then all can go. */
static void __net_exit plait_balance_net_leave(struct net *net)
{
	struct plait_balance_net *balancer = plait_balance_net(net);

	plait_balance_sysctl_remove(balancer);

	mutex_lock(&balancer->hooks_lock);
	plait_balance_hooks_disable(net);
	mutex_unlock(&balancer->hooks_lock);

	rtnl_lock();
	plait_balance_fast_clear(net);
	plait_balance_config_clear(net);
	rtnl_unlock();

	plait_balance_sampler_stop(balancer);
	plait_balance_strategy_put(balancer->strategy);
}

static struct pernet_operations plait_balance_net_ops = {
	.init = plait_balance_net_enter,
	.exit = plait_balance_net_leave,
	.id = &plait_balance_net_id,
	.size = sizeof(struct plait_balance_net),
};

int __init plait_balance_pernet_init(void)
{
	return register_pernet_subsys(&plait_balance_net_ops);
}

void plait_balance_pernet_uninit(void)
{
	unregister_pernet_subsys(&plait_balance_net_ops);
}
