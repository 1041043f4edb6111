// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that wait for their leg, for schedulers with flow control.
 *
 * Everything here is guarded by the link's lock. Packets are never sent with it held: those that may
 * leave are moved to a list, which one CPU at a time sends, so that they leave in order.
 */
#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/sch_generic.h>

#include "plait_link.h"

/* Packets that wait or leave. Only reached when the device has no queueing discipline that could be stopped. */
#define PLAIT_QUEUE_MAX 1000

/* Packets that are released, and sent, before others may run; a tasklet goes on. */
#define PLAIT_QUEUE_BUDGET 64

/**
 * struct plait_queue_cb - what we remember of a packet, in its control block
 * @order: grows from packet to packet that waits
 * @slot: of the leg by which it leaves. Not the leg itself, which may be gone when it leaves
 * @repeated: see &plait_offer.repeated
 * @copied: see &plait_offer.copied
 */
struct plait_queue_cb {
	u32 order;
	u8 slot;
	bool repeated;
	bool copied;
};

static struct plait_queue_cb *plait_queue_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct plait_queue_cb) > sizeof(skb->cb));
	return (struct plait_queue_cb *)skb->cb;
}

static void plait_read_packet(const struct sk_buff *skb, struct plait_offer *packet)
{
	packet->bytes = skb->len;
	packet->avoid = 0;
	packet->flow = PLAIT_OFFER_NO_FLOW;
	if (!plait_not_tcp(skb) && plait_read_segment(skb, &packet->header))
		return;
	packet->header.end = packet->header.seq = 0;
	packet->header.flags = 0;
}

/* Which legs had better not carry a packet: see quiet.c. It is of no use to look more than once a jiffy. */
static u32 plait_queue_avoid(const struct plait_link *link, struct plait_queue *queue,
			     const struct plait_offer *packet)
{
	if (plait_header_takes(&packet->header) || packet->bytes > PLAIT_SMALL_PACKET)
		return 0;
	if (queue->quiet_at != jiffies) {
		queue->quiet = plait_quiet_slots(link);
		queue->quiet_at = jiffies;
	}
	return queue->quiet;
}

/* A leg that lost its carrier is left at once: the report may come a second later. */
static struct plait_leg *plait_queue_leg(struct plait_link *link, u32 slot)
{
	struct plait_leg *leg = link->slots[slot];

	if (leg && likely(plait_leg_runs(leg)))
		return leg;
	if (leg)
		plait_leg_stop(leg);
	return NULL;
}

static void plait_queue_drop(struct plait_link *link, struct sk_buff *skb)
{
	DEV_STATS_INC(link->dev, tx_dropped);
	kfree_skb(skb);
}

static void plait_queue_leave(struct plait_queue *queue, u32 slot, struct sk_buff *skb)
{
	plait_queue_cb(skb)->slot = slot;
	__skb_queue_tail(&queue->leaving, skb);
}

/* A copy shares its data with a packet that may still be in a queue below, with the headers that it got there. */
static void plait_queue_leave_copy(struct plait_queue *queue, struct plait_leg *leg,
				   struct sk_buff *copy)
{
	if (copy && leg && !skb_cow_head(copy, 0))
		plait_queue_leave(queue, leg->slot, copy);
	else
		kfree_skb(copy);
}

static void plait_queue_copy(struct plait_link *link, struct plait_queue *queue, u32 slot,
			     struct sk_buff *skb)
{
	struct plait_leg *leg = plait_queue_leg(link, slot);

	plait_queue_leave_copy(queue, leg, leg ? skb_clone(skb, GFP_ATOMIC) : NULL);
}

/* The first packet of a leg's queue leaves. */
static void plait_queue_sent(struct plait_link *link, struct plait_queue *queue, s64 now,
			     struct plait_leg *leg, const struct plait_offer *packet,
			     struct sk_buff *skb)
{
	int number = plait_link_control(link)->sent(link->state, now, leg->slot, packet);

