// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holding, resolving and taking look at a number of packets that is bounded by the depth of the
 * forest: sets are joined by size, so that it is at most 9 with 600 packets. Many that wait for the
 * same, as a hostile far end may have it, are a list that is moved as a whole.
 */
#include "order-waiting.h"

/* Test builds count how many packets a call looks at. */
#ifndef PLAIT_COUNT_VISIT
#define PLAIT_COUNT_VISIT() do { } while (0)
#endif

static struct plait_order_waiter *plait_order_waiter(const struct plait_order_waiting *waiting,
						     u32 number)
{
	PLAIT_COUNT_VISIT();
	return &waiting->chunks[(number - 1) / PLAIT_ORDER_CHUNK][(number - 1) % PLAIT_ORDER_CHUNK];
}

/* --- Lists --- */

/* Puts one list behind another; both by their last, which is 0 for an empty one. */
static void plait_order_append(const struct plait_order_waiting *waiting, u16 *list, u16 last)
{
	struct plait_order_waiter *end, *begin;
	u16 first;

	if (!last)
		return;
	if (*list) {
		end = plait_order_waiter(waiting, *list);
		begin = plait_order_waiter(waiting, last);
		first = end->next;
		end->next = begin->next;
		begin->next = first;
	}
	*list = last;
}

static void plait_order_append_one(const struct plait_order_waiting *waiting, u16 *list, u16 number)
{
	plait_order_waiter(waiting, number)->next = number;
	plait_order_append(waiting, list, number);
}

/* Takes the first out of a list that is not empty. */
static u16 plait_order_remove_first(const struct plait_order_waiting *waiting, u16 *list)
{
	struct plait_order_waiter *last = plait_order_waiter(waiting, *list);
	u16 first = last->next;

	if (first == *list)
		*list = 0;
	else
		last->next = plait_order_waiter(waiting, first)->next;
	return first;
}

/* --- Memory --- */

static bool plait_order_map(struct plait_order_waiting *waiting)
{
	if (!waiting->at)
		waiting->at = plait_alloc(PLAIT_ORDER_RING * sizeof(*waiting->at));
	if (!waiting->awaited)
		waiting->awaited = plait_alloc(PLAIT_ORDER_WORDS * sizeof(*waiting->awaited));
	return waiting->at && waiting->awaited;
}

/* A number for a packet; 0 when there is none. */
static u16 plait_order_number_unused(struct plait_order_waiting *waiting)
{
	struct plait_order_waiter **chunk;

	if (waiting->unused)
		return plait_order_remove_first(waiting, &waiting->unused);
	if (waiting->fresh == PLAIT_ORDER_CHUNK * PLAIT_ORDER_CHUNKS)
		return 0;
	chunk = &waiting->chunks[waiting->fresh / PLAIT_ORDER_CHUNK];
	if (!*chunk)
		*chunk = plait_alloc(PLAIT_ORDER_CHUNK * sizeof(**chunk));
	return *chunk ? ++waiting->fresh : 0;
}

void plait_order_waiting_free(struct plait_order_waiting *waiting)
{
	u32 i;

	plait_free(waiting->at);
	plait_free(waiting->awaited);
	waiting->at = NULL;
	waiting->awaited = NULL;
	for (i = 0; i < PLAIT_ORDER_CHUNKS; i++) {
		plait_free(waiting->chunks[i]);
		waiting->chunks[i] = NULL;
	}
	waiting->fresh = 0;
	waiting->unused = 0;
}

/* --- By position --- */

static u16 *plait_order_at(const struct plait_order_waiting *waiting, u32 position)
{
	return &waiting->at[position % PLAIT_ORDER_RING];
}

static bool plait_order_awaited(const struct plait_order_waiting *waiting, u32 position)
{
	u32 place = position % PLAIT_ORDER_RING;

	return waiting->awaited && waiting->awaited[place / 32] & 1U << place % 32;
}

