/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_LEAVING_H
#define PLAIT_LEAVING_H

#include <linux/skbuff.h>

#include "plait_link.h"

/**
 * struct plait_queue_cb - what we remember of a packet, in its control block
 * @number: see &struct plait_packet_number
 * @order: grows from packet to packet that waits
 * @slot: of the leg by which it leaves. Not the leg itself, which may be gone when it leaves
 * @repeated: see &plait_offer.repeated
 * @copied: see &plait_offer.copied
 */
struct plait_queue_cb {
	struct plait_packet_number number;
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

void plait_queue_drop(struct plait_link *link, struct sk_buff *skb);
void plait_leaving_add(struct plait_queue *queue, u32 slot, struct sk_buff *skb);
void plait_leaving_add_copy(struct plait_queue *queue, struct plait_leg *leg, struct sk_buff *copy);
void plait_leaving_send(struct plait_device *plait);

#endif /* PLAIT_LEAVING_H */