	if (unlikely(number >= 0))
		plait_kept_add(&queue->kept, number, skb);
	plait_queue_leave(queue, leg->slot, skb);
}

/* What is lost leaves again. */
static void plait_queue_repair(struct plait_link *link, struct plait_queue *queue, s64 now)
{
	u32 number;
	int slot;

	while ((slot = plait_link_control(link)->repair(link->state, now, &number)) >= 0) {
		struct sk_buff *copy = plait_kept_take(&queue->kept, number);

		plait_queue_leave_copy(queue, plait_queue_leg(link, slot), copy);
	}
}

static void plait_queue_wait(struct plait_queue *queue, u32 slot, const struct plait_offer *packet,
			     struct sk_buff *skb)
{
	plait_queue_cb(skb)->order = queue->order++;
	plait_queue_cb(skb)->repeated = packet->repeated;
	plait_queue_cb(skb)->copied = packet->copied;
	__skb_queue_tail(&queue->waiting[slot], skb);
	queue->length++;
}

/*
 * Gives a packet to a leg, or to the queue of one while it has no room; false when there is none, or
 * too much waits.
 */
static bool plait_queue_commit(struct plait_link *link, struct plait_queue *queue, s64 now,
			       struct sk_buff *skb)
{
	const struct plait_flow_control *control = plait_link_control(link);
	struct plait_offer *packet = &queue->offered;
	struct plait_leg *leg;
	int slot, copy;

	if (queue->length + skb_queue_len(&queue->leaving) >= PLAIT_QUEUE_MAX)
		return false;
	plait_read_packet(skb, packet);
	packet->avoid = plait_queue_avoid(link, queue, packet);
	slot = control->commit(link->state, now, packet, &copy);
	if (slot < 0)
		return false;
	/*
	 * Enough wait here only when their sender goes on. It is held back by the queueing
	 * discipline before us, where what it has sent counts as its own.
	 */
	skb_orphan(skb);
	if (copy >= 0)
		plait_queue_copy(link, queue, copy, skb);
	/*
	 * Mostly nothing waits, and the packet needs not to either. Acknowledgements never do:
	 * see plait_select_queue().
	 */
	if (plait_header_only_acks(&packet->header) ||
	    (!queue->length && control->next(link->state, now) == slot)) {
		leg = plait_queue_leg(link, slot);
		if (likely(leg)) {
			plait_queue_sent(link, queue, now, leg, packet, skb);
			return true;
		}
	}
	plait_queue_wait(queue, slot, packet, skb);
	return true;
}

static struct sk_buff *plait_queue_take(struct plait_queue *queue, u32 slot)
{
	struct sk_buff *skb = __skb_dequeue(&queue->waiting[slot]);

	if (!WARN_ON_ONCE(!skb))
		queue->length--;
	return skb;
}

/* What waits for legs that are not used any more gets other legs, in its order. */
static void plait_queue_move(struct plait_link *link, struct plait_queue *queue, s64 now)
{
	const struct plait_flow_control *control = plait_link_control(link);
	struct sk_buff_head moving;
	struct sk_buff *skb;
	int slot;

	__skb_queue_head_init(&moving);
	while ((slot = control->stranded(link->state)) >= 0) {
		skb = plait_queue_take(queue, slot);
		if (!skb)
			break;
		control->withdrawn(link->state, slot, skb->len);
		__skb_queue_tail(&moving, skb);
	}
	while ((skb = __skb_dequeue(&moving)))
		if (!plait_queue_commit(link, queue, now, skb))
			plait_queue_drop(link, skb);
}

