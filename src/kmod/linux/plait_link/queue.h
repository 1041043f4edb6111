/* SPDX-License-Identifier: GPL-2.0-only */
/* Between queue.c, waiting.c and leaving.c, in this order; one section a file. */
#ifndef PLAIT_QUEUE_H
#define PLAIT_QUEUE_H

#include <linux/skbuff.h>

#include "../../core/backlog.h"
#include "plait_link.h"

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

static inline struct plait_queue_cb *plait_queue_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct plait_queue_cb) > sizeof(skb->cb));
	return (struct plait_queue_cb *)skb->cb;
}

static inline struct plait_backlog plait_queue_backlog(const struct plait_queue *queue)
{
	return (struct plait_backlog){
		.waiting = queue->length,
		.leaving = skb_queue_len(&queue->leaving),
		.kept = queue->kept.count,
	};
}

/* waiting.c */
bool plait_waiting_commit(struct plait_link *link, struct plait_queue *queue, s64 now,
			  struct sk_buff *skb);
void plait_waiting_repair(struct plait_link *link, struct plait_queue *queue, s64 now);
void plait_waiting_move(struct plait_link *link, struct plait_queue *queue, s64 now);
void plait_waiting_release(struct plait_link *link, struct plait_queue *queue, s64 now);
struct sk_buff *plait_waiting_take_oldest(struct plait_queue *queue, u32 *slot);

/* leaving.c */
void plait_queue_drop(struct plait_link *link, struct sk_buff *skb);
void plait_leaving_add(struct plait_queue *queue, u32 slot, struct sk_buff *skb);
void plait_leaving_add_copy(struct plait_queue *queue, struct plait_leg *leg, struct sk_buff *copy);
void plait_leaving_send(struct plait_device *plait);

#endif /* PLAIT_QUEUE_H */
