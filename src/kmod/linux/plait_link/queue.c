// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where packets, acknowledgements, time and changes come in, for schedulers with flow control: the lock is taken, what
 * may leave is released, and the queueing discipline before us is stopped and woken. The rest: waiting.c, leaving.c.
 */
#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/sch_generic.h>

#include "leaving.h"
#include "waiting.h"

/* Memory that the scheduler does not use any more is given back from so long after a packet on. */
#define PLAIT_QUEUE_TRIM HZ

/* The time for the scheduler: with the lock held, or another CPU could come first with a later one. */
static s64 plait_queue_now(const struct plait_link *link)
{
	lockdep_assert_held(&link->lock);
	return ktime_get_ns();
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
	struct plait_backlog backlog;
	bool full;

	if (queue->kept.count)
		plait_waiting_repair(link, queue, now);
	if (queue->length) {
		plait_waiting_move(link, queue, now);
		plait_waiting_release(link, queue, now);
	}
	full = control->full(link->state, now);
	if (queue->kept.count)
		plait_kept_release(&queue->kept, link);
	backlog = plait_queue_backlog(queue);
	if (plait_backlog_looks_again(&backlog, full))
		plait_queue_arm(queue, control->again(link->state, now));
	if (unlikely(!delayed_work_pending(&queue->trim)))
		schedule_delayed_work(&queue->trim, PLAIT_QUEUE_TRIM);
	switch (plait_backlog_intake(full, netif_queue_stopped(dev), full && plait_queue_can_stop(dev))) {
	case PLAIT_INTAKE_STOP:
		netif_stop_queue(dev);
		break;
	case PLAIT_INTAKE_WAKE:
		netif_wake_queue(dev);
		break;
	case PLAIT_INTAKE_KEEP:
		break;
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
	struct plait_backlog backlog;
	struct plait_leg *leg;

	if (!queue->sending && skb_queue_empty(&queue->leaving))
		return false;
	backlog = plait_queue_backlog(queue);
	leg = plait_backlog_admits(&backlog) ?
		      plait_ruled_pick(link, plait_link_rule(link, skb), plait_packet_size(skb).packets) : NULL;
	if (leg)
		plait_leaving_add(queue, leg->slot, skb);
	else
		plait_queue_drop(link, skb);
	plait_leaving_send(plait);
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
	now = plait_queue_now(link);
	if (!plait_waiting_commit(link, &plait->queue, now, skb))
		plait_queue_drop(link, skb);
	plait_queue_update(link, &plait->queue, now);
	plait_leaving_send(plait);
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
		now = plait_queue_now(link);
		ours = plait_link_control(link)->acked(link->state, now, header);
		plait_codel_follow(plait);
		plait_queue_update(link, &plait->queue, now);
		plait_leaving_send(plait);
	}
	spin_unlock(&link->lock);
	return ours;
}

/**
 * plait_leg_reported() - the far end of a leg reports what arrived
 * @leg: a leg with &plait_leg_ops.reports; in an RCU section with bottom halves off
 * @arrivals: what did
 */
void plait_leg_reported(struct plait_leg *leg, const struct plait_arrivals *arrivals)
{
	struct plait_link *link = leg->link;
	struct plait_device *plait = plait_device(link->dev);
	const struct plait_flow_control *control;
	s64 now;

	spin_lock(&link->lock);
	control = plait_link_control(link);
	if (control && link->slots[leg->slot] == leg) {
		now = plait_queue_now(link);
		control->reported(link->state, now, leg->slot, arrivals);
		plait_codel_follow(plait);
		plait_queue_update(link, &plait->queue, now);
		plait_leaving_send(plait);
	}
	spin_unlock(&link->lock);
}
EXPORT_SYMBOL_GPL(plait_leg_reported);

/**
 * plait_leg_fell_silent() - a leg runs no more; before that is reported with plait_leg_set_running(), which takes RTNL
 * @leg: the leg; in an RCU section with bottom halves off
 *
 * What waits for it, and what was in flight, leaves by others.
 */
void plait_leg_fell_silent(struct plait_leg *leg)
{
	struct plait_link *link = leg->link;
	struct plait_device *plait = plait_device(link->dev);

	spin_lock(&link->lock);
	if (link->slots[leg->slot] == leg && !plait_leg_runs(leg)) {
		plait_leg_stop(leg);
		if (plait_link_control(link)) {
			plait_queue_update(link, &plait->queue, plait_queue_now(link));
			plait_leaving_send(plait);
		}
	}
	spin_unlock(&link->lock);
}
EXPORT_SYMBOL_GPL(plait_leg_fell_silent);

/**
 * plait_queue_run() - legs changed, or time has come: look again which packets may leave
 * @plait: the device
 */
void plait_queue_run(struct plait_device *plait)
{
	struct plait_link *link = &plait->link;

	spin_lock_bh(&link->lock);
	if (plait_link_control(link)) {
		plait_queue_update(link, &plait->queue, plait_queue_now(link));
		plait_leaving_send(plait);
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

/* While there is something to give back. Whatever happens next begins anew. */
static void plait_queue_trim(struct work_struct *work)
{
	struct plait_queue *queue = container_of(to_delayed_work(work), struct plait_queue, trim);
	struct plait_device *plait = container_of(queue, struct plait_device, queue);
	struct plait_link *link = &plait->link;
	s64 now, again = PLAIT_NEVER;

	spin_lock_bh(&link->lock);
	now = plait_queue_now(link);
	if (plait_link_control(link)) {
		again = plait_link_control(link)->trim(link->state, now);
		plait_kept_release(&queue->kept, link);
	}
	if (again != PLAIT_NEVER)
		schedule_delayed_work(&queue->trim, nsecs_to_jiffies(again - now));
	spin_unlock_bh(&link->lock);
}

/* Goes on where the budget ended. */
static void plait_queue_more(struct tasklet_struct *more)
{
	struct plait_queue *queue = container_of(more, struct plait_queue, more);
	struct plait_device *plait = container_of(queue, struct plait_device, queue);
	struct plait_link *link = &plait->link;

	spin_lock(&link->lock);
	if (plait_link_control(link))
		plait_queue_update(link, queue, plait_queue_now(link));
	plait_leaving_send(plait);
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
	INIT_DEFERRABLE_WORK(&queue->trim, plait_queue_trim);
	hrtimer_setup(&queue->timer, plait_queue_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
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
	s64 now = plait_queue_now(link);
	struct sk_buff_head adopted;
	struct sk_buff *skb;
	u32 slot;

	/* Their numbers were the old one's. */
	plait_kept_clear(&queue->kept);
	__skb_queue_head_init(&adopted);
	while ((skb = plait_waiting_take_oldest(queue, &slot))) {
		if (plait_link_control(link))
			__skb_queue_tail(&adopted, skb);
		else
			plait_leaving_add(queue, slot, skb);
	}
	while ((skb = __skb_dequeue(&adopted)))
		if (!plait_waiting_commit(link, queue, now, skb))
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
	while ((skb = plait_waiting_take_oldest(queue, &slot)))
		plait_leaving_add(queue, slot, skb);
	while (!skb_queue_empty(&queue->leaving)) {
		plait_leaving_send(plait);
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
