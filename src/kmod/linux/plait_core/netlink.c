// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family: requests and events; its manual is ../../uapi/plait.h. */
#include <linux/bitmap.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "netlink.h"

enum {
	PLAIT_GROUP_EVENTS,
};

static const struct genl_multicast_group plait_groups[] = {
	[PLAIT_GROUP_EVENTS] = { .name = PLAIT_MCGRP_EVENTS },
};

/* Not const: before 6.6 a policy wants it so. */
static struct netlink_range_validation plait_rate_range = {
	.min = PLAIT_RATE_AUTO,
	.max = PLAIT_RATE_MAX,
};

static const struct nla_policy plait_leg_policy[PLAIT_LEG_A_MAX + 1] = {
	[PLAIT_LEG_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PLAIT_LEG_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[PLAIT_LEG_A_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, PLAIT_WEIGHT_MIN, PLAIT_WEIGHT_MAX),
	[PLAIT_LEG_A_ENABLED] = NLA_POLICY_MAX(NLA_U8, 1),
	[PLAIT_LEG_A_RATE] = NLA_POLICY_FULL_RANGE(NLA_U64, &plait_rate_range),
	[PLAIT_LEG_A_PRIORITY] = NLA_POLICY_MAX(NLA_U32, PLAIT_PRIORITY_MAX),
};

static const struct nla_policy plait_legs_policy[PLAIT_A_LEG + 1] = {
	[PLAIT_A_LEG] = NLA_POLICY_NESTED(plait_leg_policy),
};

static const struct nla_policy plait_link_get_policy[PLAIT_A_IFINDEX + 1] = {
	[PLAIT_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy plait_leg_set_policy[PLAIT_A_LEGS + 1] = {
	[PLAIT_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PLAIT_A_LEGS] = NLA_POLICY_NESTED(plait_legs_policy),
};

static int plait_put_link(struct sk_buff *msg, const struct plait_link *link, u32 portid, u32 seq,
			  int flags)
{
	void *header = genlmsg_put(msg, portid, seq, &plait_family, flags, PLAIT_CMD_LINK_GET);

	if (!header)
		return -EMSGSIZE;
	if (plait_netlink_put_link(msg, link)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

struct plait_link *plait_requested_link(struct genl_info *info, int *error)
{
	struct plait_link *link;

	if (!info->attrs[PLAIT_A_IFINDEX]) {
		NL_SET_ERR_MSG(info->extack, "PLAIT_A_IFINDEX is missing");
		*error = -EINVAL;
		return NULL;
	}
	link = plait_link_by_index(genl_info_net(info), nla_get_u32(info->attrs[PLAIT_A_IFINDEX]),
				   error);
	if (!link)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_A_IFINDEX],
				    "Not a plait device of this network namespace");
	return link;
}

static int plait_link_get_do(struct sk_buff *skb, struct genl_info *info)
{
	struct plait_link *link;
	struct sk_buff *msg;
	int err;

	msg = genlmsg_new(PLAIT_MESSAGE_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	rtnl_lock();
	link = plait_requested_link(info, &err);
	if (link)
		err = plait_put_link(msg, link, info->snd_portid, info->snd_seq, 0);
	rtnl_unlock();

	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

static int plait_link_get_start(struct netlink_callback *cb)
{
	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack, "A dump takes no attributes");
		return -EINVAL;
	}
	cb->min_dump_alloc = PLAIT_MESSAGE_SIZE;
	return 0;
}

/* Continues behind the last device shown, by index: links may come and go between two calls. */
static int plait_link_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct plait_net *pn = plait_net(sock_net(skb->sk));
	int err = 0;

	rtnl_lock();
	while (!err) {
		struct plait_link *link, *next = NULL;

		list_for_each_entry(link, &pn->links, list)
			if (link->dev->ifindex > cb->args[0] &&
			    (!next || link->dev->ifindex < next->dev->ifindex))
				next = link;
		if (!next)
			break;
		err = plait_put_link(skb, next, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     NLM_F_MULTI);
		if (!err)
			cb->args[0] = next->dev->ifindex;
	}
	rtnl_unlock();

	/* Full is no error as long as something fits; the rest comes with the next call. */
	return skb->len ?: err;
}

/* The leg that a request names: by the index of its device, or by name, which those that are no device have alone. */
static struct plait_leg *plait_requested_leg(struct plait_link *link, struct nlattr **attrs,
					     const struct nlattr *nest,
					     struct netlink_ext_ack *extack, int *error)
{
	const struct nlattr *index = attrs[PLAIT_LEG_A_IFINDEX], *name = attrs[PLAIT_LEG_A_IFNAME];
	struct plait_leg *leg = NULL;

	*error = -EINVAL;
	if (!index == !name) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A leg is named by PLAIT_LEG_A_IFINDEX or PLAIT_LEG_A_IFNAME");
		return NULL;
	}
	*error = -ENOENT;
	if (index)
		leg = plait_link_leg_by_index(link, nla_get_u32(index));
	else
		leg = plait_link_leg_by_name(link, nla_data(name));
	if (!leg)
		NL_SET_ERR_MSG_ATTR(extack, index ?: name, "Not a leg of this plait device");
	return leg;
}

/* One PLAIT_A_LEG of a request: @change becomes what the leg is to be. */
static int plait_parse_leg(struct plait_link *link, const struct nlattr *nest,
			   struct plait_leg_change *change, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[PLAIT_LEG_A_MAX + 1];
	int err;

	err = nla_parse_nested(attrs, PLAIT_LEG_A_MAX, nest, plait_leg_policy, extack);
	if (err)
		return err;
	change->leg = plait_requested_leg(link, attrs, nest, extack, &err);
	if (!change->leg)
		return err;
	plait_leg_keep(change, change->leg);
	if (attrs[PLAIT_LEG_A_WEIGHT])
		change->weight = nla_get_u32(attrs[PLAIT_LEG_A_WEIGHT]);
	if (attrs[PLAIT_LEG_A_ENABLED])
		change->enabled = nla_get_u8(attrs[PLAIT_LEG_A_ENABLED]);
	if (attrs[PLAIT_LEG_A_PRIORITY])
		change->priority = nla_get_u32(attrs[PLAIT_LEG_A_PRIORITY]);
	if (!attrs[PLAIT_LEG_A_RATE])
		return 0;
	change->rate = nla_get_u64(attrs[PLAIT_LEG_A_RATE]);
	return plait_leg_check_rate(change->rate, attrs[PLAIT_LEG_A_RATE], extack);
}

static int plait_leg_set_locked(struct genl_info *info, struct plait_leg_change *changes)
{
	DECLARE_BITMAP(named, PLAIT_LEGS_MAX) = {};
	struct plait_link *link;
	struct nlattr *nest;
	u32 count = 0;
	int left, err;

	link = plait_requested_link(info, &err);
	if (!link)
		return err;
	if (!info->attrs[PLAIT_A_LEGS]) {
		NL_SET_ERR_MSG(info->extack, "PLAIT_A_LEGS is missing");
		return -EINVAL;
	}

	/* A leg is named once, so there are never more than a link can have. */
	nla_for_each_nested(nest, info->attrs[PLAIT_A_LEGS], left) {
		struct plait_leg_change change;

		err = plait_parse_leg(link, nest, &change, info->extack);
		if (err)
			return err;
		if (__test_and_set_bit(change.leg->slot, named)) {
			NL_SET_ERR_MSG_ATTR(info->extack, nest, "The leg is named twice");
			return -EINVAL;
		}
		changes[count++] = change;
	}
	if (!count) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_A_LEGS], "No leg is named");
		return -EINVAL;
	}

	plait_legs_change(link, changes, count);
	return 0;
}

