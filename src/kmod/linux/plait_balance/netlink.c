// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family; its manual is ../../uapi/plait_balance.h. */
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "netlink.h"

static struct genl_family plait_balance_family;

enum {
	PLAIT_BALANCE_GROUP_EVENTS,
};

static const struct genl_multicast_group plait_balance_groups[] = {
	[PLAIT_BALANCE_GROUP_EVENTS] = { .name = PLAIT_BALANCE_MCGRP_EVENTS },
};

/* With the numbers of sessions for those that may administrate the namespace. */
static int plait_balance_get(struct sk_buff *msg, struct net *net, bool admin)
{
	struct plait_balance_sessions *sessions = &plait_balance_net(net)->sessions;
	int err;

	if (admin) {
		mutex_lock(&sessions->lock);
		plait_balance_sessions_count(net);
	}
	rtnl_lock();
	err = plait_balance_put_config(msg, net, admin ? sessions : NULL);
	rtnl_unlock();
	if (admin)
		mutex_unlock(&sessions->lock);
	return err;
}

static int plait_balance_get_do(struct sk_buff *skb, struct genl_info *info)
{
	bool admin = netlink_net_capable(skb, CAP_NET_ADMIN);
	struct sk_buff *msg;
	void *header;
	int err;

	msg = genlmsg_new(PLAIT_BALANCE_MESSAGE_MAX - GENL_HDRLEN, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	header = genlmsg_put(msg, info->snd_portid, info->snd_seq, &plait_balance_family, 0,
			     PLAIT_BALANCE_CMD_GET);
	err = header ? plait_balance_get(msg, genl_info_net(info), admin) : -EMSGSIZE;
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

static int plait_balance_config_set_locked(struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct plait_balance_config *config;
	int err;

	config = kzalloc(sizeof(*config), GFP_KERNEL_ACCOUNT);
	if (!config)
		return -ENOMEM;
	err = plait_balance_parse_config(net, info->attrs, config, info->extack);
	if (err) {
		kfree(config);
		return err;
	}
	err = plait_balance_config_set(net, config);
	if (!err)
		plait_balance_event(net, PLAIT_BALANCE_EVENT_CONFIGURED, NULL);
	return err;
}

/* Hooks come before RTNL, since they have locks of their own. When it fails, they pass all packets on. */
static int plait_balance_config_set_do(struct sk_buff *skb, struct genl_info *info)
{
	struct plait_balance_net *balancer = plait_balance_net(genl_info_net(info));
	int err;

	mutex_lock(&balancer->hooks_lock);
	err = plait_balance_hooks_enable(genl_info_net(info));
	if (err)
		goto unlock;

	rtnl_lock();
	err = plait_balance_config_set_locked(info);
	rtnl_unlock();

	if (!rcu_access_pointer(balancer->config))
		plait_balance_hooks_disable(genl_info_net(info));
unlock:
	mutex_unlock(&balancer->hooks_lock);
	return err;
}

static int plait_balance_uplink_set_locked(struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	const struct plait_balance_config *old = rtnl_dereference(plait_balance_net(net)->config);
	struct plait_balance_config *config;
	int err;

	if (!old) {
		GENL_SET_ERR_MSG(info, "Nothing is balanced in this network namespace");
		return -ENOENT;
	}
	config = plait_balance_config_copy(old);
	if (!config)
		return -ENOMEM;
	err = plait_balance_parse_changes(info->attrs, config, info->extack);
	if (err) {
		kfree(config);
		return err;
	}
	plait_balance_config_publish(net, config);
	plait_balance_event(net, PLAIT_BALANCE_EVENT_CONFIGURED, NULL);
	return 0;
}

static int plait_balance_uplink_set_do(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = plait_balance_uplink_set_locked(info);
	rtnl_unlock();
	return err;
}

static int plait_balance_strategy_set_do(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	if (!info->attrs[PLAIT_BALANCE_A_STRATEGY]) {
		GENL_SET_ERR_MSG(info, "PLAIT_BALANCE_A_STRATEGY is missing");
		return -EINVAL;
	}
	rtnl_lock();
	err = plait_balance_set_strategy(genl_info_net(info),
					 nla_data(info->attrs[PLAIT_BALANCE_A_STRATEGY]));
	rtnl_unlock();
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_BALANCE_A_STRATEGY],
				    "There is no strategy of this name");
	return err;
}

static int plait_balance_config_clear_do(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct plait_balance_net *balancer = plait_balance_net(net);
	bool was_set;

	mutex_lock(&balancer->hooks_lock);
	plait_balance_hooks_disable(net);
	rtnl_lock();
	was_set = rcu_access_pointer(balancer->config);
	plait_balance_config_clear(net);
	if (was_set)
		plait_balance_event(net, PLAIT_BALANCE_EVENT_CLEARED, NULL);
	rtnl_unlock();
	mutex_unlock(&balancer->hooks_lock);
	return 0;
}

