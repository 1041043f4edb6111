/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family; one section a file. */
#ifndef PLAIT_BALANCE_NETLINK_H
#define PLAIT_BALANCE_NETLINK_H

#include <net/netlink.h>

#include "fast.h"

struct netlink_ext_ack;

/* netlink.c */
int plait_balance_netlink_init(void);
void plait_balance_netlink_uninit(void);

/* netlink-show.c */
int plait_balance_put_config(struct sk_buff *msg, struct net *net,
			     const struct plait_balance_sessions *sessions);
int plait_balance_put_uplink(struct sk_buff *msg, struct net *net, const struct plait_balance_uplink *uplink,
			     const u32 *sessions);

/* netlink-parse.c */
extern const struct nla_policy plait_balance_config_policy[PLAIT_BALANCE_A_UPLINKS + 1];
extern const struct nla_policy plait_balance_uplink_set_policy[PLAIT_BALANCE_A_UPLINKS + 1];
extern const struct nla_policy plait_balance_strategy_set_policy[PLAIT_BALANCE_A_STRATEGY + 1];
int plait_balance_parse_config(struct net *net, struct nlattr *attrs[], struct plait_balance_config *config,
			       struct netlink_ext_ack *extack);
extern const struct nla_policy plait_balance_fast_policy[PLAIT_BALANCE_A_FAST_DROP_MASK + 1];
int plait_balance_parse_fast(struct net *net, struct nlattr *attrs[],
			     struct plait_balance_fast_settings *settings, struct netlink_ext_ack *extack);
int plait_balance_parse_changes(struct nlattr *attrs[], struct plait_balance_config *config,
				struct netlink_ext_ack *extack);

#endif /* PLAIT_BALANCE_NETLINK_H */
