// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that wait for room in their leg, for schedulers with flow control. Everything here is called with the link's
 * lock held; what is decided by how much waits is in ../../core/backlog.h.
 */
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "leaving.h"
#include "waiting.h"

static void plait_read_packet(const struct sk_buff *skb, const struct plait_rule *rule, struct plait_offer *packet)
{
	packet->treatment = rule ? &rule->treatment : NULL;
	packet->bytes = skb->len;
	packet->avoid = 0;
	packet->flow = PLAIT_OFFER_NO_FLOW;
	if (!plait_not_tcp(skb) && plait_read_segment(skb, &packet->header))
		return;
	packet->header.seq = 0;
	packet->header.end = 0;
	packet->header.flags = 0;
}

/* Which legs had better not carry a packet: see quiet.c. It is of no use to look more than once a jiffy. */
static u32 plait_queue_avoid(const struct plait_link *link, struct plait_queue *queue,
			     const struct plait_offer *packet)
{
	unsigned long now = jiffies;

	if (plait_header_takes(&packet->header) || packet->bytes > PLAIT_SMALL_PACKET)
		return 0;
	if (queue->quiet_at != now) {
		queue->quiet = plait_quiet_slots(link);
		queue->quiet_at = now;
	}
	return queue->quiet;
}

/* A copy leaves, or what is sent again; frees it when there is no leg. */
static void plait_queue_leave_again(struct plait_queue *queue, struct plait_leg *leg, u32 serial,
				    struct sk_buff *copy)
{
	if (copy) {
		plait_packet_number(copy)->serial = serial;
		plait_packet_number(copy)->overtaking = true;
	}
	plait_leaving_add_copy(queue, leg, copy);
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

static void plait_queue_copy(struct plait_link *link, struct plait_queue *queue, u32 slot, u32 serial,
			     struct sk_buff *skb)
{
	struct plait_leg *leg = plait_queue_leg(link, slot);
	struct sk_buff *copy = leg ? skb_clone(skb, GFP_ATOMIC) : NULL;

	plait_queue_leave_again(queue, leg, serial, copy);
}

/* Is the far end to put a packet in order behind those before it of its flow? */
static bool plait_queue_orders(const struct plait_offer *packet, bool only_acks)
{
	return !only_acks && !(packet->treatment && packet->treatment->unordered);
}

/*
 * Its place in the order of the link, when it first comes. Acknowledgements wait for nobody, and leave before what
 * waits; what has a place already was to leave by another leg.
 */
static void plait_queue_number(struct plait_link *link, struct plait_queue *queue, u32 slot,
			       const struct plait_offer *packet, bool only_acks, struct sk_buff *skb)
{
	struct plait_packet_number *number = plait_packet_number(skb);
	struct plait_leg *leg = link->slots[slot];

	if (number->numbered)
		number->overtaking = true;
	else if (leg && leg->ops->number)
		leg->ops->number(leg, skb, plait_queue_orders(packet, only_acks));
	if (only_acks && !skb_queue_empty(&queue->waiting[slot]))
		number->overtaking = true;
}

/* The first packet of a leg's queue leaves. */
static void plait_queue_sent(struct plait_link *link, struct plait_queue *queue, s64 now,
			     struct plait_leg *leg, struct plait_rule *rule, struct plait_offer *packet,
			     struct sk_buff *skb)
{
	int number = plait_link_control(link)->sent(link->state, now, leg->slot, packet);

