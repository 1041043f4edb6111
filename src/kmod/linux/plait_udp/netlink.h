/* SPDX-License-Identifier: GPL-2.0-only */
/* Among the files of the generic netlink family "plait_udp". */
#ifndef PLAIT_UDP_NETLINK_H
#define PLAIT_UDP_NETLINK_H

#include <net/genetlink.h>
#include <net/netlink.h>

#include "plait_udp.h"

enum {
	PLAIT_UDP_GROUP_EVENTS,
};

extern struct genl_family plait_udp_family;
extern const struct nla_policy plait_udp_leg_policy[PLAIT_UDP_LEG_A_MAX + 1];
extern struct notifier_block plait_udp_netlink_listener;

/* netlink.c */
int plait_udp_check(struct genl_info *info, int attr, const char *missing);
struct plait_link *plait_udp_link(struct genl_info *info, int *error);
struct plait_udp_peer *plait_udp_requested(struct genl_info *info, int *error);

/* An attribute that a request must have. */
#define plait_udp_need(info, attr) plait_udp_check(info, attr, #attr " is missing")

/* netlink-key.c */
int plait_udp_key_do(struct sk_buff *skb, struct genl_info *info);

/* netlink-peer.c */
int plait_udp_peer_set_do(struct sk_buff *skb, struct genl_info *info);
int plait_udp_peer_get_do(struct sk_buff *skb, struct genl_info *info);
int plait_udp_peer_get_start(struct netlink_callback *cb);
int plait_udp_peer_get_dump(struct sk_buff *skb, struct netlink_callback *cb);
int plait_udp_peer_del_do(struct sk_buff *skb, struct genl_info *info);

/* netlink-leg.c */
int plait_udp_leg_set_do(struct sk_buff *skb, struct genl_info *info);
int plait_udp_leg_del_do(struct sk_buff *skb, struct genl_info *info);

#endif /* PLAIT_UDP_NETLINK_H */
