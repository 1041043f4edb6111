// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps packets and delivers them.
 *
 * Packets are delivered without the lock, since that runs the whole stack and may well come back
 * here. One at a time does it for a connection: who finds it being done adds to the list instead,
 * so that packets of a connection do not overtake each other between processors.
 */
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/netfilter_bridge.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "buffer.h"

/* Packets that are delivered before others may run; the timer of the connection goes on at once. */
#define PLAIT_HOLD_BUDGET 64

/**
 * struct plait_held - a packet that is kept
 * @node: its place in the queue of its connection
 * @list: its place in the list of those that are to be delivered
 * @skb: the packet; it holds its device
 * @net: where it goes on
 * @okfn: and how
 * @packets: segments of a GRO packet
 */
struct plait_held {
	struct plait_resequence_node node;
	struct list_head list;
	struct sk_buff *skb;
	struct net *net;
	int (*okfn)(struct net *net, struct sock *sk, struct sk_buff *skb);
	u32 packets;
};

static struct kmem_cache *plait_held_cache;

/*
 * Not what others have claimed until the end of this softirq: a socket that is only there under RCU
 * (TPROXY, BPF), or the ports of a bridge.
 */
static bool plait_may_hold(const struct sk_buff *skb)
{
	if (skb->sk)
		return false;
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	if (nf_bridge_info_exists(skb))
		return false;
#endif
	return true;
}

static struct plait_held *plait_held_alloc(struct plait_buffer *buffer, u32 packets,
					   struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct plait_held *held;

	if (!plait_may_hold(skb) || (skb_dst(skb) && !skb_dst_force(skb)))
		return NULL;
	if (atomic_add_return(packets, &buffer->held) > READ_ONCE(buffer->total))
		goto err_total;
	held = kmem_cache_alloc(plait_held_cache, GFP_ATOMIC);
	if (!held)
		goto err_total;

	dev_hold(skb->dev);
	held->skb = skb;
	held->net = state->net;
	held->okfn = state->okfn;
	held->packets = packets;
	return held;

err_total:
	atomic_sub(packets, &buffer->held);
	return NULL;
}

static void plait_held_deliver(struct plait_buffer *buffer, struct plait_held *held)
{
	struct sk_buff *skb = held->skb;
	struct net_device *dev = skb->dev;

	atomic_sub(held->packets, &buffer->held);
	held->okfn(held->net, NULL, skb);
	dev_put(dev);
	kmem_cache_free(plait_held_cache, held);
}

/**
 * plait_hold() - keep a packet whose verdict is PLAIT_QUEUE
 * @connection: its connection; the set is locked
 * @segment: what it carries
 * @skb: the packet
 * @state: where it goes on
 * @now: the time
 *
 * Return: false when there is no room; the packet is to go on at once then.
 */
bool plait_hold(struct plait_connection *connection, const struct plait_segment *segment,
		struct sk_buff *skb, const struct nf_hook_state *state, u64 now)
{
	struct plait_buffer *buffer = connection->buffer;
	struct plait_held *held = plait_held_alloc(buffer, segment->packets, skb, state);

	lockdep_assert_held(&connection->set->lock);
	if (!held) {
		plait_resequence_pass(&connection->queue, segment, now);
		plait_buffer_count(buffer, PLAIT_COUNT_REFUSED, segment->packets);
		return false;
	}
	plait_resequence_queue(&connection->queue, segment, &held->node, now);
	plait_buffer_count(buffer, PLAIT_COUNT_HELD, segment->packets);
	return true;
}

/**
 * plait_hold_ready() - let a packet follow those that are being delivered
 * @connection: its connection; the set is locked
 * @packets: segments of a GRO packet
 * @skb: the packet
 * @state: where it goes on
 *
 * Return: false when there is no room, or nothing to be waited for; the packet is to go on at once.
 */
bool plait_hold_ready(struct plait_connection *connection, u32 packets, struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	struct plait_held *held;

	lockdep_assert_held(&connection->set->lock);
	if (!connection->delivering && list_empty(&connection->ready))
		return false;
	held = plait_held_alloc(connection->buffer, packets, skb, state);
	if (!held)
		return false;
	list_add_tail(&held->list, &connection->ready);
	return true;
}

