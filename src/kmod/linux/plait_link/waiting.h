/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_WAITING_H
#define PLAIT_WAITING_H

#include <linux/skbuff.h>

#include "../../core/backlog.h"
#include "plait_link.h"

static inline struct plait_backlog plait_queue_backlog(const struct plait_queue *queue)
{
	return (struct plait_backlog){
		.waiting = queue->length,
		.leaving = skb_queue_len(&queue->leaving),
		.kept = queue->kept.count,
	};
}

bool plait_waiting_commit(struct plait_link *link, struct plait_queue *queue, s64 now,
			  struct sk_buff *skb);
void plait_waiting_repair(struct plait_link *link, struct plait_queue *queue, s64 now);
void plait_waiting_move(struct plait_link *link, struct plait_queue *queue, s64 now);
void plait_waiting_release(struct plait_link *link, struct plait_queue *queue, s64 now);
struct sk_buff *plait_waiting_take_oldest(struct plait_queue *queue, u32 *slot);

#endif /* PLAIT_WAITING_H */
