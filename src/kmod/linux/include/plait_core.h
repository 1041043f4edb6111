/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What plait_core.ko gives to the modules that own plait devices: links, legs, schedulers.
 *
 * A link is the part of a plait device that netlink, /proc and the scheduler know; a leg is one of
 * the ways by which it sends, reached by &struct plait_leg_ops. Everything here is changed under RTNL,
 * but for the choice of a leg for a packet, which takes the link's own lock.
 */
#ifndef PLAIT_CORE_H
#define PLAIT_CORE_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/spinlock.h>
#include <linux/sysctl.h>
#include <linux/u64_stats_sync.h>

#include "../../core/scheduler.h"
#include "../../uapi/plait.h"

struct plait_leg;
struct plait_link;

/**
 * struct plait_leg_stats - counters of a leg on one CPU, written with bottom halves off
 * @rx_packets: packets that came in, segments of a GRO packet counted one by one
 * @rx_bytes: their bytes
 * @tx_packets: packets handed to the leg, segments of a GSO packet counted one by one
 * @tx_bytes: their bytes
 * @tx_dropped: packets that the leg refused
 * @syncp: makes the 64-bit counters readable on 32-bit machines
 */
struct plait_leg_stats {
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	u64_stats_t tx_dropped;
	struct u64_stats_sync syncp;
};

/**
 * struct plait_leg_totals - counters of a leg over all CPUs
 * @rx_packets: see &struct plait_leg_stats, and so for the others
 * @rx_bytes: same
 * @tx_packets: same
 * @tx_bytes: same
 * @tx_dropped: same
 */
struct plait_leg_totals {
	u64 rx_packets;
	u64 rx_bytes;
	u64 tx_packets;
	u64 tx_bytes;
	u64 tx_dropped;
};

/**
 * struct plait_leg_limits - what a packet may be for a leg, and what it needs
 * @mtu: bytes of the largest IP packet
 * @headroom: bytes that the leg puts in front of a packet
 * @tailroom: bytes that it puts behind
 * @features: offloads, as of a network device
 * @gso_size: bytes of the largest GSO packet
 * @gso_segs: its segments
 */
struct plait_leg_limits {
	unsigned int mtu;
	unsigned int headroom;
	unsigned int tailroom;
	netdev_features_t features;
	unsigned int gso_size;
	unsigned int gso_segs;
};

/**
 * struct plait_packet_number - place of a packet in what a link sends; begins the control block of a packet that is given
 * to &plait_leg_ops.transmit, and all zero when nobody numbered it
 * @serial: see plait_flow_control.reported; 0: none
 * @sequence: by &plait_leg_ops.number
 * @after: same
 * @numbered: that was called
 * @overtaking: it leaves again, or beside itself, or before others that were numbered earlier
 */
struct plait_packet_number {
	u32 serial;
	u32 sequence;
	u16 after;
	bool numbered;
	bool overtaking;
};

static inline struct plait_packet_number *plait_packet_number(const struct sk_buff *skb)
{
	return (struct plait_packet_number *)skb->cb;
}

/**
 * struct plait_leg_ops - how a leg is reached
 *
 * Whoever implements them keeps the leg in memory from plait_leg_join() until an RCU grace period after
 * plait_leg_leave() has passed: that is all that packets on their way to it need. The first implementation is the
 * enslaved network device (plait_link/device-leg.c); a leg may be no device at all.
 *
 * @transmit: sends a packet to the far end of the leg. The packet begins with its IP header, has room for
 *	&plait_leg_limits.headroom in front, mostly, and keeps mark, priority and hash of the stack. It is consumed in
 *	any case. Bottom halves are off, no lock is held, and several CPUs may call at once. Return: 0 when it was
 *	taken; else anything, it was dropped, and is counted so
 * @running: can the leg carry packets, as far as this machine tells? Asked for each packet: reads memory, takes no
 *	lock. In an RCU section (bottom halves off is one) with the lock of the link held, or with RTNL. When the answer
 *	changes, the leg says so with plait_leg_set_running(), which may come later
 * @number: NULL, or gives a packet its place in the order of the link, in plait_packet_number(). Called for each packet in
 *	the order of the stack, with the lock of the link held. @ordered: it is to arrive behind those before it of its flow
 * @reports: the far end reports what arrives, with plait_leg_reported()
 * @limits: see &struct plait_leg_limits, which is filled in. With RTNL. When they change while the leg is part of a
 *	link, the leg says so with plait_link_fit()
 * @name: what people call it, unique among the legs of a link, less than IFNAMSIZ bytes; valid while RTNL is held
 * @ifindex: of the network device that it is; 0: it is none, and only its name leads to it. With RTNL
 * @changed: settings or state changed, for who tells others; may be NULL. With RTNL
 * @release: the plait device goes, or wants it no longer: leaves the link, and frees the leg. With RTNL
 */
