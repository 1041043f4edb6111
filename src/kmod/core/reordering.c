// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is it right to wait for a segment that others overtook, and how long?
 *
 * Not holding anything back is right for what is lost, and for what is so late that its
 * retransmission comes first: the sender acts on the duplicate acknowledgements that show the hole.
 * Holding is right for what comes by itself before that: there, duplicate acknowledgements only make
 * the sender slow down and send twice.
 *
 * Every hole teaches which of the two it was. Waiting was right when the hole was filled meanwhile,
 * and wrong when it was not. When nobody waited it would have been right if the original came, and
 * wrong if a retransmission did, or nothing. Where enough of the last holes say right, holes are
 * waited for, as long as others took and a quarter longer. Where they do not, nobody waits, and the
 * connection is as it would be without us.
 *
 * But then it may be in a state that only goes on because nobody waits: a sender that sees
 * duplicate acknowledgements retransmits so early that retransmissions overtake originals. So
 * waiting is tried again, at the beginning and later, until it was in vain once. The next trial is
 * so much later that trials cost less than a hundredth of the time.
 *
 * A retransmission is known by its time stamp, which is later than that of the segment behind the
 * hole: the original was sent before that one. Without time stamps what comes soon is an original.
 *
 * Where paths are known a lost segment is known at once: each path keeps its order, so what all of
 * them have overtaken is not on its way any more (RFC 1990 section 4.1).
 */
#include "reordering.h"
#include "sequence.h"

/* How late segments are taken to be before any was. */
#define PLAIT_SPREAD_FIRST 1000000ULL

/* Without time stamps: how late an original may be. */
#define PLAIT_SOON 10000000ULL

/* A path that brought nothing for this long is not in use. */
#define PLAIT_PATH_IDLE PLAIT_PATIENCE_MAX

/* Of the last sixteen or so holes. Three of four are enough; a new connection is at one half. */
#define PLAIT_WORTH_ONE 65536U
#define PLAIT_WORTH_FIRST (PLAIT_WORTH_ONE / 2)
#define PLAIT_WORTH_ENOUGH (PLAIT_WORTH_ONE / 4 * 3)
#define PLAIT_WORTH_SHIFT 4

/* From a trial that was in vain to the next, as a multiple of what it took: 2^7. */
#define PLAIT_TRIAL_SHIFT 7
#define PLAIT_SPREAD_SHIFT 4

/**
 * plait_reordering_init() - begin to watch a connection
 * @order: any memory
 */
void plait_reordering_init(struct plait_reordering *order)
{
	u32 i;

	order->path_count = 0;
	order->mixed = false;
	for (i = 0; i < PLAIT_HOLES; i++) {
		order->holes[i].start = 0;
		order->holes[i].end = 0;
	}
	order->hole = 0;
	order->spread = PLAIT_SPREAD_FIRST;
	order->worth = PLAIT_WORTH_FIRST;
	order->trial = true;
	order->next_trial = 0;
}

static bool plait_inlet_idle(const struct plait_inlet *path, u64 now)
{
	return now - path->last > PLAIT_PATH_IDLE;
}

static void plait_inlet_arrived(struct plait_reordering *order, const struct plait_segment *segment,
				u64 now)
{
	struct plait_inlet *path = order->paths;
	u32 i;

	for (i = 0; i < order->path_count && path->key != segment->path; i++)
		path++;
	if (i == PLAIT_PATHS) {
		order->mixed = true;
		return;
	}
	if (i == order->path_count) {
		order->path_count++;
		path->key = segment->path;
		path->seen = segment->end;
		path->last = now;
	}
	/* What it brought long ago may be half of all numbers away. */
	if (plait_after(segment->end, path->seen) || plait_inlet_idle(path, now))
		path->seen = segment->end;
	path->last = now;
}

/**
 * plait_reordering_arrived() - a segment arrived; to be told of each one, after what it fills
 * @order: the connection
 * @segment: the segment
 * @now: the time
 */
void plait_reordering_arrived(struct plait_reordering *order, const struct plait_segment *segment,
			      u64 now)
{
	if (segment->end == segment->seq)
		return;
	if (now >= order->next_trial)
		order->trial = true;
	if (segment->path)
		plait_inlet_arrived(order, segment, now);
	else
		order->mixed = true;
}

static void plait_worth_update(struct plait_reordering *order, bool right)
{
	order->worth -= order->worth >> PLAIT_WORTH_SHIFT;
	if (right)
		order->worth += PLAIT_WORTH_ONE >> PLAIT_WORTH_SHIFT;
}

/* What is surely an original and yet came after what its path brought before it. */
static void plait_inlet_check(struct plait_reordering *order, const struct plait_segment *segment)
{
	u32 i;

	for (i = 0; i < order->path_count; i++)
		if (order->paths[i].key == segment->path &&
		    plait_after(order->paths[i].seen, segment->end))
			order->mixed = true;
}