static int plait_leg_set_do(struct sk_buff *skb, struct genl_info *info)
{
	struct plait_leg_change *changes;
	int err;

	changes = kmalloc_array(PLAIT_LEGS_MAX, sizeof(*changes), GFP_KERNEL);
	if (!changes)
		return -ENOMEM;
	rtnl_lock();
	err = plait_leg_set_locked(info, changes);
	rtnl_unlock();
	kfree(changes);
	return err;
}

static int plait_put_event(struct sk_buff *msg, const struct plait_leg *leg, enum plait_event event)
{
	const struct net_device *dev = leg->link->dev;
	struct nlattr *nest;
	void *header;

	header = genlmsg_put(msg, 0, 0, &plait_family, 0, PLAIT_CMD_LEG_EVENT);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, PLAIT_A_EVENT, event) ||
	    nla_put_u32(msg, PLAIT_A_IFINDEX, dev->ifindex) ||
	    nla_put_string(msg, PLAIT_A_IFNAME, dev->name))
		return -EMSGSIZE;

	nest = nla_nest_start(msg, PLAIT_A_LEGS);
	if (!nest || plait_netlink_put_leg(msg, leg))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);

	genlmsg_end(msg, header);
	return 0;
}

/* Tells the listeners of the namespace. */
static void plait_multicast_event(const struct plait_leg *leg, enum plait_event event)
{
	struct net *net = dev_net(leg->link->dev);
	struct sk_buff *msg;

	if (!genl_has_listeners(&plait_family, net, PLAIT_GROUP_EVENTS))
		return;

	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	if (plait_put_event(msg, leg, event)) {
		WARN_ON_ONCE(1);
		nlmsg_free(msg);
		return;
	}
	genlmsg_multicast_netns(&plait_family, net, msg, 0, PLAIT_GROUP_EVENTS, GFP_KERNEL);
}

