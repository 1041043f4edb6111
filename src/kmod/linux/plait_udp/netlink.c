// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family "plait_udp": requests and events; its manual is ../../uapi/plait_udp.h. */
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "plait_udp.h"

/* Upper bound of a message about a far end with all the legs it can have. */
#define PLAIT_UDP_MESSAGE_SIZE 8192

static struct genl_family plait_udp_family;

enum {
	PLAIT_UDP_GROUP_EVENTS,
};

static const struct genl_multicast_group plait_udp_groups[] = {
	[PLAIT_UDP_GROUP_EVENTS] = { .name = PLAIT_UDP_MCGRP_EVENTS },
};

static const struct nla_policy plait_udp_leg_policy[PLAIT_UDP_LEG_A_MAX + 1] = {
	[PLAIT_UDP_LEG_A_NUMBER] = NLA_POLICY_MAX(NLA_U8, PLAIT_UDP_LEGS_MAX - 1),
	[PLAIT_UDP_LEG_A_NAME] = { .type = NLA_NUL_STRING, .len = PLAIT_UDP_NAME_LENGTH_MAX },
	[PLAIT_UDP_LEG_A_UPLINK] = { .type = NLA_U32 },
	[PLAIT_UDP_LEG_A_LOCAL] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[PLAIT_UDP_LEG_A_REMOTE] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[PLAIT_UDP_LEG_A_REMOTE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[PLAIT_UDP_LEG_A_KEEPALIVE] = NLA_POLICY_MIN(NLA_U32, PLAIT_UDP_KEEPALIVE_MIN),
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

static int plait_udp_check(struct genl_info *info, int attr, const char *missing)
{
	if (info->attrs[attr])
		return 0;
	info->extack->_msg = missing;
	return -EINVAL;
}

/* An attribute that a request must have. */
#define plait_udp_need(info, attr) plait_udp_check(info, attr, #attr " is missing")

/* The link that a request names, with RTNL. */
static struct plait_link *plait_udp_link(struct genl_info *info, int *error)
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
static struct plait_udp_peer *plait_udp_requested(struct genl_info *info, int *error)
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

/* --- PLAIT_UDP_CMD_KEY --- */

static int plait_udp_put_key(struct genl_info *info, struct sk_buff *msg, const u8 *private_key,
			     const u8 *public_key)
{
	void *header = genlmsg_put_reply(msg, info, &plait_udp_family, 0, PLAIT_UDP_CMD_KEY);

	if (!header ||
	    (private_key && nla_put(msg, PLAIT_UDP_A_PRIVATE_KEY, PLAIT_KEY_LENGTH, private_key)) ||
	    nla_put(msg, PLAIT_UDP_A_PUBLIC_KEY, PLAIT_KEY_LENGTH, public_key))
		return -EMSGSIZE;
	genlmsg_end(msg, header);
	return 0;
}

static int plait_udp_key_do(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *given = info->attrs[PLAIT_UDP_A_PRIVATE_KEY];
	u8 secret[PLAIT_KEY_LENGTH], public[PLAIT_KEY_LENGTH];
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return -ENOMEM;
	if (given)
		nla_memcpy(secret, given, sizeof(secret));
	else
		curve25519_generate_secret(secret);
	err = -EINVAL;
	if (plait_x25519_public(public, secret))
		err = plait_udp_put_key(info, msg, given ? NULL : secret, public);
	else
		NL_SET_ERR_MSG_ATTR(info->extack, given, "The private key is none");
	plait_wipe(secret, sizeof(secret));
	if (!err)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return err;
}

/* --- PLAIT_UDP_CMD_PEER_SET --- */

static void plait_udp_parse_peer(struct genl_info *info, struct plait_udp_peer_settings *settings)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[PLAIT_UDP_A_PRIVATE_KEY])
		nla_memcpy(settings->private_key, attrs[PLAIT_UDP_A_PRIVATE_KEY], PLAIT_KEY_LENGTH);
	if (attrs[PLAIT_UDP_A_PEER_KEY])
		nla_memcpy(settings->public_key, attrs[PLAIT_UDP_A_PEER_KEY], PLAIT_KEY_LENGTH);
	if (attrs[PLAIT_UDP_A_PRESHARED_KEY])
		nla_memcpy(settings->preshared, attrs[PLAIT_UDP_A_PRESHARED_KEY], PLAIT_KEY_LENGTH);
	if (attrs[PLAIT_UDP_A_LISTEN])
		settings->listen = nla_get_u16(attrs[PLAIT_UDP_A_LISTEN]);
	if (attrs[PLAIT_UDP_A_PROTECT])
		settings->protect = nla_get_u8(attrs[PLAIT_UDP_A_PROTECT]);
	if (attrs[PLAIT_UDP_A_FRESH_FLOOR])
		nla_memcpy(settings->floor, attrs[PLAIT_UDP_A_FRESH_FLOOR], PLAIT_FRESHNESS_LENGTH);
}