static void plait_order_set_awaited(struct plait_order_waiting *waiting, u32 position, bool awaited)
{
	u32 place = position % PLAIT_ORDER_RING, word = place / 32;

	if (awaited)
		waiting->awaited[word] |= 1U << place % 32;
	else
		waiting->awaited[word] &= ~(1U << place % 32);
	if (waiting->awaited[word])
		waiting->words[word / 32] |= 1U << word % 32;
	else
		waiting->words[word / 32] &= ~(1U << word % 32);
}

static u16 plait_order_packet_at(const struct plait_order_waiting *waiting, u32 position)
{
	const struct plait_order_waiter *waiter;
	u16 number;

	if (!waiting->at)
		return 0;
	number = *plait_order_at(waiting, position);
	if (!number)
		return 0;
	waiter = plait_order_waiter(waiting, number);
	return waiter->packet && waiter->position == position ? number : 0;
}

bool plait_order_waits_at(const struct plait_order_waiting *waiting, u32 position)
{
	return plait_order_packet_at(waiting, position);
}

bool plait_order_lowest_hole(const struct plait_order_waiting *waiting, u32 base, u32 *hole)
{
	u32 first = base % PLAIT_ORDER_RING / 32, before = (1U << first % 32) - 1, i;

	for (i = 0; i <= PLAIT_ORDER_WORDS / 32; i++) {
		u32 part = (first / 32 + i) % (PLAIT_ORDER_WORDS / 32);
		u32 words = waiting->words[part], word, place;

		/*
		 * The part that the range begins in is looked at twice: what is behind, and at last
		 * what is before.
		 */
		if (i == 0)
			words &= ~before;
		else if (i == PLAIT_ORDER_WORDS / 32)
			words &= before;
		if (!words)
			continue;
		word = part * 32 + __builtin_ctz(words);
		place = word * 32 + __builtin_ctz(waiting->awaited[word]);
		*hole = base + (place - base) % PLAIT_ORDER_RING;
		return true;
	}
	return false;
}

/* --- Sets --- */

static u16 plait_order_root(const struct plait_order_waiting *waiting, u16 number)
{
	const struct plait_order_waiter *waiter = plait_order_waiter(waiting, number);

	while (waiter->parent != number) {
		number = waiter->parent;
		waiter = plait_order_waiter(waiting, number);
	}
	return number;
}

/* Joins two sets, by their roots; gives the root of both. */
static u16 plait_order_join(const struct plait_order_waiting *waiting, u16 a, u16 b)
{
	struct plait_order_waiter *first = plait_order_waiter(waiting, a);
	struct plait_order_waiter *second = plait_order_waiter(waiting, b);

	if (first->size < second->size) {
		first->parent = b;
		second->size += first->size;
		return b;
	}
	second->parent = a;
	first->size += second->size;
	return a;
}

/* What waited for the hole that a packet fills waits for the packet. */
static void plait_order_fill(struct plait_order_waiting *waiting, u32 position, u16 number)
{
	if (plait_order_awaited(waiting, position)) {
		u16 last = *plait_order_at(waiting, position);

		plait_order_waiter(waiting, number)->waits = last;
		plait_order_join(waiting, number, plait_order_root(waiting, last));
		plait_order_set_awaited(waiting, position, false);
	}
	*plait_order_at(waiting, position) = number;
}

/* A packet, and all that waits for it, waits for what is at a position. */
static void plait_order_await(struct plait_order_waiting *waiting, u32 position, u16 number)
{
	u16 packet = plait_order_packet_at(waiting, position);
	u16 root = plait_order_root(waiting, number);
	u32 hole = position;

	if (packet) {
		struct plait_order_waiter *before = plait_order_waiter(waiting, packet);
		u16 other = plait_order_root(waiting, packet);

		hole = plait_order_waiter(waiting, other)->hole;
		plait_order_append_one(waiting, &before->waits, number);
		root = plait_order_join(waiting, root, other);
	} else if (plait_order_awaited(waiting, position)) {
		u16 other = plait_order_root(waiting, *plait_order_at(waiting, position));

		plait_order_append_one(waiting, plait_order_at(waiting, position), number);
		root = plait_order_join(waiting, root, other);
	} else {
		*plait_order_at(waiting, position) = 0;
		plait_order_append_one(waiting, plait_order_at(waiting, position), number);
		plait_order_set_awaited(waiting, position, true);
	}
	plait_order_waiter(waiting, root)->hole = hole;
}

