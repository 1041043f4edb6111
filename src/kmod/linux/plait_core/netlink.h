/* SPDX-License-Identifier: GPL-2.0-only */
/* Among the files of the generic netlink family "plait". */
#ifndef PLAIT_CORE_NETLINK_H
#define PLAIT_CORE_NETLINK_H

#include <net/genetlink.h>
#include <net/netlink.h>

#include "core.h"

/* Upper bound of a message about a link with all the legs, or all the rules, that it can have. */
#define PLAIT_MESSAGE_SIZE 8192

extern struct genl_family plait_family;

/* netlink.c */
struct plait_link *plait_requested_link(struct genl_info *info, int *error);

/* netlink-rules.c */
extern const struct nla_policy plait_rules_set_policy[PLAIT_A_RULES + 1];
int plait_rules_set_do(struct sk_buff *skb, struct genl_info *info);
int plait_rules_get_do(struct sk_buff *skb, struct genl_info *info);

#endif /* PLAIT_CORE_NETLINK_H */
