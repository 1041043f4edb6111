// SPDX-License-Identifier: GPL-2.0-only
/* Requests of the family "plait_udp" about keys: a new one, or the public one of a private one. */
#include "netlink.h"

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

int plait_udp_key_do(struct sk_buff *skb, struct genl_info *info)
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