struct plait_leg_ops {
	int (*transmit)(struct plait_leg *leg, struct sk_buff *skb);
	void (*number)(struct plait_leg *leg, struct sk_buff *skb, bool ordered);
	bool reports;
	bool (*running)(const struct plait_leg *leg);
	void (*limits)(const struct plait_leg *leg, struct plait_leg_limits *limits);
	const char *(*name)(const struct plait_leg *leg);
	int (*ifindex)(const struct plait_leg *leg);
	void (*changed)(const struct plait_leg *leg);
	void (*release)(struct plait_leg *leg);
};

/**
 * struct plait_leg - one of the ways by which a link sends; part of a larger structure of whoever implements @ops
 * @link: its link
 * @ops: how it is reached
 * @list: entry in &plait_link.legs
 * @slot: its number for the scheduler
 * @weight: its share of the packets
 * @priority: 0 to PLAIT_PRIORITY_MAX, 0 comes first, for schedulers that ask
 * @rate: what it carries, bit/s of IP packets, for schedulers that ask; 0: to be found out
 * @enabled: the operator, or the agent that probes the path, lets it carry packets
 * @running: as said last by plait_leg_set_running()
 * @loops: what it sends comes back into the device of its link: it is dead for that reason
 * @live: @enabled, @running and not @loops
 * @came_back: a packet that it was given has come back
 * @loop_until: when it is to be tried again, in jiffies
 * @loop_wait: how long it is dead each time
 * @heard: when something last came in by it, in jiffies, an odd number; 0: nothing ever did
 * @stats: counters
 */
struct plait_leg {
	struct plait_link *link;
	const struct plait_leg_ops *ops;
	struct list_head list;
	u32 slot;
	u32 weight;
	u32 priority;
	u64 rate;
	bool enabled;
	bool running;
	bool loops;
	bool live;
	bool came_back;
	unsigned long loop_until;
	unsigned long loop_wait;
	unsigned long heard;
	struct plait_leg_stats __percpu *stats;
};

/**
 * struct plait_link_ops - what the owner of a link does
 * @start: a scheduler with flow control is about to be used; 0 or a negative error. With RTNL
 * @stop: no such scheduler is used any more; packets that still wait leave. With RTNL
 * @adopt: another scheduler has taken the place of one with flow control, and knows nothing of the packets
 *	that wait. With RTNL and the lock of the link; @run or @stop follows
 * @run: legs or their settings changed: look again which packets may leave. With RTNL
 * @fit: legs, or what packets may be for them, changed: take it over. With RTNL
 *
 * All but @fit are called for schedulers with flow control only.
 */
struct plait_link_ops {
	int (*start)(struct plait_link *link);
	void (*stop)(struct plait_link *link);
	void (*adopt)(struct plait_link *link);
	void (*run)(struct plait_link *link);
	void (*fit)(struct plait_link *link);
};

/**
 * struct plait_link - several legs that are used as one
 * @dev: the plait device
 * @ops: of its owner
 * @list: entry in the list of the namespace; empty when the link is not published
 * @legs: in the order in which they joined
 * @lock: guards @scheduler, @state and @slots, and is taken by packets with bottom halves off
 * @scheduler: chooses legs
 * @state: what the scheduler remembers
 * @slots: legs by slot
 * @rules: NULL: none. Changed with RTNL and @lock
 * @buffer: TCP segments that come in by it are put in order
 * @buffer_node: entry in the list of such links of the namespace
 * @sysctl: its folder below /proc/sys/net/ipv4/multipath
 * @table: the files there
 */
struct plait_link {
	struct net_device *dev;
	const struct plait_link_ops *ops;
	struct list_head list;
	struct list_head legs;
	spinlock_t lock; /* see above */
	const struct plait_scheduler *scheduler;
	void *state;
	struct plait_leg *slots[PLAIT_LEGS_MAX];
	struct plait_link_rules *rules;
	bool buffer;
	struct hlist_node buffer_node;
	struct ctl_table_header *sysctl;
	struct ctl_table table[5];
};

/**
 * struct plait_leg_change - new settings of a leg
 * @leg: the leg
 * @weight: PLAIT_WEIGHT_MIN to PLAIT_WEIGHT_MAX
 * @priority: at most PLAIT_PRIORITY_MAX
 * @rate: see &plait_leg.rate
 * @enabled: see &plait_leg.enabled
 */
struct plait_leg_change {
	struct plait_leg *leg;
	u32 weight;
	u32 priority;
	u64 rate;
	bool enabled;
};

/**
 * struct plait_packet_size - what an skb is on the wire
 * @packets: its segments
 * @bytes: their bytes with the headers that each of them repeats
 */
struct plait_packet_size {
	u32 packets;
	u32 bytes;
};

/**
 * plait_device_runs() - can a device carry packets?
 * @dev: the device
 *
 * Return: true when it is up and has carrier.
 */