static void plait_queue_release(struct plait_link *link, struct plait_queue *queue, s64 now)
{
	const struct plait_flow_control *control = plait_link_control(link);
	u32 budget = PLAIT_QUEUE_BUDGET;
	struct plait_offer packet;
	int slot;

	while ((slot = control->next(link->state, now)) >= 0) {
		struct plait_leg *leg = plait_queue_leg(link, slot);
		struct sk_buff *skb;

		if (!leg) {
			plait_queue_move(link, queue, now);
			continue;
		}
		if (!budget--) {
			tasklet_schedule(&queue->more);
			break;
		}
		skb = plait_queue_take(queue, slot);
		if (!skb)
			break;
		plait_read_packet(skb, &packet);
		packet.repeated = plait_queue_cb(skb)->repeated;
		packet.copied = plait_queue_cb(skb)->copied;
		plait_queue_sent(link, queue, now, leg, &packet, skb);
	}
}

/* A device without a queueing discipline must not be stopped: the stack would drop. */
static bool plait_queue_can_stop(const struct net_device *dev)
{
	const struct netdev_queue *txq = netdev_get_tx_queue(dev, PLAIT_TX_DATA);

	return rcu_dereference_bh(txq->qdisc)->enqueue;
}

static void plait_queue_arm(struct plait_queue *queue, s64 again)
{
	if (again == PLAIT_NEVER || (queue->armed && queue->armed <= again))
		return;
	queue->armed = again;
	hrtimer_start(&queue->timer, ns_to_ktime(again), HRTIMER_MODE_ABS_SOFT);
}

/* Lets leave what may, and more come in or not. */
static void plait_queue_update(struct plait_link *link, struct plait_queue *queue, s64 now)
{
	const struct plait_flow_control *control = plait_link_control(link);
	struct net_device *dev = link->dev;
	bool full;

	if (queue->length) {
		plait_queue_move(link, queue, now);
		plait_queue_release(link, queue, now);
	}
	full = control->full(link->state, now);
	if (unlikely(queue->kept.count))
		plait_kept_release(&queue->kept, link);
	if (full || queue->length || queue->kept.count)
		plait_queue_arm(queue, control->again(link->state, now));
	if (!full && netif_queue_stopped(dev))
		netif_wake_queue(dev);
	else if (full && plait_queue_can_stop(dev))
		netif_stop_queue(dev);
}

/* The lock is given up meanwhile. */
static void plait_queue_send_one(struct plait_link *link, struct sk_buff *skb)
{
	/* It may have left the link since the packet was given to it. */
	struct plait_leg *leg = link->slots[plait_queue_cb(skb)->slot];

	if (unlikely(!leg)) {
		plait_queue_drop(link, skb);
		return;
	}
	spin_unlock(&link->lock);
	plait_leg_xmit(leg, skb);
	spin_lock(&link->lock);
}

/* Sends what leaves. Another CPU that is at it does ours too, after what it has, or the tasklet. */
static void plait_queue_send(struct plait_device *plait)
{
	struct plait_queue *queue = &plait->queue;
	struct plait_link *link = &plait->link;
	u32 budget = PLAIT_QUEUE_BUDGET;
	struct sk_buff *skb;

	lockdep_assert_held(&link->lock);
	if (queue->sending)
		return;
	queue->sending = true;
	while (budget-- && (skb = __skb_dequeue(&queue->leaving)))
		plait_queue_send_one(link, skb);
	queue->sending = false;
	if (unlikely(!skb_queue_empty(&queue->leaving))) {
		queue->squeezed++;
		tasklet_schedule(&queue->more);
	}
}

/*
 * A scheduler without flow control has just taken the place of one with it: what comes now leaves behind what
 * waited. False when nothing does any more.
 */
static bool plait_queue_follow(struct plait_device *plait, struct sk_buff *skb)
{
	struct plait_queue *queue = &plait->queue;
	struct plait_link *link = &plait->link;
	struct plait_leg *leg;

	if (!queue->sending && skb_queue_empty(&queue->leaving))
		return false;
	leg = skb_queue_len(&queue->leaving) < PLAIT_QUEUE_MAX ?
		      plait_link_pick_locked(link, plait_packet_size(skb).packets) : NULL;
	if (leg)
		plait_queue_leave(queue, leg->slot, skb);
	else
		plait_queue_drop(link, skb);
	plait_queue_send(plait);
	return true;
}