/* As long as segments were late, and a quarter longer. */
static u64 plait_spread_bound(const struct plait_reordering *order)
{
	u64 bound = order->spread + (order->spread >> 2);

	return bound < PLAIT_PATIENCE_MAX ? bound : PLAIT_PATIENCE_MAX;
}

static void plait_hole_was_right(struct plait_reordering *order, u64 late)
{
	plait_worth_update(order, true);
	if (late > order->spread)
		order->spread = late;
	else
		order->spread -= (order->spread - late) >> PLAIT_SPREAD_SHIFT;
}

/**
 * plait_reordering_filled() - a segment arrived that fills a hole which is waited for, or a part
 * @order: the connection
 * @hole: the hole
 * @segment: the segment
 * @now: the time
 */
void plait_reordering_filled(struct plait_reordering *order, const struct plait_hole *hole,
			     const struct plait_segment *segment, u64 now)
{
	if (hole->stamped && segment->stamped && plait_after(hole->tsval, segment->tsval))
		plait_inlet_check(order, segment);
	plait_hole_was_right(order, now - hole->since);
}

static bool plait_is_original(const struct plait_hole *hole, const struct plait_segment *segment,
			      u64 late)
{
	if (hole->stamped && segment->stamped)
		return !plait_after(segment->tsval, hole->tsval) && late <= PLAIT_PATIENCE_MAX;
	return late <= PLAIT_SOON;
}

/* A segment fills a hole that nobody waits for. */
static void plait_hole_late(struct plait_reordering *order, const struct plait_hole *hole,
			    const struct plait_segment *segment, u64 now)
{
	u64 late = now - hole->since;

	if (hole->stamped && segment->stamped && plait_after(hole->tsval, segment->tsval))
		plait_inlet_check(order, segment);
	if (plait_is_original(hole, segment, late))
		plait_hole_was_right(order, late);
	else if (!hole->counted)
		plait_worth_update(order, false);
}

static bool plait_hole_holds(const struct plait_hole *hole, u32 seq)
{
	return seq - hole->start < hole->end - hole->start;
}

/**
 * plait_reordering_old() - a segment arrived from before what has been passed on
 * @order: the connection
 * @segment: the segment; it may fill a hole, or be there for the second time
 * @now: the time
 */
void plait_reordering_old(struct plait_reordering *order, const struct plait_segment *segment,
			  u64 now)
{
	u32 i;

	for (i = 0; i < PLAIT_HOLES; i++) {
		struct plait_hole *hole = &order->holes[i];

		if (!plait_hole_holds(hole, segment->seq))
			continue;
		plait_hole_late(order, hole, segment, now);
		/* What lies before it is as late, and teaches nothing new. */
		hole->start = plait_after(hole->end, segment->end) ? segment->end : hole->end;
		return;
	}
}

/* Waiting was in vain. */
static void plait_trial_failed(struct plait_reordering *order, u64 now)
{
	plait_worth_update(order, false);
	order->next_trial = now + (plait_spread_bound(order) << PLAIT_TRIAL_SHIFT);
	order->trial = false;
}

/**
 * plait_reordering_passed() - what lies behind a hole is passed on
 * @order: the connection
 * @hole: the hole, unless it is known to be a loss: that teaches nothing about waiting
 * @now: the time
 */
void plait_reordering_passed(struct plait_reordering *order, const struct plait_hole *hole, u64 now)
{
	struct plait_hole *slot = &order->holes[order->hole];

	if (hole->counted)
		plait_trial_failed(order, now);
	/* More holes than can be remembered: this one has been open for long. */
	if (slot->start != slot->end && !slot->counted)
		plait_worth_update(order, false);
	*slot = *hole;
	order->hole = (order->hole + 1) % PLAIT_HOLES;
}

/**
 * plait_reordering_patience() - how long to wait for what is missing
 * @order: the connection
 *
 * Return: nanoseconds since the first segment from behind the hole arrived; 0: pass on at once.
 */
u64 plait_reordering_patience(const struct plait_reordering *order)
{
	if (order->worth < PLAIT_WORTH_ENOUGH && !order->trial)
		return 0;
	return plait_spread_bound(order);
}

/**
 * plait_reordering_lost() - is what is missing lost?
 * @order: the connection
 * @seq: the byte that is missing; something later has arrived
 * @now: the time
 *
 * With one path nobody knows whether it is the only one, so nothing is said.
 *
 * Return: true when every path in use has brought something later.
 */
bool plait_reordering_lost(const struct plait_reordering *order, u32 seq, u64 now)
{
	u32 used = 0;
	u32 i;

	if (order->mixed)
		return false;
	for (i = 0; i < order->path_count; i++) {
		const struct plait_inlet *path = &order->paths[i];

		if (plait_inlet_idle(path, now))
			continue;
		if (!plait_after(path->seen, seq))
			return false;
		used++;
	}
	return used > 1;
}
