// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resequencing by dependency. A packet is delivered at once when what it comes after has been
 * delivered or given up; else it waits (order-waiting.c). What is missing is given up when
 *
 *	it is lost	all legs have brought something from behind it (RFC 1990, 4.1), a grace time
 *			ago if legs reorder (order-legs.c)
 *	it expires	one that waits for it has waited until its deadline
 *	it overflows	too many wait, or the ring has come around
 *
 * A deadline is fixed when a packet arrives. No arrival puts it off, and none is needed for it.
 *
 * Positions are sequences that do not wrap at 24 bits. The ring covers those from &plait_order.base
 * to &plait_order.end. A sequence from far beyond it begins it anew, at once: what waits is
 * released, and nothing is held for what was skipped.
 *
 * A call that arrives or gives up only says what is to leave; plait_order_release() finds the
 * packets one by one, each by a bounded look.
 */
#include "order.h"
#include "order-legs.h"
#include "order-waiting.h"

#ifndef PLAIT_COUNT_VISIT
#define PLAIT_COUNT_VISIT() do { } while (0)
#endif

/* So many in a row from far behind the ring: the far end counts from there now. */
#define PLAIT_ORDER_STRANGERS 8

/* Memory that was of no use for this long is given back. */
#define PLAIT_ORDER_TRIM PLAIT_S

/*
 * Points in time at which something is lost: a quarter of the grace time apart, so that five cover
 * it.
 */
#define PLAIT_ORDER_MARKS 8

/*
 * Holes that one arrival may push out of the ring, and words of the ring that it may count losses
 * in.
 */
#define PLAIT_ORDER_PUSHED 2
#define PLAIT_ORDER_COUNTED 16

/**
 * struct plait_order_seen - of each position of the ring
 * @arrived: it has come
 * @given_up: it had not when somebody's deadline came, or the buffer was full
 */
struct plait_order_seen {
	u32 arrived[PLAIT_ORDER_WORDS];
	u32 given_up[PLAIT_ORDER_WORDS];
};

/**
 * struct plait_order_mark - what will be lost
 * @position: all that is missing before it
 * @due: when, ns
 */
struct plait_order_mark {
	u32 position;
	s64 due;
};

/**
 * struct plait_order - the receiver
 * @legs: what is known of them
 * @waiting: packets that wait
 * @seen: NULL while there is nothing to remember: then @base is @end
 * @base: first position of the ring
 * @end: behind the last that arrived
 * @lost: what is missing before it is lost
 * @counted: up to there, lost ones have been counted
 * @marks: a queue
 * @first_mark: of it
 * @marks_used: how many
 * @restarting: once all that waits has left, begin anew, at
 * @restart_at: this position
 * @strangers: packets in a row from far behind the ring
 * @now: of the last call, ns
 * @trim_at: when to look whether memory is used; 0: there is none
 * @in_use: packets came, by several legs, since the last such look
 * @has_held: some waited
 * @counters: for status
 */
struct plait_order {
	struct plait_order_legs legs;
	struct plait_order_waiting waiting;
	struct plait_order_seen *seen;
	u32 base;
	u32 end;
	u32 lost;
	u32 counted;
	struct plait_order_mark marks[PLAIT_ORDER_MARKS];
	u32 first_mark;
	u32 marks_used;
	bool restarting;
	u32 restart_at;
	u32 strangers;
	s64 now;
	s64 trim_at;
	bool in_use;
	bool has_held;
	struct plait_order_counters counters;
};

void plait_order_number(struct plait_order_sender *sender, u32 hash, bool ordered,
			struct plait_udp_header *header)
{
	u32 *last = &sender->last[hash % PLAIT_ORDER_FLOWS];
	u32 distance = sender->next + 1 - *last;

	header->sequence = sender->next & PLAIT_UDP_SEQUENCE_MASK;
	header->after = ordered && *last && distance <= 0xffff ? distance : 0;
	sender->next++;
	if (ordered)
		*last = sender->next;
}

struct plait_order *plait_order_new(void)
{
	return plait_alloc(sizeof(struct plait_order));
}

void plait_order_free(struct plait_order *order)
{
	if (!order)
		return;
	plait_order_waiting_free(&order->waiting);
	plait_order_legs_free(&order->legs);
	plait_free(order->seen);
	plait_free(order);
}

const struct plait_order_counters *plait_order_counters(const struct plait_order *order)
{
	return &order->counters;
}

