/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of plait_core.ko; one section a file. */
#ifndef PLAIT_CORE_PRIVATE_H
#define PLAIT_CORE_PRIVATE_H

#include "plait_core.h"

struct net;

/* scheduler.c */
int plait_scheduler_init(void);
void plait_scheduler_uninit(void);
const struct plait_scheduler *plait_scheduler_get(const char *name);
void plait_scheduler_put(const struct plait_scheduler *scheduler);

/* netns.c */
struct plait_net {
	struct list_head links;
	struct ctl_table_header *folder;
};

int plait_netns_init(void);
void plait_netns_uninit(void);
struct plait_net *plait_net(struct net *net);

/* link.c */
struct plait_link *plait_link_by_index(struct net *net, u32 ifindex, int *error);
struct plait_leg *plait_link_leg_by_index(struct plait_link *link, u32 ifindex);
struct plait_leg *plait_link_leg_by_name(struct plait_link *link, const char *name);
int plait_link_set_scheduler(struct plait_link *link, const char *name);
void plait_link_update_carrier(struct plait_link *link);

/* leg.c */
void plait_legs_change(struct plait_link *link, const struct plait_leg_change *changes, u32 count);

/* sysctl.c */
#define PLAIT_SYSCTL_FOLDER "net/ipv4/multipath"

int plait_sysctl_add(struct plait_link *link);
void plait_sysctl_remove(struct plait_link *link);

/* netlink.c */
int plait_netlink_init(void);
void plait_netlink_uninit(void);
void plait_netlink_event(const struct plait_leg *leg, enum plait_event event);

#endif /* PLAIT_CORE_PRIVATE_H */