static int plait_netlink_event(struct notifier_block *listener, unsigned long event, void *leg)
{
	plait_multicast_event(leg, event);
	return NOTIFY_DONE;
}

static struct notifier_block plait_netlink_listener = {
	.notifier_call = plait_netlink_event,
};

static const struct genl_ops plait_ops[] = {
	{
		.cmd = PLAIT_CMD_LINK_GET,
		.policy = plait_link_get_policy,
		.maxattr = ARRAY_SIZE(plait_link_get_policy) - 1,
		.doit = plait_link_get_do,
		.start = plait_link_get_start,
		.dumpit = plait_link_get_dump,
	},
	{
		.cmd = PLAIT_CMD_LEG_SET,
		.policy = plait_leg_set_policy,
		.maxattr = ARRAY_SIZE(plait_leg_set_policy) - 1,
		.doit = plait_leg_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_CMD_RULES_SET,
		.policy = plait_rules_set_policy,
		.maxattr = ARRAY_SIZE(plait_rules_set_policy) - 1,
		.doit = plait_rules_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_CMD_RULES_GET,
		.policy = plait_link_get_policy,
		.maxattr = ARRAY_SIZE(plait_link_get_policy) - 1,
		.doit = plait_rules_get_do,
	},
};

struct genl_family plait_family __ro_after_init = {
	.name = PLAIT_GENL_NAME,
	.version = PLAIT_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	/* Requests are serialised by RTNL, which all of them take. */
	.parallel_ops = true,
	.ops = plait_ops,
	.n_ops = ARRAY_SIZE(plait_ops),
	.resv_start_op = PLAIT_CMD_LINK_GET,
	.mcgrps = plait_groups,
	.n_mcgrps = ARRAY_SIZE(plait_groups),
};

int __init plait_netlink_init(void)
{
	int err = genl_register_family(&plait_family);

	if (!err)
		plait_events_register(&plait_netlink_listener);
	return err;
}

void plait_netlink_uninit(void)
{
	plait_events_unregister(&plait_netlink_listener);
	genl_unregister_family(&plait_family);
}
