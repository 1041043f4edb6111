// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "plait_udp": what it takes, and whom a request is about; its manual is
 * ../../uapi/plait_udp.h.
 */
#include <linux/notifier.h>
#include <linux/rtnetlink.h>

#include "netlink.h"

static const struct genl_multicast_group plait_udp_groups[] = {
	[PLAIT_UDP_GROUP_EVENTS] = { .name = PLAIT_UDP_MCGRP_EVENTS },
};

static const struct nla_policy plait_udp_policy[PLAIT_UDP_A_MAX + 1] = {
	[PLAIT_UDP_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PLAIT_UDP_A_PRIVATE_KEY] = NLA_POLICY_EXACT_LEN(PLAIT_UDP_KEY_LENGTH),
	[PLAIT_UDP_A_PEER_KEY] = NLA_POLICY_EXACT_LEN(PLAIT_UDP_KEY_LENGTH),
	[PLAIT_UDP_A_PRESHARED_KEY] = NLA_POLICY_EXACT_LEN(PLAIT_UDP_KEY_LENGTH),
	[PLAIT_UDP_A_LISTEN] = { .type = NLA_U16 },
	[PLAIT_UDP_A_PROTECT] = NLA_POLICY_RANGE(NLA_U8, PLAIT_UDP_PROTECT_ENCRYPT,
						 PLAIT_UDP_PROTECT_SIGN),
	[PLAIT_UDP_A_FRESH_FLOOR] = NLA_POLICY_EXACT_LEN(PLAIT_UDP_FRESH_LENGTH),
	[PLAIT_UDP_A_LEG] = NLA_POLICY_NESTED(plait_udp_leg_policy),
};

/* Of requests that take nothing but the link. */
static const struct nla_policy plait_udp_link_policy[PLAIT_UDP_A_IFINDEX + 1] = {
	[PLAIT_UDP_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

int plait_udp_check(struct genl_info *info, int attr, const char *missing)
{
	if (info->attrs[attr])
		return 0;
	info->extack->_msg = missing;
	return -EINVAL;
}

/* The link that a request names, with RTNL. */
struct plait_link *plait_udp_link(struct genl_info *info, int *error)
{
	struct plait_link *link;

	*error = plait_udp_need(info, PLAIT_UDP_A_IFINDEX);
	if (*error)
		return NULL;
	link = plait_link_by_index(genl_info_net(info),
				   nla_get_u32(info->attrs[PLAIT_UDP_A_IFINDEX]), error);
	if (!link)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_UDP_A_IFINDEX],
				    "Not a plait device of this network namespace");
	return link;
}

/* Its far end, with RTNL. */
struct plait_udp_peer *plait_udp_requested(struct genl_info *info, int *error)
{
	struct plait_link *link = plait_udp_link(info, error);
	struct plait_udp_peer *peer;

	if (!link)
		return NULL;
	peer = plait_udp_peer_of(plait_udp_net(genl_info_net(info)), link);
	if (peer)
		return peer;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_UDP_A_IFINDEX],
			    "The link has no far end");
	*error = -ENOENT;
	return NULL;
}

static const struct genl_ops plait_udp_ops[] = {
	{
		.cmd = PLAIT_UDP_CMD_KEY,
		.policy = plait_udp_policy,
		.maxattr = PLAIT_UDP_A_PRIVATE_KEY,
		.doit = plait_udp_key_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_UDP_CMD_PEER_SET,
		.policy = plait_udp_policy,
		.maxattr = PLAIT_UDP_A_FRESH_FLOOR,
		.doit = plait_udp_peer_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_UDP_CMD_PEER_GET,
		.policy = plait_udp_link_policy,
		.maxattr = ARRAY_SIZE(plait_udp_link_policy) - 1,
		.doit = plait_udp_peer_get_do,
		.start = plait_udp_peer_get_start,
		.dumpit = plait_udp_peer_get_dump,
	},
	{
		.cmd = PLAIT_UDP_CMD_PEER_DEL,
		.policy = plait_udp_link_policy,
		.maxattr = ARRAY_SIZE(plait_udp_link_policy) - 1,
		.doit = plait_udp_peer_del_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_UDP_CMD_LEG_SET,
		.policy = plait_udp_policy,
		.maxattr = PLAIT_UDP_A_LEG,
		.doit = plait_udp_leg_set_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = PLAIT_UDP_CMD_LEG_DEL,
		.policy = plait_udp_policy,
		.maxattr = PLAIT_UDP_A_LEG,
		.doit = plait_udp_leg_del_do,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

struct genl_family plait_udp_family __ro_after_init = {
	.name = PLAIT_UDP_GENL_NAME,
	.version = PLAIT_UDP_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	/* Requests are serialised by RTNL, which all take that touch anything. */
	.parallel_ops = true,
	.ops = plait_udp_ops,
	.n_ops = ARRAY_SIZE(plait_udp_ops),
	.resv_start_op = PLAIT_UDP_CMD_KEY,
	.mcgrps = plait_udp_groups,
	.n_mcgrps = ARRAY_SIZE(plait_udp_groups),
};

int __init plait_udp_netlink_init(void)
{
	int err = genl_register_family(&plait_udp_family);

	if (!err)
		plait_udp_events_register(&plait_udp_netlink_listener);
	return err;
}

void plait_udp_netlink_uninit(void)
{
	plait_udp_events_unregister(&plait_udp_netlink_listener);
	genl_unregister_family(&plait_udp_family);
}