static int plait_udp_peer_set_locked(struct genl_info *info,
				     struct plait_udp_peer_settings *settings)
{
	struct plait_udp_net *pn = plait_udp_net(genl_info_net(info));
	struct plait_udp_peer *peer;
	struct plait_link *link;
	int err;

	link = plait_udp_link(info, &err);
	if (!link)
		return err;
	peer = plait_udp_peer_of(pn, link);
	if (peer) {
		plait_udp_peer_settings(peer, settings);
	} else {
		err = plait_udp_need(info, PLAIT_UDP_A_PRIVATE_KEY) ?:
		      plait_udp_need(info, PLAIT_UDP_A_PEER_KEY);
		if (err)
			return err;
	}
	plait_udp_parse_peer(info, settings);
	return plait_udp_peer_set(pn, link, settings, info->extack);
}

static int plait_udp_peer_set_do(struct sk_buff *skb, struct genl_info *info)
{
	struct plait_udp_peer_settings settings = { .protect = PLAIT_UDP_PROTECT_ENCRYPT };
	int err;

	rtnl_lock();
	err = plait_udp_peer_set_locked(info, &settings);
	rtnl_unlock();
	plait_wipe(&settings, sizeof(settings));
	return err;
}

/* --- PLAIT_UDP_CMD_PEER_GET --- */

static int plait_udp_put_answer(struct sk_buff *msg, struct plait_udp_peer *peer, u32 portid,
				u32 seq, int flags)
{
	void *header = genlmsg_put(msg, portid, seq, &plait_udp_family, flags,
				   PLAIT_UDP_CMD_PEER_GET);

	if (!header)
		return -EMSGSIZE;
	if (plait_udp_put_peer(msg, peer)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int plait_udp_peer_get_do(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(PLAIT_UDP_MESSAGE_SIZE, GFP_KERNEL);
	struct plait_udp_peer *peer;
	int err;

	if (!msg)
		return -ENOMEM;
	rtnl_lock();
	peer = plait_udp_requested(info, &err);
	if (peer)
		err = plait_udp_put_answer(msg, peer, info->snd_portid, info->snd_seq, 0);
	rtnl_unlock();
	if (!err)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return err;
}

static int plait_udp_peer_get_start(struct netlink_callback *cb)
{
	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack, "A dump takes no attributes");
		return -EINVAL;
	}
	cb->min_dump_alloc = PLAIT_UDP_MESSAGE_SIZE;
	return 0;
}