	if (unlikely(rule))
		plait_rule_left(rule, leg->slot, rule->treatment.twice && packet->copy >= 0);
	plait_packet_number(skb)->serial = packet->serial;
	if (number >= 0)
		plait_kept_add(&queue->kept, number, skb);
	plait_leaving_add(queue, leg->slot, skb);
	if (unlikely(packet->copy >= 0))
		plait_queue_copy(link, queue, packet->copy, packet->copy_serial, skb);
}

/**
 * plait_waiting_repair() - what is lost leaves again; when that is much, the tasklet goes on
 * @link: the link, its lock held
 * @queue: its queue
 * @now: ns
 */
void plait_waiting_repair(struct plait_link *link, struct plait_queue *queue, s64 now)
{
	u32 budget = PLAIT_BACKLOG_BUDGET;
	struct plait_again again;
	int slot;

	while ((slot = plait_link_control(link)->repair(link->state, now, &again)) >= 0) {
		struct sk_buff *copy = plait_kept_take(&queue->kept, again.number);

		plait_queue_leave_again(queue, plait_queue_leg(link, slot), again.serial, copy);
		if (!--budget) {
			queue->squeezed++;
			tasklet_schedule(&queue->more);
			break;
		}
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

/**
 * plait_waiting_commit() - give a packet to a leg, or to the queue of one while it has no room
 * @link: the link, its lock held
 * @queue: its queue
 * @now: ns
 * @skb: the packet
 *
 * Return: false when there is no leg, or too much waits: the packet is the caller's.
 */
bool plait_waiting_commit(struct plait_link *link, struct plait_queue *queue, s64 now,
			  struct sk_buff *skb)
{
	const struct plait_flow_control *control = plait_link_control(link);
	struct plait_backlog backlog = plait_queue_backlog(queue);
	struct plait_offer *packet = &queue->offered;
	struct plait_rule *rule = plait_link_rule(link, skb);
	bool only_acks, has_room;
	struct plait_leg *leg;
	int slot, copy;

	if (!plait_backlog_admits(&backlog))
		return false;
	plait_read_packet(skb, rule, packet);
	packet->avoid = plait_queue_avoid(link, queue, packet);
	slot = control->commit(link->state, now, packet, &copy);
	if (slot < 0) {
		if (rule)
			rule->dropped++;
		return false;
	}
	/*
	 * Enough wait here only when their sender goes on. It is held back by the queueing
	 * discipline before us, where what it has sent counts as its own.
	 */
	skb_orphan(skb);
	if (copy >= 0)
		plait_queue_copy(link, queue, copy, 0, skb);
	/*
	 * Mostly nothing waits, and the packet needs not to either. Acknowledgements never do:
	 * see plait_select_queue().
	 */
	only_acks = plait_header_only_acks(&packet->header);
	plait_queue_number(link, queue, slot, packet, only_acks, skb);
	has_room = !only_acks && !backlog.waiting && control->next(link->state, now) == slot;
	if (plait_backlog_passes(&backlog, only_acks, has_room)) {
		leg = plait_queue_leg(link, slot);
		if (likely(leg)) {
			plait_queue_sent(link, queue, now, leg, rule, packet, skb);
			return true;
		}
	}
	plait_queue_wait(queue, slot, packet, skb);
	return true;
}

static struct sk_buff *plait_waiting_take(struct plait_queue *queue, u32 slot)
{
	struct sk_buff *skb = __skb_dequeue(&queue->waiting[slot]);

	if (!WARN_ON_ONCE(!skb))
		queue->length--;
	return skb;
}

/**
 * plait_waiting_move() - what waits for legs that are not used any more gets other legs, in its order
 * @link: the link, its lock held
 * @queue: its queue
 * @now: ns
 */
void plait_waiting_move(struct plait_link *link, struct plait_queue *queue, s64 now)
{
	const struct plait_flow_control *control = plait_link_control(link);
	struct sk_buff_head moving;
	struct sk_buff *skb;
	int slot;

	__skb_queue_head_init(&moving);
	while ((slot = control->stranded(link->state)) >= 0) {
		skb = plait_waiting_take(queue, slot);
		if (!skb)
			break;
		control->withdrawn(link->state, slot, skb->len);
		__skb_queue_tail(&moving, skb);
	}
	while ((skb = __skb_dequeue(&moving)))
		if (!plait_waiting_commit(link, queue, now, skb))
			plait_queue_drop(link, skb);
}

/**
 * plait_waiting_release() - what has room leaves; when that is much, the tasklet goes on
 * @link: the link, its lock held
 * @queue: its queue
 * @now: ns
 */
void plait_waiting_release(struct plait_link *link, struct plait_queue *queue, s64 now)
{
	const struct plait_flow_control *control = plait_link_control(link);
	u32 budget = PLAIT_BACKLOG_BUDGET;
	struct plait_offer packet;
	int slot;

	while ((slot = control->next(link->state, now)) >= 0) {
		struct plait_leg *leg = plait_queue_leg(link, slot);
		struct plait_rule *rule;
		struct sk_buff *skb;

		if (!leg) {
			plait_waiting_move(link, queue, now);
			continue;
		}
		if (!budget--) {
			queue->squeezed++;
			tasklet_schedule(&queue->more);
			break;
		}
		skb = plait_waiting_take(queue, slot);
		if (!skb)
			break;
		rule = plait_link_rule(link, skb);
		plait_read_packet(skb, rule, &packet);
		packet.repeated = plait_queue_cb(skb)->repeated;
		packet.copied = plait_queue_cb(skb)->copied;
		plait_queue_sent(link, queue, now, leg, rule, &packet, skb);
	}
}

/**
 * plait_waiting_take_oldest() - take out what has waited longest, whatever leg it waits for
 * @queue: the queue; the lock of its link is held
 * @slot: filled in with that of the leg
 *
 * Return: NULL when nothing waits.
 */
struct sk_buff *plait_waiting_take_oldest(struct plait_queue *queue, u32 *slot)
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
	return oldest ? plait_waiting_take(queue, *slot) : NULL;
}
