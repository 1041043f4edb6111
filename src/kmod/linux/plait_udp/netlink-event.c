// SPDX-License-Identifier: GPL-2.0-only
/* Events of the family "plait_udp". */
#include <linux/notifier.h>

#include "netlink.h"

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

struct notifier_block plait_udp_netlink_listener = {
	.notifier_call = plait_udp_netlink_event,
};