/* Continues behind the last one shown, by index of the link: they may come and go between two calls. */
static int plait_udp_peer_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct plait_udp_net *pn = plait_udp_net(sock_net(skb->sk));
	int err = 0;

	rtnl_lock();
	while (!err) {
		struct plait_udp_peer *peer, *next = NULL;

		list_for_each_entry(peer, &pn->peers, list)
			if (peer->link->dev->ifindex > cb->args[0] &&
			    (!next || peer->link->dev->ifindex < next->link->dev->ifindex))
				next = peer;
		if (!next)
			break;
		err = plait_udp_put_answer(skb, next, NETLINK_CB(cb->skb).portid,
					   cb->nlh->nlmsg_seq, NLM_F_MULTI);
		if (!err)
			cb->args[0] = next->link->dev->ifindex;
	}
	rtnl_unlock();
	/* Full is no error as long as something fits; the rest comes with the next call. */
	return skb->len ?: err;
}

/* --- PLAIT_UDP_CMD_PEER_DEL --- */

static int plait_udp_peer_del_do(struct sk_buff *skb, struct genl_info *info)
{
	struct plait_udp_peer *peer;
	int err;

	rtnl_lock();
	peer = plait_udp_requested(info, &err);
	if (peer)
		plait_udp_peer_delete(peer);
	rtnl_unlock();
	return err;
}

/* --- PLAIT_UDP_CMD_LEG_SET, PLAIT_UDP_CMD_LEG_DEL --- */

/* The attributes of the leg that a request names, and its number. */
static int plait_udp_parse_leg(struct genl_info *info, struct nlattr **attrs, u32 *number)
{
	int err = plait_udp_need(info, PLAIT_UDP_A_LEG) ?:
		  nla_parse_nested(attrs, PLAIT_UDP_LEG_A_MAX, info->attrs[PLAIT_UDP_A_LEG],
				   plait_udp_leg_policy, info->extack);

	if (err)
		return err;
	if (!attrs[PLAIT_UDP_LEG_A_NUMBER]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_UDP_A_LEG],
				    "PLAIT_UDP_LEG_A_NUMBER is missing");
		return -EINVAL;
	}
	*number = nla_get_u8(attrs[PLAIT_UDP_LEG_A_NUMBER]);
	return 0;
}

static int plait_udp_check_new_leg(struct genl_info *info, struct nlattr **attrs)
{
	if (attrs[PLAIT_UDP_LEG_A_NAME] && attrs[PLAIT_UDP_LEG_A_REMOTE] &&
	    attrs[PLAIT_UDP_LEG_A_REMOTE_PORT])
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_UDP_A_LEG],
			    "A new leg needs a name, an address and a port of the far end");
	return -EINVAL;
}

static int plait_udp_fill_leg(struct genl_info *info, struct nlattr **attrs,
			      struct plait_udp_leg_settings *settings)
{
	settings->set = true;
	if (attrs[PLAIT_UDP_LEG_A_NAME])
		nla_strscpy(settings->name, attrs[PLAIT_UDP_LEG_A_NAME], sizeof(settings->name));
	if (attrs[PLAIT_UDP_LEG_A_UPLINK])
		settings->uplink = nla_get_u32(attrs[PLAIT_UDP_LEG_A_UPLINK]);
	settings->address.ifindex = settings->uplink;
	if (attrs[PLAIT_UDP_LEG_A_LOCAL])
		settings->address.local = nla_get_in_addr(attrs[PLAIT_UDP_LEG_A_LOCAL]);
	if (attrs[PLAIT_UDP_LEG_A_REMOTE])
		settings->address.remote = nla_get_in_addr(attrs[PLAIT_UDP_LEG_A_REMOTE]);
	if (attrs[PLAIT_UDP_LEG_A_REMOTE_PORT])
		settings->address.port = htons(nla_get_u16(attrs[PLAIT_UDP_LEG_A_REMOTE_PORT]));
	if (attrs[PLAIT_UDP_LEG_A_KEEPALIVE])
		settings->keepalive = nla_get_u32(attrs[PLAIT_UDP_LEG_A_KEEPALIVE]);
	if (settings->keepalive > PLAIT_UDP_KEEPALIVE_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[PLAIT_UDP_LEG_A_KEEPALIVE],
				    "At most 600000 ms between two probes");
		return -ERANGE;
	}
	if (ipv4_is_zeronet(settings->address.remote) ||
	    ipv4_is_multicast(settings->address.remote) ||
	    ipv4_is_lbcast(settings->address.remote)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_UDP_A_LEG],
				    "The far end's address is not that of one machine");
		return -EINVAL;
	}
	if (!settings->name[0]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_UDP_A_LEG],
				    "The name of a leg has at least one character");
		return -EINVAL;
	}
	return 0;
}