/**
 * plait_queue_xmit() - take a packet of the stack, if the scheduler has flow control, or had just now
 * @plait: the device
 * @skb: the packet; not a GSO packet
 * @verdict: NETDEV_TX_OK, the packet is consumed
 *
 * To be called with bottom halves off.
 *
 * Return: false when it has none; the packet is then not touched.
 */
bool plait_queue_xmit(struct plait_device *plait, struct sk_buff *skb, netdev_tx_t *verdict)
{
	struct plait_link *link = &plait->link;
	bool taken;
	s64 now;

	*verdict = NETDEV_TX_OK;
	spin_lock(&link->lock);
	if (!plait_link_control(link)) {
		taken = plait_queue_follow(plait, skb);
		spin_unlock(&link->lock);
		return taken;
	}
	/* With the lock held, so that it never goes back for the scheduler. */
	now = ktime_get_ns();
	if (!plait_queue_commit(link, &plait->queue, now, skb))
		plait_queue_drop(link, skb);
	plait_queue_update(link, &plait->queue, now);
	plait_queue_send(plait);
	spin_unlock(&link->lock);
	return true;
}

/**
 * plait_queue_expects() - may a TCP header that came in tell of something that we sent?
 * @plait: the device
 * @header: the header, its key turned round
 *
 * To be called with bottom halves off.
 *
 * Return: false when it tells nothing, and nothing more is to be done.
 */
bool plait_queue_expects(struct plait_device *plait, const struct plait_header *header)
{
	struct plait_link *link = &plait->link;
	bool expects;

	spin_lock(&link->lock);
	expects = plait_link_control(link) && plait_link_control(link)->expects(link->state, header);
	spin_unlock(&link->lock);
	return expects;
}

/**
 * plait_queue_acked() - a TCP header came in for which plait_queue_expects(), and its checksum is right
 * @plait: the device
 * @header: the header, its key turned round
 *
 * To be called with bottom halves off.
 *
 * Return: true when it is for us alone, and nobody else is to see it.
 */
bool plait_queue_acked(struct plait_device *plait, const struct plait_header *header)
{
	struct plait_link *link = &plait->link;
	bool ours = false;
	s64 now;

	spin_lock(&link->lock);
	if (plait_link_control(link)) {
		now = ktime_get_ns();
		ours = plait_link_control(link)->acked(link->state, now, header);
		if (plait->queue.kept.count)
			plait_queue_repair(link, &plait->queue, now);
		plait_codel_follow(plait);
		plait_queue_update(link, &plait->queue, now);
		plait_queue_send(plait);
	}
	spin_unlock(&link->lock);
	return ours;
}

/**
 * plait_queue_run() - legs changed, or time has come: look again which packets may leave
 * @plait: the device
 */
void plait_queue_run(struct plait_device *plait)
{
	struct plait_link *link = &plait->link;

	spin_lock_bh(&link->lock);
	if (plait_link_control(link)) {
		plait_queue_update(link, &plait->queue, ktime_get_ns());
		plait_queue_send(plait);
	}
	spin_unlock_bh(&link->lock);
}

static enum hrtimer_restart plait_queue_timer(struct hrtimer *timer)
{
	struct plait_queue *queue = container_of(timer, struct plait_queue, timer);
	struct plait_device *plait = container_of(queue, struct plait_device, queue);

	rcu_read_lock();
	spin_lock_bh(&plait->link.lock);
	queue->armed = 0;
	spin_unlock_bh(&plait->link.lock);
	plait_queue_run(plait);
	rcu_read_unlock();
	return HRTIMER_NORESTART;
}

/* Goes on where the budget ended. */
static void plait_queue_more(struct tasklet_struct *more)
{
	struct plait_queue *queue = container_of(more, struct plait_queue, more);
	struct plait_device *plait = container_of(queue, struct plait_device, queue);
	struct plait_link *link = &plait->link;

	spin_lock(&link->lock);
	if (plait_link_control(link))
		plait_queue_update(link, queue, ktime_get_ns());
	plait_queue_send(plait);
	spin_unlock(&link->lock);
}