static inline bool plait_device_runs(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

/**
 * plait_leg_runs() - can a leg carry packets? See &plait_leg_ops.running
 * @leg: the leg
 *
 * Return: true when it can.
 */
static inline bool plait_leg_runs(const struct plait_leg *leg)
{
	return leg->ops->running(leg);
}

/**
 * plait_leg_may_carry() - may a leg carry packets, as far as is known?
 * @leg: a leg that has joined; with RTNL, or the lock of its link
 *
 * Return: true when it may.
 */
static inline bool plait_leg_may_carry(const struct plait_leg *leg)
{
	return leg->enabled && leg->running && !leg->loops;
}

/**
 * plait_leg_mark() - note in a packet which leg it came in by, for the receive-side buffer
 * @leg: the leg
 * @skb: the packet; its device is the plait device
 */
static inline void plait_leg_mark(const struct plait_leg *leg, struct sk_buff *skb)
{
	/* The plait device has queue 0 only, and is refused more. */
	skb_record_rx_queue(skb, leg->slot + 1);
}

/**
 * plait_link_control() - the flow control of a link's scheduler
 * @link: the link
 *
 * Return: NULL when its scheduler has none.
 */
static inline const struct plait_flow_control *plait_link_control(const struct plait_link *link)
{
	return link->scheduler->control;
}

/**
 * plait_leg_stop() - a leg is found not to run before that is reported
 * @leg: the leg; the lock of its link is held
 */
static inline void plait_leg_stop(const struct plait_leg *leg)
{
	const struct plait_leg_line line = {
		.weight = leg->weight, .priority = leg->priority, .reports = leg->ops->reports,
	};

	leg->link->scheduler->set(leg->link->state, leg->slot, &line);
}

/**
 * plait_link_fit() - a leg joined or left, or what packets may be for one changed
 * @link: the link, whose device takes over what all legs bear. With RTNL
 */
static inline void plait_link_fit(struct plait_link *link)
{
	link->ops->fit(link);
}

int plait_scheduler_register(const struct plait_scheduler *scheduler, struct module *owner);
void plait_scheduler_unregister(const struct plait_scheduler *scheduler);

int plait_link_init(struct plait_link *link, struct net_device *dev,
		    const struct plait_link_ops *ops);
void plait_link_uninit(struct plait_link *link);
int plait_link_publish(struct plait_link *link);
bool plait_link_name_is_taken(const char *name);
void plait_link_withdraw(struct plait_link *link);
int plait_link_renamed(struct plait_link *link);
int plait_link_set_scheduler(struct plait_link *link, const char *name,
			     struct netlink_ext_ack *extack);
struct plait_link *plait_link_by_index(struct net *net, u32 ifindex, int *error);
struct plait_leg *plait_link_pick_locked(struct plait_link *link, u32 packets);
struct plait_leg *plait_link_pick(struct plait_link *link, u32 packets);

struct plait_rule *plait_link_rule_of(const struct plait_link *link, const struct sk_buff *skb);

/**
 * plait_link_rule() - the rule for a packet
 * @link: the link; its lock is held
 * @skb: the packet
 *
 * Return: the rule, for as long as the lock is held; NULL: there is none for it.
 */
static inline struct plait_rule *plait_link_rule(const struct plait_link *link, const struct sk_buff *skb)
{
	return likely(!link->rules) ? NULL : plait_link_rule_of(link, skb);
}

int plait_leg_init(struct plait_leg *leg, struct plait_link *link, const struct plait_leg_ops *ops);
void plait_leg_uninit(struct plait_leg *leg);
int plait_leg_join(struct plait_leg *leg, struct netlink_ext_ack *extack);
void plait_leg_leave(struct plait_leg *leg);
void plait_leg_renamed(const struct plait_leg *leg);
void plait_leg_keep(struct plait_leg_change *change, struct plait_leg *leg);
int plait_leg_check_rate(u64 rate, const struct nlattr *attr, struct netlink_ext_ack *extack);
void plait_legs_change(struct plait_link *link, const struct plait_leg_change *changes, u32 count);
enum plait_leg_state plait_leg_state(const struct plait_leg *leg);
void plait_leg_set_running(struct plait_leg *leg, bool running);
void plait_leg_set_loop(struct plait_leg *leg, bool loops);
bool plait_leg_report(const struct plait_leg *leg, struct plait_leg_report *report);
void plait_leg_totals(const struct plait_leg *leg, struct plait_leg_totals *totals);

/* Of plait_link.ko, for who implements &struct plait_leg_ops. */
bool plait_leg_receive(struct plait_leg *leg, struct sk_buff *skb);
void plait_leg_reported(struct plait_leg *leg, const struct plait_arrivals *arrivals);
void plait_leg_fell_silent(struct plait_leg *leg);

int plait_buffer_set_link(struct plait_link *link, bool on);
bool plait_buffer_reads(const struct plait_link *link);
struct plait_packet_size plait_gso_packet_size(const struct sk_buff *skb);

/**
 * plait_packet_size() - what an skb is on the wire
 * @skb: its data begins with the network header
 *
 * Return: number of segments, at least 1, and their bytes.
 */
static inline struct plait_packet_size plait_packet_size(const struct sk_buff *skb)
{
	const struct plait_packet_size one = { .packets = 1, .bytes = skb->len };

	return skb_is_gso(skb) ? plait_gso_packet_size(skb) : one;
}

#endif /* PLAIT_CORE_H */