static void plait_make_ready(struct plait_connection *connection,
			     struct plait_resequence_node *node)
{
	struct plait_held *held = container_of(node, struct plait_held, node);
	u32 reason = connection->queue.reason;

	list_add_tail(&held->list, &connection->ready);
	plait_buffer_count(connection->buffer, PLAIT_COUNT_RELEASED + reason, held->packets);
}

static void plait_hold_set_timer(struct plait_connection *connection)
{
	struct plait_resequence_limits limits = plait_buffer_limits(connection->buffer);
	u64 deadline = plait_resequence_deadline(&connection->queue, &limits);

	if (deadline)
		hrtimer_start(&connection->timer, ns_to_ktime(deadline), HRTIMER_MODE_ABS_SOFT);
	else
		hrtimer_try_to_cancel(&connection->timer);
}

/* Moves the first of the packets that are ready; returns how many. */
static u32 plait_take_ready(struct plait_connection *connection, struct list_head *batch, u32 most)
{
	struct list_head *last;
	u32 count = 0;

	list_for_each(last, &connection->ready)
		if (++count == most)
			break;
	if (list_is_head(last, &connection->ready))
		list_splice_init(&connection->ready, batch);
	else
		list_cut_position(batch, &connection->ready, last);
	return count;
}

/* Delivers what is ready, up to the budget. The lock is given up meanwhile. */
static void plait_deliver_ready(struct plait_connection *connection)
{
	struct plait_set *set = connection->set;
	u32 budget = PLAIT_HOLD_BUDGET;

	lockdep_assert_held(&set->lock);
	if (connection->delivering)
		return;
	connection->delivering = true;
	while (budget && !list_empty(&connection->ready)) {
		struct plait_held *held, *next;
		LIST_HEAD(batch);

		budget -= plait_take_ready(connection, &batch, budget);
		spin_unlock(&set->lock);
		rcu_read_lock();
		list_for_each_entry_safe(held, next, &batch, list)
			plait_held_deliver(connection->buffer, held);
		rcu_read_unlock();
		spin_lock(&set->lock);
	}
	connection->delivering = false;
	if (list_empty(&connection->ready))
		return;
	plait_buffer_count(connection->buffer, PLAIT_COUNT_SQUEEZED, 1);
	hrtimer_start(&connection->timer, ns_to_ktime(ktime_get_ns()), HRTIMER_MODE_ABS_SOFT);
}

/**
 * plait_hold_deliver() - deliver what need not wait any more
 * @connection: the connection; the set is locked, and is not while packets are delivered
 * @now: the time
 */
void plait_hold_deliver(struct plait_connection *connection, u64 now)
{
	struct plait_resequence_limits limits = plait_buffer_limits(connection->buffer);
	struct plait_resequence_node *node;

	while ((node = plait_resequence_release(&connection->queue, &limits, now)))
		plait_make_ready(connection, node);
	plait_hold_set_timer(connection);
	plait_deliver_ready(connection);
}

/**
 * plait_hold_flush() - nothing waits any longer; plait_hold_deliver() is to follow, until plait_hold_waits() says no
 * @connection: the connection; the set is locked
 */
void plait_hold_flush(struct plait_connection *connection)
{
	struct plait_resequence_node *node;

	while ((node = plait_resequence_flush(&connection->queue)))
		plait_make_ready(connection, node);
}

static enum hrtimer_restart plait_hold_timer(struct hrtimer *timer)
{
	struct plait_connection *connection =
		container_of(timer, struct plait_connection, timer);
	struct plait_set *set = connection->set;

	spin_lock(&set->lock);
	if (plait_hold_waits(connection))
		plait_hold_deliver(connection, ktime_get_ns());
	spin_unlock(&set->lock);
	return HRTIMER_NORESTART;
}

/**
 * plait_hold_timer_init() - set up the timer of a connection
 * @connection: the connection
 */
void plait_hold_timer_init(struct plait_connection *connection)
{
	hrtimer_setup(&connection->timer, plait_hold_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
}

int __init plait_hold_init(void)
{
	plait_held_cache = KMEM_CACHE(plait_held, SLAB_ACCOUNT);
	return plait_held_cache ? 0 : -ENOMEM;
}

void plait_hold_uninit(void)
{
	kmem_cache_destroy(plait_held_cache);
}