static int plait_balance_fast_set_locked(struct genl_info *info)
{
	struct plait_balance_fast_settings *settings;
	int err;

	settings = kzalloc(sizeof(*settings), GFP_KERNEL_ACCOUNT);
	if (!settings)
		return -ENOMEM;
	err = plait_balance_parse_fast(genl_info_net(info), info->attrs, settings, info->extack);
	if (!err)
		err = plait_balance_fast_set(genl_info_net(info), settings);
	kfree(settings);
	return err;
}

static int plait_balance_fast_set_do(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = plait_balance_fast_set_locked(info);
	rtnl_unlock();
	return err;
}

static int plait_balance_put_event(struct sk_buff *msg, struct net *net, enum plait_balance_event event,
				   const struct plait_balance_uplink *uplink)
{
	struct nlattr *nest;
	void *header;

	header = genlmsg_put(msg, 0, 0, &plait_balance_family, 0, PLAIT_BALANCE_CMD_EVENT);
	if (!header || nla_put_u32(msg, PLAIT_BALANCE_A_EVENT, event) ||
	    nla_put_string(msg, PLAIT_BALANCE_A_STRATEGY, plait_balance_net(net)->strategy->name))
		return -EMSGSIZE;
	if (uplink) {
		nest = nla_nest_start(msg, PLAIT_BALANCE_A_UPLINKS);
		if (!nest || plait_balance_put_uplink(msg, net, uplink, NULL))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	genlmsg_end(msg, header);
	return 0;
}

/* Tells the listeners of the namespace. */
static void plait_balance_multicast(const struct plait_balance_happening *happening,
				    enum plait_balance_event event)
{
	struct net *net = happening->net;
	struct sk_buff *msg;

	if (!genl_has_listeners(&plait_balance_family, net, PLAIT_BALANCE_GROUP_EVENTS))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	if (plait_balance_put_event(msg, net, event, happening->uplink)) {
		WARN_ON_ONCE(1);
		nlmsg_free(msg);
		return;
	}
	genlmsg_multicast_netns(&plait_balance_family, net, msg, 0, PLAIT_BALANCE_GROUP_EVENTS, GFP_KERNEL);
}

static int plait_balance_hear(struct notifier_block *listener, unsigned long event, void *happening)
{
	plait_balance_multicast(happening, event);
	return NOTIFY_DONE;
}

static struct notifier_block plait_balance_listener = {
	.notifier_call = plait_balance_hear,
};

/* No attribute is taken. */
static const struct nla_policy plait_balance_empty_policy[PLAIT_BALANCE_A_PAD + 1];

static const struct genl_ops plait_balance_ops[] = {
	{
		.cmd = PLAIT_BALANCE_CMD_GET,
		.policy = plait_balance_empty_policy,
		.maxattr = ARRAY_SIZE(plait_balance_empty_policy) - 1,
		.doit = plait_balance_get_do,
	},
	{
		.cmd = PLAIT_BALANCE_CMD_CONFIG_SET,
		.policy = plait_balance_config_policy,
		.maxattr = ARRAY_SIZE(plait_balance_config_policy) - 1,
		.doit = plait_balance_config_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_BALANCE_CMD_UPLINK_SET,
		.policy = plait_balance_uplink_set_policy,
		.maxattr = ARRAY_SIZE(plait_balance_uplink_set_policy) - 1,
		.doit = plait_balance_uplink_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_BALANCE_CMD_STRATEGY_SET,
		.policy = plait_balance_strategy_set_policy,
		.maxattr = ARRAY_SIZE(plait_balance_strategy_set_policy) - 1,
		.doit = plait_balance_strategy_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_BALANCE_CMD_CONFIG_CLEAR,
		.policy = plait_balance_empty_policy,
		.maxattr = ARRAY_SIZE(plait_balance_empty_policy) - 1,
		.doit = plait_balance_config_clear_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_BALANCE_CMD_FAST_SET,
		.policy = plait_balance_fast_policy,
		.maxattr = ARRAY_SIZE(plait_balance_fast_policy) - 1,
		.doit = plait_balance_fast_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

static struct genl_family plait_balance_family __ro_after_init = {
	.name = PLAIT_BALANCE_GENL_NAME,
	.version = PLAIT_BALANCE_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	/* Requests are serialised by RTNL, which all of them take. */
	.parallel_ops = true,
	.ops = plait_balance_ops,
	.n_ops = ARRAY_SIZE(plait_balance_ops),
	.resv_start_op = PLAIT_BALANCE_CMD_GET,
	.mcgrps = plait_balance_groups,
	.n_mcgrps = ARRAY_SIZE(plait_balance_groups),
};

int __init plait_balance_netlink_init(void)
{
	int err = genl_register_family(&plait_balance_family);

	if (!err)
		plait_balance_events_register(&plait_balance_listener);
	return err;
}

void plait_balance_netlink_uninit(void)
{
	plait_balance_events_unregister(&plait_balance_listener);
	genl_unregister_family(&plait_balance_family);
}
