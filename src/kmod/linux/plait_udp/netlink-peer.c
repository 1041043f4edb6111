// SPDX-License-Identifier: GPL-2.0-only
/* Requests of the family "plait_udp" about the far end of a link. */
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "netlink.h"

/* Upper bound of a message about a far end with all the legs it can have. */
#define PLAIT_UDP_MESSAGE_SIZE 8192

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

int plait_udp_peer_set_do(struct sk_buff *skb, struct genl_info *info)
{
	struct plait_udp_peer_settings settings = { .protect = PLAIT_UDP_PROTECT_ENCRYPT };
	int err;

	rtnl_lock();
	err = plait_udp_peer_set_locked(info, &settings);
	rtnl_unlock();
	plait_wipe(&settings, sizeof(settings));
	return err;
}

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

int plait_udp_peer_get_do(struct sk_buff *skb, struct genl_info *info)
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

int plait_udp_peer_get_start(struct netlink_callback *cb)
{
	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG(cb->extack, "A dump takes no attributes");
		return -EINVAL;
	}
	cb->min_dump_alloc = PLAIT_UDP_MESSAGE_SIZE;
	return 0;
}

/* Continues behind the last one shown, by index of the link: they may come and go between two calls. */
int plait_udp_peer_get_dump(struct sk_buff *skb, struct netlink_callback *cb)
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

int plait_udp_peer_del_do(struct sk_buff *skb, struct genl_info *info)
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