static int plait_udp_leg_set_locked(struct genl_info *info)
{
	struct plait_udp_leg_settings settings = { .keepalive = PLAIT_UDP_KEEPALIVE_DEFAULT };
	struct nlattr *attrs[PLAIT_UDP_LEG_A_MAX + 1];
	struct plait_udp_peer *peer;
	struct plait_udp_leg *leg;
	u32 number;
	int err;

	peer = plait_udp_requested(info, &err);
	if (!peer)
		return err;
	err = plait_udp_parse_leg(info, attrs, &number);
	if (err)
		return err;
	leg = plait_udp_leg_by_number(peer, number);
	if (leg)
		plait_udp_leg_settings(leg, &settings);
	else
		err = plait_udp_check_new_leg(info, attrs);
	settings.number = number;
	err = err ?: plait_udp_fill_leg(info, attrs, &settings);
	return err ?: plait_udp_leg_set(peer, &settings, info->extack);
}

static int plait_udp_leg_set_do(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = plait_udp_leg_set_locked(info);
	rtnl_unlock();
	return err;
}

static int plait_udp_leg_del_locked(struct genl_info *info)
{
	struct nlattr *attrs[PLAIT_UDP_LEG_A_MAX + 1];
	struct plait_udp_peer *peer;
	struct plait_udp_leg *leg;
	u32 number;
	int err;

	peer = plait_udp_requested(info, &err);
	if (!peer)
		return err;
	err = plait_udp_parse_leg(info, attrs, &number);
	if (err)
		return err;
	leg = plait_udp_leg_by_number(peer, number);
	if (!leg) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[PLAIT_UDP_LEG_A_NUMBER],
				    "The link has no leg of this number");
		return -ENOENT;
	}
	plait_udp_leg_delete(leg);
	return 0;
}

static int plait_udp_leg_del_do(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = plait_udp_leg_del_locked(info);
	rtnl_unlock();
	return err;
}

/* --- PLAIT_UDP_CMD_EVENT --- */

static int plait_udp_put_event(struct sk_buff *msg, const struct plait_udp_happening *happening)
{
	void *header = genlmsg_put(msg, 0, 0, &plait_udp_family, 0, PLAIT_UDP_CMD_EVENT);
	const struct net_device *dev = happening->dev;

	if (!header || nla_put_u32(msg, PLAIT_UDP_A_EVENT, happening->event) ||
	    nla_put_u32(msg, PLAIT_UDP_A_IFINDEX, dev->ifindex) ||
	    nla_put_string(msg, PLAIT_UDP_A_IFNAME, dev->name))
		return -EMSGSIZE;
	if (happening->leg && plait_udp_put_leg(msg, happening->leg))
		return -EMSGSIZE;
	genlmsg_end(msg, header);
	return 0;
}

/* Tells the listeners of the namespace. */
static void plait_udp_multicast(const struct plait_udp_happening *happening)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&plait_udp_family, happening->net, PLAIT_UDP_GROUP_EVENTS))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	if (plait_udp_put_event(msg, happening)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_multicast_netns(&plait_udp_family, happening->net, msg, 0, PLAIT_UDP_GROUP_EVENTS,
				GFP_KERNEL);
}

static int plait_udp_netlink_event(struct notifier_block *listener, unsigned long event,
				   void *happening)
{
	plait_udp_multicast(happening);
	return NOTIFY_DONE;
}

static struct notifier_block plait_udp_netlink_listener = {
	.notifier_call = plait_udp_netlink_event,
};

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

static struct genl_family plait_udp_family __ro_after_init = {
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
