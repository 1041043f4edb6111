/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packets that wait for order.c. Each waits for one sequence: a hole, which nobody has seen, or
 * a packet that waits itself. So what waits forms trees with a hole at the root of each; when the
 * hole is filled, or given up, its whole tree leaves, in order. A tree is one set of a disjoint-set
 * forest, by which the hole of any packet is found.
 *
 * Positions are sequences, counted without wrapping. All that are waited for lie in a range of
 * PLAIT_ORDER_REACH, which the caller keeps.
 */
#ifndef PLAIT_CORE_UDP_ORDER_WAITING_H
#define PLAIT_CORE_UDP_ORDER_WAITING_H

#include "order.h"

/* A word of bits less than the ring: it never holds bits of both ends. */
#define PLAIT_ORDER_REACH (PLAIT_ORDER_RING - 32)
#define PLAIT_ORDER_WORDS (PLAIT_ORDER_RING / 32)

/*
 * Packets in one piece of memory, 4000 bytes, and pieces: some more than may wait, for those that
 * are about to leave.
 */
#define PLAIT_ORDER_CHUNK 100
#define PLAIT_ORDER_CHUNKS 6

/**
 * struct plait_order_waiter - a packet that waits. Others are named by number, from 1 on; 0: none
 * @packet: the caller's; NULL when it has left
 * @deadline: when it is to leave, whatever is missing, ns
 * @position: of it
 * @after: how far before that is what it waits for
 * @hole: what its set waits for; of the root of a set
 * @waits: last of those that wait for it
 * @next: another one in the same list: of those that wait for the same, of those that are to
 *	leave, or of unused numbers; lists are circular, and known by their last
 * @older: arrived before it
 * @newer: arrived after it
 * @parent: in the forest; itself: root of a set
 * @size: of the set; of its root
 */
struct plait_order_waiter {
	void *packet;
	s64 deadline;
	u32 position;
	u32 hole;
	u16 after;
	u16 waits;
	u16 next;
	u16 older;
	u16 newer;
	u16 parent;
	u16 size;
};

/**
 * struct plait_order_waiting - all of them
 * @at: by position: the packet that is there, or the last that waits for the hole that is there;
 *	may be of old, which is seen at the packet
 * @awaited: by position: it is a hole that is waited for
 * @words: which words of @awaited are not 0
 * @chunks: the packets
 * @fresh: numbers that were ever used
 * @unused: last of those that are free again
 * @spent: last of those whose packets have left, while others of their set have not: roots stay
 * @ready: last of those that are to leave
 * @oldest: first in order of arrival, which is that of deadlines, too
 * @newest: last
 * @count: how many wait, or are to leave
 */
struct plait_order_waiting {
	u16 *at;
	u32 *awaited;
	u32 words[PLAIT_ORDER_WORDS / 32];
	struct plait_order_waiter *chunks[PLAIT_ORDER_CHUNKS];
	u16 fresh;
	u16 unused;
	u16 spent;
	u16 ready;
	u16 oldest;
	u16 newest;
	u32 count;
};

/* Is there any memory to give back? */
static inline bool plait_order_has_memory(const struct plait_order_waiting *waiting)
{
	return waiting->at || waiting->awaited;
}

/* Nothing waits: give back all memory. */
void plait_order_waiting_free(struct plait_order_waiting *waiting);

/* Does the packet at a position wait? */
bool plait_order_waits_at(const struct plait_order_waiting *waiting, u32 position);

/* The lowest hole that is waited for, from @base on; false when there is none. */
bool plait_order_lowest_hole(const struct plait_order_waiting *waiting, u32 base, u32 *hole);

/* The packet that has waited longest; one waits. */
const struct plait_order_waiter *plait_order_oldest(const struct plait_order_waiting *waiting);

/* The hole that it waits for. */
u32 plait_order_oldest_hole(const struct plait_order_waiting *waiting);

/**
 * plait_order_hold() - have a packet wait
 * @waiting: all
 * @position: of the packet; nothing was there before
 * @after: how far before it is what it waits for, at least 1; a hole, or a packet that waits
 * @deadline: ns; is put off to that of the newest, if that is later
 * @packet: the packet
 *
 * Return: false without memory; nothing has changed then.
 */
bool plait_order_hold(struct plait_order_waiting *waiting, u32 position, u32 after, s64 deadline,
		      void *packet);

/**
 * plait_order_resolve() - what waits for a position waits no longer
 * @waiting: all
 * @position: a hole that is filled, or given up, or not waited for at all
 *
 * Return: how many packets are to leave by that.
 */
u32 plait_order_resolve(struct plait_order_waiting *waiting, u32 position);

/* The next packet that is to leave, and its position; NULL when there is none. */
void *plait_order_take(struct plait_order_waiting *waiting);

#endif /* PLAIT_CORE_UDP_ORDER_WAITING_H */
