/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of plait_core.ko; one section a file. */
#ifndef PLAIT_CORE_PRIVATE_H
#define PLAIT_CORE_PRIVATE_H

#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/workqueue.h>

#include "plait_core.h"

struct net;
struct notifier_block;

/* scheduler.c */
int plait_scheduler_init(void);
void plait_scheduler_uninit(void);
const struct plait_scheduler *plait_scheduler_get(const char *name);
void plait_scheduler_put(const struct plait_scheduler *scheduler);
void plait_scheduler_free_state(const struct plait_scheduler *scheduler, void *state);

/* buffer/namespace.c */
#define PLAIT_BUFFER_FILES 5

struct plait_set;
struct plait_buffer_counters;

/**
 * struct plait_buffer - the receive-side buffer of a namespace
 * @net: the namespace
 * @on: for all packets that come in, but by the loopback device
 * @size: packets of one connection that may wait, at most
 * @deadline: milliseconds that something is waited for; 0: as each connection teaches
 * @total: packets that may wait, in all
 * @lock: guards @on, @users and the making and freeing of @sets; taken inside of RTNL
 * @users: reasons to have it: @on, and links that have it on
 * @links: those links; changed under RTNL, read under RCU
 * @sets: the connections, while there are users
 * @sweep: forgets idle connections
 * @connections: that are watched
 * @held: packets that wait
 * @counters: see buffer/statistics.c
 * @sysctl: the files in the folder of the namespace
 * @table: same
 */
struct plait_buffer {
	struct net *net;
	int on;
	int size;
	int deadline;
	int total;
	struct mutex lock; /* see above */
	u32 users;
	struct hlist_head links;
	struct plait_set *sets;
	struct delayed_work sweep;
	atomic_t connections;
	atomic_t held;
	struct plait_buffer_counters __percpu *counters;
	struct ctl_table_header *sysctl;
	struct ctl_table table[PLAIT_BUFFER_FILES + 1];
};

int plait_buffer_init(void);
void plait_buffer_uninit(void);
int plait_buffer_notify_init(void);
void plait_buffer_notify_uninit(void);
int plait_buffer_enter(struct plait_buffer *buffer, struct net *net);
void plait_buffer_leave(struct plait_buffer *buffer);

/* buffer/sysctl.c */
bool plait_buffer_has_file(const char *name);

/* buffer/use.c */
int plait_buffer_link_enters(struct plait_link *link);
void plait_buffer_link_leaves(struct plait_link *link);

/* netns.c */
struct plait_net {
	struct list_head links;
	struct plait_buffer buffer;
};

extern unsigned int plait_net_id;
struct plait_net *plait_net(struct net *net);

/* pernet.c */
int plait_pernet_init(void);
void plait_pernet_uninit(void);

/* events.c */
void plait_events_register(struct notifier_block *listener);
void plait_events_unregister(struct notifier_block *listener);
void plait_event(struct plait_leg *leg, enum plait_event event);

/* link.c */
struct plait_leg *plait_link_leg_by_index(struct plait_link *link, u32 ifindex);
struct plait_leg *plait_link_leg_by_name(struct plait_link *link, const char *name);
void plait_link_update_carrier(struct plait_link *link);

/* leg.c */
bool plait_leg_tell(const struct plait_leg *leg, const struct plait_scheduler *scheduler,
		    void *state);

/* sysctl.c */
#define PLAIT_SYSCTL_FOLDER "net/ipv4/multipath"

int plait_sysctl_add(struct plait_link *link);
void plait_sysctl_remove(struct plait_link *link);

/* netlink.c */
int plait_netlink_init(void);
void plait_netlink_uninit(void);

/* netlink-show.c */
int plait_netlink_put_leg(struct sk_buff *msg, const struct plait_leg *leg);
int plait_netlink_put_link(struct sk_buff *msg, const struct plait_link *link);

#endif /* PLAIT_CORE_PRIVATE_H */
