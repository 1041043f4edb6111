/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of plait_link.ko; one section a file. */
#ifndef PLAIT_LINK_H
#define PLAIT_LINK_H

#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "plait_core.h"
#include "../../core/rules.h"

/**
 * struct plait_kept - copies of packets that may have to be sent again
 * @copy: by number; NULL when there is none
 * @count: numbers in use
 *
 * Guarded by the lock of the link.
 */
struct plait_kept {
	struct sk_buff *copy[PLAIT_KEPT];
	u32 count;
};

/**
 * struct plait_queue - packets that wait for their leg, for schedulers with flow control
 * @waiting: by the slot of the leg
 * @length: packets in all of @waiting
 * @offered: the packet that is being committed; a local variable would be cleared first, for each
 * @kept: see &struct plait_kept
 * @order: for the next packet that waits
 * @leaving: packets that may leave, in order
 * @sending: some CPU sends them
 * @squeezed: how often it stopped, since others are to run too, while there were more
 * @more: goes on then
 * @trim: gives back memory that the scheduler does not use any more
 * @timer: when to look again
 * @armed: when it will run out, ns; 0 when it is not set
 * @quiet: the slots of legs by which nothing comes in any more, as of @quiet_at
 * @quiet_at: in jiffies
 *
 * Guarded by the lock of the link.
 */
struct plait_queue {
	struct sk_buff_head waiting[PLAIT_LEGS_MAX];
	u32 length;
	struct plait_offer offered;
	struct plait_kept kept;
	u32 order;
	struct sk_buff_head leaving;
	bool sending;
	u64 squeezed;
	struct tasklet_struct more;
	struct delayed_work trim;
	struct hrtimer timer;
	s64 armed;
	u32 quiet;
	unsigned long quiet_at;
};

/**
 * struct plait_codel - how patient the device's queueing discipline is
 * @work: looks at the delays of the legs
 * @next: when that is due, in jiffies; guarded by the lock of the link
 * @interval: fq_codel's, in us; this and @qdisc with RTNL
 * @qdisc: that it was set for; only to be compared
 */
struct plait_codel {
	struct work_struct work;
	unsigned long next;
	u32 interval;
	const struct Qdisc *qdisc;
};

/**
 * enum plait_tx_queue - queues by which packets come from the stack
 * @PLAIT_TX_DATA: stopped while no leg has room, when the scheduler has flow control
 * @PLAIT_TX_ACKS: acknowledgements then; never stopped
 * @PLAIT_TX_QUEUES: how many there are
 */
enum plait_tx_queue {
	PLAIT_TX_DATA,
	PLAIT_TX_ACKS,
	PLAIT_TX_QUEUES,
};

/**
 * struct plait_device - what a plait device has behind its net_device
 * @link: the part that netlink, /proc and the scheduler know
 * @mtu_by_user: the MTU that somebody asked for, at most; 0: the device follows its legs
 * @mtu_following: the MTU is being changed by ourselves
 * @segments: packets are to come one by one, not as GSO packets
 * @queue: see &struct plait_queue
 * @codel: see &struct plait_codel
 * @loop: looks after legs whose packets came back
 * @watched: entry in the list of those that acknowledgements are told to; empty when it is not
 */
struct plait_device {
	struct plait_link link;
	unsigned int mtu_by_user;
	bool mtu_following;
	bool segments;
	struct plait_queue queue;
	struct plait_codel codel;
	struct delayed_work loop;
	struct list_head watched;
};

/* rtnl.c */
#define PLAIT_KIND "plait"

extern struct rtnl_link_ops plait_rtnl_link_ops;

/**
 * plait_is_device() - is this a plait device?
 * @dev: any device
 *
 * Return: true when it is.
 */
static inline bool plait_is_device(const struct net_device *dev)
{
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, PLAIT_KIND);
}

/* device.c */
void plait_device_setup(struct net_device *dev);

static inline struct plait_device *plait_device(const struct net_device *dev)
{
	return netdev_priv(dev);
}

/* direct.c */
/**
 * struct plait_direct - a direct route
 * @dev: its device
 * @lower: the device that it goes by
 * @list: entry in the list of all
 */
struct plait_direct {
	struct net_device *dev;
	struct net_device *lower;
	struct list_head list;
};

#define PLAIT_DIRECT_KIND "plait_direct"

extern struct rtnl_link_ops plait_direct_rtnl_link_ops;
void plait_direct_lower_event(struct net_device *lower, unsigned long event);

static inline struct plait_direct *plait_direct(const struct net_device *dev)
{
	return netdev_priv(dev);
}

/**
 * plait_is_direct() - is this a direct route?
 * @dev: any device
 *
 * Return: true when it is.
 */
static inline bool plait_is_direct(const struct net_device *dev)
{
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, PLAIT_DIRECT_KIND);
}

/* direct-transmit.c */
netdev_tx_t plait_direct_start_xmit(struct sk_buff *skb, struct net_device *dev);

/* device-leg.c */
/**
 * struct plait_device_leg - a leg that is a network device
 * @leg: the leg
 * @dev: the device
 * @below: the device whose carrier is the leg's too; NULL when @dev says none. Readers are in an RCU section or hold RTNL
 * @errors: of @dev, as seen last
 * @routes_until: packets keep their routes until then, in jiffies; this jiffy: one has
 * @list: entry in the list of all of them
 */
struct plait_device_leg {
	struct plait_leg leg;
	struct net_device *dev;
	struct net_device __rcu *below;
	unsigned long errors;
	unsigned long routes_until;
	struct list_head list;
};

static inline struct plait_device_leg *plait_device_leg(const struct plait_leg *leg)
{
	return container_of(leg, struct plait_device_leg, leg);
}

