/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_COMPAT_NET_RTNETLINK_H
#define PLAIT_COMPAT_NET_RTNETLINK_H

#include <linux/version.h>
#include_next <net/rtnetlink.h>

/*
 * PLAIT_DEFINE_NEWLINK() - a function for rtnl_link_ops.newlink
 * @name: its name
 * @create: what it calls, with the namespace of the device below, the new device, its attributes,
 *	    those of its kind, and the extended acknowledgement
 *
 * Since 6.15 a structure holds what were arguments before.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define PLAIT_DEFINE_NEWLINK(name, create)                                                         \
	static int name(struct net_device *dev, struct rtnl_newlink_params *params,                \
			struct netlink_ext_ack *extack)                                            \
	{                                                                                          \
		return create(rtnl_newlink_link_net(params), dev, params->tb, params->data,         \
			      extack);                                                             \
	}
#else
#define PLAIT_DEFINE_NEWLINK(name, create)                                                         \
	static int name(struct net *link_net, struct net_device *dev, struct nlattr *tb[],         \
			struct nlattr *data[], struct netlink_ext_ack *extack)                     \
	{                                                                                          \
		return create(link_net, dev, tb, data, extack);                                    \
	}
#endif

#endif /* PLAIT_COMPAT_NET_RTNETLINK_H */