/**
 * plait_queue_init() - set up the queues of a device
 * @queue: zeroed memory
 */
void plait_queue_init(struct plait_queue *queue)
{
	u32 slot;

	for (slot = 0; slot < PLAIT_LEGS_MAX; slot++)
		__skb_queue_head_init(&queue->waiting[slot]);
	__skb_queue_head_init(&queue->leaving);
	tasklet_setup(&queue->more, plait_queue_more);
	hrtimer_setup(&queue->timer, plait_queue_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
}

/* What has waited longest, whatever leg it waits for; NULL when nothing waits. */
static struct sk_buff *plait_queue_take_oldest(struct plait_queue *queue, u32 *slot)
{
	struct sk_buff *oldest = NULL;
	u32 i;

	for (i = 0; i < PLAIT_LEGS_MAX; i++) {
		struct sk_buff *skb = skb_peek(&queue->waiting[i]);

		if (!skb || (oldest && (s32)(plait_queue_cb(skb)->order -
					     plait_queue_cb(oldest)->order) >= 0))
			continue;
		oldest = skb;
		*slot = i;
	}
	return oldest ? plait_queue_take(queue, *slot) : NULL;
}

/**
 * plait_queue_adopt() - another scheduler has just taken the place of one with flow control
 * @plait: the device; the lock of its link is held
 *
 * The new one knows nothing of what waits. If it has flow control, too, that is committed anew, in its
 * order; if not, it leaves by the legs that it waits for, before anything that comes later.
 */
void plait_queue_adopt(struct plait_device *plait)
{
	struct plait_queue *queue = &plait->queue;
	struct plait_link *link = &plait->link;
	struct sk_buff_head adopted;
	s64 now = ktime_get_ns();
	struct sk_buff *skb;
	u32 slot;

	lockdep_assert_held(&link->lock);
	/* Their numbers were the old one's. */
	plait_kept_clear(&queue->kept);
	__skb_queue_head_init(&adopted);
	while ((skb = plait_queue_take_oldest(queue, &slot))) {
		if (plait_link_control(link))
			__skb_queue_tail(&adopted, skb);
		else
			plait_queue_leave(queue, slot, skb);
	}
	while ((skb = __skb_dequeue(&adopted)))
		if (!plait_queue_commit(link, queue, now, skb))
			plait_queue_drop(link, skb);
	tasklet_schedule(&queue->more);
}

/**
 * plait_queue_drain() - send all that waits, each packet by the leg that it waits for
 * @plait: a device whose scheduler no longer has flow control, or that has no legs
 */
void plait_queue_drain(struct plait_device *plait)
{
	struct plait_queue *queue = &plait->queue;
	struct plait_link *link = &plait->link;
	struct sk_buff *skb;
	u32 slot;

	hrtimer_cancel(&queue->timer);
	spin_lock_bh(&link->lock);
	queue->armed = 0;
	plait_kept_clear(&queue->kept);
	while ((skb = plait_queue_take_oldest(queue, &slot)))
		plait_queue_leave(queue, slot, skb);
	while (!skb_queue_empty(&queue->leaving)) {
		plait_queue_send(plait);
		spin_unlock_bh(&link->lock);
		cond_resched();
		spin_lock_bh(&link->lock);
	}
	spin_unlock_bh(&link->lock);
	tasklet_kill(&queue->more);
}

/**
 * plait_queue_squeezed() - how often sending stopped with packets left, so that others could run
 * @plait: the device
 *
 * Return: since it was made.
 */
u64 plait_queue_squeezed(struct plait_device *plait)
{
	u64 squeezed;

	spin_lock_bh(&plait->link.lock);
	squeezed = plait->queue.squeezed;
	spin_unlock_bh(&plait->link.lock);
	return squeezed;
}