/**
 * plait_is_point_to_point() - can a device be a leg?
 * @dev: any device
 *
 * A leg carries bare IP packets to the one place at its other end: no link-layer header to be made,
 * no neighbour to be resolved.
 *
 * Return: true when it is so.
 */
static inline bool plait_is_point_to_point(const struct net_device *dev)
{
	return dev->flags & IFF_POINTOPOINT && !(dev->header_ops && dev->header_ops->create);
}

int plait_device_add_leg(struct net_device *dev, struct net_device *leg_dev,
			 struct netlink_ext_ack *extack);
int plait_device_del_leg(struct net_device *dev, struct net_device *leg_dev);
struct plait_device_leg *plait_device_leg_of(const struct net_device *leg_dev);

/* below.c */
bool plait_sends_back(const struct net_device *leg_dev, const struct net_device *dev);
void plait_below_update(struct plait_device_leg *leg);
void plait_below_enter(struct plait_device_leg *leg);
void plait_below_leave(struct plait_device_leg *leg);
void plait_below_event(struct net_device *dev, unsigned long event);

/* loop.c */
/**
 * struct plait_loop_frame - a packet is being given to a leg
 * @leg: the leg
 * @outer: the one during which that happens, of another plait device; NULL when there is none
 */
struct plait_loop_frame {
	struct plait_leg *leg;
	struct plait_loop_frame *outer;
};

DECLARE_PER_CPU(struct plait_loop_frame *, plait_loop_frames);

static inline void plait_loop_enter(struct plait_loop_frame *frame, struct plait_leg *leg)
{
	frame->leg = leg;
	frame->outer = this_cpu_read(plait_loop_frames);
	this_cpu_write(plait_loop_frames, frame);
}

static inline void plait_loop_leave(const struct plait_loop_frame *frame)
{
	this_cpu_write(plait_loop_frames, frame->outer);
}

void plait_loop_look(const struct net_device *dev, const struct sk_buff *skb);
void plait_loop_init(struct plait_device *plait);
void plait_loop_stop(struct plait_device *plait);

/* mtu.c */
int plait_change_mtu(struct net_device *dev, int mtu);
void plait_update_mtu(struct net_device *dev);
void plait_set_mtu_limit(struct net_device *dev, unsigned int limit);

/* features.c */
netdev_features_t plait_fix_features(struct net_device *dev, netdev_features_t features);
void plait_update_features(struct net_device *dev);

/* transmit.c */
u16 plait_select_queue(struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev);
netdev_tx_t plait_start_xmit(struct sk_buff *skb, struct net_device *dev);

/* leg-transmit.c */
void plait_leg_xmit(struct plait_leg *leg, struct sk_buff *skb, struct plait_packet_size size);

/* ruled.c */
struct plait_leg *plait_ruled_pick(struct plait_link *link, const struct plait_rule *rule, u32 packets);
bool plait_ruled_xmit(struct plait_link *link, struct sk_buff *skb);

/* queue.c */
void plait_queue_init(struct plait_queue *queue);
bool plait_queue_xmit(struct plait_device *plait, struct sk_buff *skb, netdev_tx_t *verdict);
bool plait_queue_expects(struct plait_device *plait, const struct plait_header *header);
bool plait_queue_acked(struct plait_device *plait, const struct plait_header *header);
void plait_queue_run(struct plait_device *plait);
void plait_queue_adopt(struct plait_device *plait);
void plait_queue_drain(struct plait_device *plait);
u64 plait_queue_squeezed(struct plait_device *plait);

/* kept.c */
int plait_kept_init(void);
void plait_kept_uninit(void);
void plait_kept_add(struct plait_kept *kept, u32 number, struct sk_buff *skb);
struct sk_buff *plait_kept_take(struct plait_kept *kept, u32 number);
void plait_kept_release(struct plait_kept *kept, struct plait_link *link);
void plait_kept_clear(struct plait_kept *kept);

/* codel.c */
void plait_codel_init(struct plait_codel *codel);
void plait_codel_follow(struct plait_device *plait);
void plait_codel_stop(struct plait_device *plait);

/* backpressure.c */
int plait_backpressure_start(struct plait_device *plait);
void plait_backpressure_stop(struct plait_device *plait);

/* link-ops.c */
extern const struct plait_link_ops plait_device_link_ops;

/* segment.c */
/**
 * plait_not_tcp() - is a packet certainly no TCP segment? A look for the many that are not
 * @skb: its data begins with the network header
 *
 * Return: true when plait_read_segment() would find none; false when it is to be asked.
 */
static inline bool plait_not_tcp(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return skb_headlen(skb) >= sizeof(struct iphdr) &&
		       ((const struct iphdr *)skb->data)->protocol != IPPROTO_TCP;
	if (skb->protocol == htons(ETH_P_IPV6))
		return skb_headlen(skb) >= sizeof(struct ipv6hdr) &&
		       ((const struct ipv6hdr *)skb->data)->nexthdr == IPPROTO_UDP;
	return true;
}

bool plait_read_segment(const struct sk_buff *skb, struct plait_header *header);
bool plait_read_acks(const struct sk_buff *skb, struct plait_header *header);

/* watch.c */
int plait_watch_init(void);
void plait_watch_uninit(void);
int plait_watch(struct plait_device *plait);
void plait_unwatch(struct plait_device *plait);

/* quiet.c */
void plait_leg_hears(struct plait_leg *leg);
u32 plait_quiet_slots(const struct plait_link *link);

/* notify.c */
int plait_notify_init(void);
void plait_notify_uninit(void);

/* ethtool.c */
extern const struct ethtool_ops plait_ethtool_ops;

#endif /* PLAIT_LINK_H */