/* --- Positions --- */

static bool plait_order_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* The position nearest to the end that has these 24 bits. */
static u32 plait_order_position(const struct plait_order *order, u32 sequence)
{
	u32 distance = (sequence - order->end) & PLAIT_UDP_SEQUENCE_MASK;

	if (distance > PLAIT_UDP_SEQUENCE_MASK / 2)
		distance -= PLAIT_UDP_SEQUENCE_MASK + 1;
	return order->end + distance;
}

static bool plait_order_bit(const u32 *bits, u32 position)
{
	u32 place = position % PLAIT_ORDER_RING;

	return bits[place / 32] & 1U << place % 32;
}

static void plait_order_set_bit(u32 *bits, u32 position)
{
	u32 place = position % PLAIT_ORDER_RING;

	bits[place / 32] |= 1U << place % 32;
}

/* It is missing, and not waited for any more. */
static bool plait_order_is_given_up(const struct plait_order *order, u32 position)
{
	if (plait_order_bit(order->seen->arrived, position))
		return false;
	return plait_order_before(position, order->lost) ||
	       plait_order_bit(order->seen->given_up, position);
}

/* Nothing before the end is remembered. */
static void plait_order_forget(struct plait_order *order, u32 end)
{
	plait_free(order->seen);
	order->seen = NULL;
	order->base = end;
	order->end = end;
	order->lost = end;
	order->counted = end;
	order->marks_used = 0;
}

/* --- Beginning anew --- */

static void plait_order_restart(struct plait_order *order, u32 at)
{
	plait_order_legs_restart(&order->legs, false);
	if (order->waiting.count) {
		order->restarting = true;
		order->restart_at = at;
		return;
	}
	order->restarting = false;
	order->strangers = 0;
	plait_order_forget(order, at);
}

void plait_order_flush(struct plait_order *order)
{
	plait_order_legs_restart(&order->legs, true);
	plait_order_restart(order, 0);
}

/*
 * Is a position too far away to belong to the ring? Then it has begun anew there, or will if that
 * goes on.
 */
static bool plait_order_strange(struct plait_order *order, u32 position)
{
	if (!plait_order_before(position, order->end + PLAIT_ORDER_REACH)) {
		plait_order_restart(order, position + 1);
		return true;
	}
	if (!plait_order_before(position, order->base - PLAIT_ORDER_RING)) {
		order->strangers = 0;
		return false;
	}
	if (++order->strangers >= PLAIT_ORDER_STRANGERS)
		plait_order_restart(order, position + 1);
	return true;
}

/* --- What is lost --- */

