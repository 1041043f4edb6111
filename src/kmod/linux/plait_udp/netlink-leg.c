// SPDX-License-Identifier: GPL-2.0-only
/* Requests of the family "plait_udp" about legs. */
#include <linux/rtnetlink.h>

#include "netlink.h"

const struct nla_policy plait_udp_leg_policy[PLAIT_UDP_LEG_A_MAX + 1] = {
	[PLAIT_UDP_LEG_A_NUMBER] = NLA_POLICY_MAX(NLA_U8, PLAIT_UDP_LEGS_MAX - 1),
	[PLAIT_UDP_LEG_A_NAME] = { .type = NLA_NUL_STRING, .len = PLAIT_UDP_NAME_LENGTH_MAX },
	[PLAIT_UDP_LEG_A_UPLINK] = { .type = NLA_U32 },
	[PLAIT_UDP_LEG_A_LOCAL] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[PLAIT_UDP_LEG_A_REMOTE] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[PLAIT_UDP_LEG_A_REMOTE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[PLAIT_UDP_LEG_A_KEEPALIVE] = NLA_POLICY_MIN(NLA_U32, PLAIT_UDP_KEEPALIVE_MIN),
};

/* The far end that a request is about, and the attributes of the leg with its number. With RTNL; NULL: see error. */
static struct plait_udp_peer *plait_udp_parse_leg(struct genl_info *info, struct nlattr **attrs,
						  u32 *number, int *error)
{
	struct plait_udp_peer *peer = plait_udp_requested(info, error);

	if (!peer)
		return NULL;
	*error = plait_udp_need(info, PLAIT_UDP_A_LEG) ?:
		 nla_parse_nested(attrs, PLAIT_UDP_LEG_A_MAX, info->attrs[PLAIT_UDP_A_LEG],
				  plait_udp_leg_policy, info->extack);
	if (*error)
		return NULL;
	if (!attrs[PLAIT_UDP_LEG_A_NUMBER]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[PLAIT_UDP_A_LEG],
				    "PLAIT_UDP_LEG_A_NUMBER is missing");
		*error = -EINVAL;
		return NULL;
	}
	*number = nla_get_u8(attrs[PLAIT_UDP_LEG_A_NUMBER]);
	return peer;
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

	peer = plait_udp_parse_leg(info, attrs, &number, &err);
	if (!peer)
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

int plait_udp_leg_set_do(struct sk_buff *skb, struct genl_info *info)
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

	peer = plait_udp_parse_leg(info, attrs, &number, &err);
	if (!peer)
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

int plait_udp_leg_del_do(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = plait_udp_leg_del_locked(info);
	rtnl_unlock();
	return err;
}