/* --- In order of arrival --- */

static void plait_order_enqueue(struct plait_order_waiting *waiting, u16 number)
{
	struct plait_order_waiter *waiter = plait_order_waiter(waiting, number), *older;

	waiter->older = waiting->newest;
	waiter->newer = 0;
	if (waiting->newest) {
		older = plait_order_waiter(waiting, waiting->newest);
		older->newer = number;
		if (waiter->deadline < older->deadline)
			waiter->deadline = older->deadline;
	} else {
		waiting->oldest = number;
	}
	waiting->newest = number;
	waiting->count++;
}

static void plait_order_dequeue(struct plait_order_waiting *waiting,
				const struct plait_order_waiter *waiter)
{
	if (waiter->older)
		plait_order_waiter(waiting, waiter->older)->newer = waiter->newer;
	else
		waiting->oldest = waiter->newer;
	if (waiter->newer)
		plait_order_waiter(waiting, waiter->newer)->older = waiter->older;
	else
		waiting->newest = waiter->older;
	waiting->count--;
}

const struct plait_order_waiter *plait_order_oldest(const struct plait_order_waiting *waiting)
{
	return plait_order_waiter(waiting, waiting->oldest);
}

u32 plait_order_oldest_hole(const struct plait_order_waiting *waiting)
{
	u16 root = plait_order_root(waiting, waiting->oldest);

	return plait_order_waiter(waiting, root)->hole;
}

/* --- What comes and leaves --- */

bool plait_order_hold(struct plait_order_waiting *waiting, u32 position, u32 after, s64 deadline,
		      void *packet)
{
	struct plait_order_waiter *waiter;
	u16 number;

	if (!plait_order_map(waiting))
		return false;
	number = plait_order_number_unused(waiting);
	if (!number)
		return false;
	waiter = plait_order_waiter(waiting, number);
	waiter->packet = packet;
	waiter->deadline = deadline;
	waiter->position = position;
	waiter->after = after;
	waiter->waits = 0;
	waiter->parent = number;
	waiter->size = 1;
	plait_order_enqueue(waiting, number);
	plait_order_fill(waiting, position, number);
	plait_order_await(waiting, position - after, number);
	return true;
}

u32 plait_order_resolve(struct plait_order_waiting *waiting, u32 position)
{
	u16 last, root;

	if (!plait_order_awaited(waiting, position))
		return 0;
	last = *plait_order_at(waiting, position);
	root = plait_order_root(waiting, last);
	plait_order_set_awaited(waiting, position, false);
	*plait_order_at(waiting, position) = 0;
	plait_order_append(waiting, &waiting->ready, last);
	return plait_order_waiter(waiting, root)->size;
}

void *plait_order_take(struct plait_order_waiting *waiting)
{
	struct plait_order_waiter *waiter;
	void *packet;
	u16 number;

	if (!waiting->ready)
		return NULL;
	number = plait_order_remove_first(waiting, &waiting->ready);
	waiter = plait_order_waiter(waiting, number);
	packet = waiter->packet;
	waiter->packet = NULL;
	plait_order_append(waiting, &waiting->ready, waiter->waits);
	plait_order_dequeue(waiting, waiter);
	plait_order_append_one(waiting, &waiting->spent, number);
	if (!waiting->ready) {
		plait_order_append(waiting, &waiting->unused, waiting->spent);
		waiting->spent = 0;
	}
	return packet;
}