static u32 plait_order_bits_of(u32 word)
{
	word -= word >> 1 & 0x55555555;
	word = (word & 0x33333333) + (word >> 2 & 0x33333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f;
	return word * 0x01010101 >> 24;
}

/* Counts some of what is missing before &plait_order.lost; later calls count the rest. */
static void plait_order_count_lost(struct plait_order *order)
{
	u32 words;

	for (words = 0; words < PLAIT_ORDER_COUNTED && order->counted != order->lost; words++) {
		u32 word = order->counted % PLAIT_ORDER_RING / 32;
		u32 first = order->counted % 32, count = 32 - first;
		u32 missing = ~(order->seen->arrived[word] | order->seen->given_up[word]) >> first;

		PLAIT_COUNT_VISIT();
		if (count > order->lost - order->counted) {
			count = order->lost - order->counted;
			missing &= (1U << count) - 1;
		}
		order->counters.lost += plait_order_bits_of(missing);
		order->counted += count;
	}
}

static void plait_order_set_lost(struct plait_order *order, u32 position)
{
	if (plait_order_before(order->lost, position))
		order->lost = position;
}

static struct plait_order_mark *plait_order_mark(struct plait_order *order, u32 number)
{
	return &order->marks[(order->first_mark + number) % PLAIT_ORDER_MARKS];
}

/*
 * All that is missing before a position will be lost after the grace time, and at most a quarter of
 * it more.
 */
static void plait_order_add_mark(struct plait_order *order, u32 position, s64 grace)
{
	struct plait_order_mark *last = NULL, *mark;

	if (order->marks_used)
		last = plait_order_mark(order, order->marks_used - 1);
	if (last && !plait_order_before(last->position, position))
		return;
	if (last && (last->due >= order->now + grace || order->marks_used == PLAIT_ORDER_MARKS)) {
		last->position = position;
		if (last->due < order->now + grace)
			last->due = order->now + grace;
		return;
	}
	mark = plait_order_mark(order, order->marks_used++);
	mark->position = position;
	mark->due = order->now + grace + (grace >> 2);
}

/* Looks how far legs have come, and which marks are due. */
static void plait_order_update_lost(struct plait_order *order)
{
	u32 passed;
	s64 grace;

	if (!order->seen)
		return;
	while (order->marks_used && plait_order_mark(order, 0)->due <= order->now) {
		plait_order_set_lost(order, plait_order_mark(order, 0)->position);
		order->first_mark = (order->first_mark + 1) % PLAIT_ORDER_MARKS;
		order->marks_used--;
	}
	if (plait_order_legs_passed(&order->legs, order->now, &passed) &&
	    plait_order_before(order->lost, passed)) {
		grace = plait_order_legs_grace(&order->legs, order->now);
		if (grace) {
			plait_order_add_mark(order, passed, grace);
		} else {
			plait_order_set_lost(order, passed);
			order->marks_used = 0;
		}
	}
	plait_order_count_lost(order);
}

void plait_order_legs(struct plait_order *order, u32 live, s64 now)
{
	order->now = now;
	plait_order_legs_live(&order->legs, live, now);
	plait_order_update_lost(order);
}

void plait_order_heard(struct plait_order *order, s64 now, const struct plait_udp_header *header)
{
	plait_order_legs_heard(&order->legs, now, header);
}

/* --- The ring --- */

/* Begins to remember, when several legs are live and there is memory. */
static bool plait_order_remember(struct plait_order *order)
{
	if (order->legs.several)
		order->in_use = true;
	if (order->seen)
		return true;
	if (!order->legs.several)
		return false;
	order->seen = plait_alloc(sizeof(*order->seen));
	if (!order->seen)
		return false;
	order->trim_at = order->now + PLAIT_ORDER_TRIM;
	return true;
}

/*
 * What waits for holes that the ring is to leave behind is to leave; false: that would be too many.
 */
static bool plait_order_push_out(struct plait_order *order, u32 base)
{
	u32 pushed = 0, hole;

	while (plait_order_lowest_hole(&order->waiting, order->base, &hole) &&
	       plait_order_before(hole, base)) {
		if (pushed++ == PLAIT_ORDER_PUSHED)
			return false;
		order->counters.overflow += plait_order_resolve(&order->waiting, hole);
	}
	return true;
}

/* Has the ring reach to a position, which it does not leave before. */
static bool plait_order_advance(struct plait_order *order, u32 position)
{
	u32 base = position + 1 - PLAIT_ORDER_REACH, word = (order->end - 1) / 32;
	u32 words = (position / 32 - word) % (1U << 27);

	if (!plait_order_push_out(order, base))
		return false;
	while (words--) {
		word++;
		order->seen->arrived[word % PLAIT_ORDER_WORDS] = 0;
		order->seen->given_up[word % PLAIT_ORDER_WORDS] = 0;
	}
	order->end = position + 1;
	if (plait_order_before(order->base, base))
		order->base = base;
	plait_order_set_lost(order, order->base);
	if (plait_order_before(order->counted, order->base))
		order->counted = order->base;
	return true;
}

/* Is what a packet comes after still to be waited for? */
static bool plait_order_must_wait(const struct plait_order *order, u32 position, u32 after)
{
	u32 before = position - after;

	if (!after || !order->legs.several || plait_order_before(before, order->base))
		return false;
	if (plait_order_bit(order->seen->arrived, before))
		return plait_order_waits_at(&order->waiting, before);
	return !plait_order_is_given_up(order, before);
}

/* --- Arrival --- */

/* Has a packet wait, unless there is no memory. */
static bool plait_order_keep(struct plait_order *order, u32 position, u32 after, void *packet)
{
	s64 deadline = order->now + plait_order_legs_patience(&order->legs, order->now);

	if (!plait_order_hold(&order->waiting, position, after, deadline, packet))
		return false;
	order->has_held = true;
	order->counters.held++;
	return true;
}

/* A packet whose place is in the ring, for the first time. */
static enum plait_order_verdict plait_order_place(struct plait_order *order, u32 position,
						  u32 after, void *packet)
{
	bool late = plait_order_is_given_up(order, position);

	plait_order_set_bit(order->seen->arrived, position);
	plait_order_update_lost(order);
	if (late)
		order->counters.late++;
	else if (plait_order_must_wait(order, position, after) &&
		 plait_order_keep(order, position, after, packet))
		return PLAIT_ORDER_TAKEN;
	plait_order_resolve(&order->waiting, position);
	return PLAIT_ORDER_PASS;
}

enum plait_order_verdict plait_order_arrive(struct plait_order *order, s64 now,
					    const struct plait_udp_header *header, void *packet)
{
	u32 position;

	order->now = now;
	/* Packets are still to be taken out: the caller did not ask for them. */
	if (order->restarting)
		return PLAIT_ORDER_PASS;
	position = plait_order_position(order, header->sequence);
	if (plait_order_strange(order, position))
		return PLAIT_ORDER_PASS;
	plait_order_legs_arrived(&order->legs, now, header, position);
	if (!plait_order_remember(order)) {
		if (!plait_order_before(position, order->end))
			plait_order_forget(order, position + 1);
		return PLAIT_ORDER_PASS;
	}
	if (!plait_order_before(position, order->end)) {
		if (!plait_order_advance(order, position)) {
			plait_order_restart(order, position + 1);
			return PLAIT_ORDER_PASS;
		}
	} else if (plait_order_before(position, order->base)) {
		plait_order_update_lost(order);
		order->counters.late++;
		return PLAIT_ORDER_PASS;
	} else if (plait_order_bit(order->seen->arrived, position)) {
		/* It still says how far its leg has come. */
		plait_order_update_lost(order);
		order->counters.copies++;
		return PLAIT_ORDER_COPY;
	}
	return plait_order_place(order, position, header->after, packet);
}

/* --- Release --- */

static u32 plait_order_give_up(struct plait_order *order, u32 hole)
{
	plait_order_set_bit(order->seen->given_up, hole);
	return plait_order_resolve(&order->waiting, hole);
}

/* Finds one hole that is to be waited for no longer; false when there is none. */
static bool plait_order_find_ready(struct plait_order *order)
{
	struct plait_order_waiting *waiting = &order->waiting;
	u32 hole;

	if (!plait_order_lowest_hole(waiting, order->base, &hole))
		return false;
	if (order->restarting || !order->legs.several)
		plait_order_give_up(order, hole);
	else if (plait_order_before(hole, order->lost))
		plait_order_resolve(waiting, hole);
	else if (waiting->count > PLAIT_ORDER_WAITING)
		order->counters.overflow +=
			plait_order_give_up(order, plait_order_oldest_hole(waiting));
	else if (plait_order_oldest(waiting)->deadline <= order->now)
		order->counters.expired +=
			plait_order_give_up(order, plait_order_oldest_hole(waiting));
	else
		return false;
	return true;
}

void *plait_order_release(struct plait_order *order)
{
	void *packet = plait_order_take(&order->waiting);

	if (!packet && plait_order_find_ready(order))
		packet = plait_order_take(&order->waiting);
	if (!packet && order->restarting)
		plait_order_restart(order, order->restart_at);
	return packet;
}

/* --- Time --- */

s64 plait_order_deadline(const struct plait_order *order)
{
	s64 deadline = order->trim_at ? order->trim_at : PLAIT_NEVER;

	if (!order->waiting.count)
		return deadline;
	if (plait_order_oldest(&order->waiting)->deadline < deadline)
		deadline = plait_order_oldest(&order->waiting)->deadline;
	if (order->marks_used && order->marks[order->first_mark].due < deadline)
		deadline = order->marks[order->first_mark].due;
	return deadline;
}

/* Gives back what was of no use since the last look. */
static void plait_order_trim(struct plait_order *order)
{
	if (!order->waiting.count && !order->has_held)
		plait_order_waiting_free(&order->waiting);
	if (!order->waiting.count && !order->in_use)
		plait_order_forget(order, order->end);
	order->has_held = false;
	order->in_use = false;
	if (order->seen || plait_order_has_memory(&order->waiting))
		order->trim_at = order->now + PLAIT_ORDER_TRIM;
	else
		order->trim_at = 0;
}

void plait_order_due(struct plait_order *order, s64 now)
{
	order->now = now;
	plait_order_update_lost(order);
	if (order->trim_at && order->trim_at <= now)
		plait_order_trim(order);
}
