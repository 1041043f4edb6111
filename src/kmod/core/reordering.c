// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long is it right to wait for a segment that others overtook?
 *
 * Waiting is free as long as the sender would not have acted anyway. A sender of today (RACK,
 * RFC 8985 section 6.2) itself waits a quarter of its round trip before it takes an overtaken
 * segment for lost. Waiting longer holds back the acknowledgements that its recovery runs on, and
 * that costs bandwidth. So nobody waits longer than that, and not longer than segments of this
 * connection have been late.
 *
 * And waiting must bring something: what is missing may be lost, or stand in a queue for seconds.
 * Every hole teaches which of the two it was, whether it was waited for or not: filled by the
 * original soon enough, waiting was right; filled late, or by a retransmission, or not at all, it
 * was wrong. Where most of the last holes say wrong, nobody waits until they say right again.
 *
 * A retransmission is known by its time stamp, which is later than that of the segment behind the
 * hole: the original was sent before that one. Without time stamps only the time counts; no
 * retransmission arrives within a quarter of a round trip.
 *
 * Where paths are known a lost segment is known at once: each path keeps its order, so what all of
 * them have overtaken is not on its way any more (RFC 1990 section 4.1).
 */
#include "reordering.h"
#include "sequence.h"

/* How late segments are taken to be before any was. */
#define PLAIT_SPREAD_FIRST 1000000ULL

/* What is waited at most while the round trip is not known. */
#define PLAIT_PATIENCE_BLIND 10000000ULL

/* A path that brought nothing for this long, or two round trips, is not in use. */
#define PLAIT_PATH_IDLE 100000000ULL

#define PLAIT_WORTH_ONE 65536U
#define PLAIT_WORTH_FIRST (PLAIT_WORTH_ONE / 2)
#define PLAIT_WORTH_ENOUGH (PLAIT_WORTH_ONE / 4 * 3)
#define PLAIT_WORTH_SHIFT 4
#define PLAIT_SPREAD_SHIFT 4

/* Samples of a window. The least of two windows is the round trip. */
#define PLAIT_ROUND_TRIP_SAMPLES 2

/**
 * plait_reordering_init() - begin to watch a connection
 * @order: any memory
 */
void plait_reordering_init(struct plait_reordering *order)
{
	u32 i;

	order->path_count = 0;
	order->mixed = false;
	for (i = 0; i < PLAIT_HOLES; i++)
		order->holes[i].start = order->holes[i].end = 0;
	order->hole = 0;
	order->spread = PLAIT_SPREAD_FIRST;
	order->worth = PLAIT_WORTH_FIRST;
	order->round_trip = 0;
	order->round_trip_now = 0;
	order->samples = 0;
	order->sent = false;
	order->sent_waits = false;
}

static u64 plait_round_trip(const struct plait_reordering *order)
{
	if (!order->round_trip)
		return order->round_trip_now;
	if (!order->round_trip_now)
		return order->round_trip;
	return order->round_trip < order->round_trip_now ? order->round_trip : order->round_trip_now;
}

/* The longest wait that costs the sender nothing. */
static u64 plait_patience_limit(const struct plait_reordering *order)
{
	u64 quarter = plait_round_trip(order) >> 2;

	if (!quarter)
		return PLAIT_PATIENCE_BLIND;
	return quarter < PLAIT_PATIENCE_MAX ? quarter : PLAIT_PATIENCE_MAX;
}

static void plait_round_trip_sample(struct plait_reordering *order, u64 sample)
{
	/* Zero stands for not known. */
	if (!sample)
		sample = 1;
	if (order->samples == PLAIT_ROUND_TRIP_SAMPLES) {
		order->round_trip = order->round_trip_now;
		order->round_trip_now = 0;
		order->samples = 0;
	}
	if (!order->round_trip_now || sample < order->round_trip_now)
		order->round_trip_now = sample;
	order->samples++;
}

/**
 * plait_reordering_sent() - a packet went the other way, to the sender of the segments
 * @order: the connection
 * @tsval: its time stamp
 * @now: the time
 *
 * Only the first packet with a time stamp can be told from those behind it by its echo.
 */
void plait_reordering_sent(struct plait_reordering *order, u32 tsval, u64 now)
{
	bool fresh = !order->sent || plait_after(tsval, order->sent_last);

	if (!fresh)
		return;
	order->sent = true;
	order->sent_last = tsval;
	if (order->sent_waits)
		return;
	order->sent_waits = true;
	order->sent_tsval = tsval;
	order->sent_at = now;
}

static bool plait_path_idle(const struct plait_reordering *order, const struct plait_path *path,
			    u64 now)
{
	u64 idle = plait_round_trip(order) << 1;

	return now - path->last > (idle > PLAIT_PATH_IDLE ? idle : PLAIT_PATH_IDLE);
}

static void plait_path_arrived(struct plait_reordering *order, const struct plait_segment *segment,
			       u64 now)
{
	struct plait_path *path = order->paths;
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
	if (plait_after(segment->end, path->seen) || plait_path_idle(order, path, now))
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
	if (segment->stamped && order->sent_waits &&
	    !plait_after(order->sent_tsval, segment->tsecr)) {
		order->sent_waits = false;
		plait_round_trip_sample(order, now - order->sent_at);
	}
	if (segment->end == segment->seq)
		return;
	if (segment->path)
		plait_path_arrived(order, segment, now);
	else
		order->mixed = true;
}

/* The last sixteen or so holes count. */
static void plait_worth_update(struct plait_reordering *order, bool right)
{
	order->worth -= order->worth >> PLAIT_WORTH_SHIFT;
	if (right)
		order->worth += PLAIT_WORTH_ONE >> PLAIT_WORTH_SHIFT;
}

/* What is surely an original and yet came after what its path brought before it. */
static void plait_path_check(struct plait_reordering *order, const struct plait_segment *segment)
{
	u32 i;

	for (i = 0; i < order->path_count; i++)
		if (order->paths[i].key == segment->path &&
		    plait_after(order->paths[i].seen, segment->end))
			order->mixed = true;
}

/**
 * plait_reordering_late() - a segment arrived that fills a hole, or a part of one
 * @order: the connection
 * @hole: the hole
 * @segment: the segment
 * @now: the time
 */
void plait_reordering_late(struct plait_reordering *order, const struct plait_hole *hole,
			   const struct plait_segment *segment, u64 now)
{
	bool stamped = hole->stamped && segment->stamped;
	u64 late = now - hole->since;

	if (stamped && plait_after(hole->tsval, segment->tsval))
		plait_path_check(order, segment);

	if ((stamped && plait_after(segment->tsval, hole->tsval)) ||
	    late > plait_patience_limit(order)) {
		plait_worth_update(order, false);
		return;
	}
	plait_worth_update(order, true);
	if (late > order->spread)
		order->spread = late;
	else
		order->spread -= (order->spread - late) >> PLAIT_SPREAD_SHIFT;
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
		plait_reordering_late(order, hole, segment, now);
		/* What lies before it is as late, and teaches nothing new. */
		hole->start = plait_after(hole->end, segment->end) ? segment->end : hole->end;
		return;
	}
}

/**
 * plait_reordering_passed() - what lies behind a hole has been passed on
 * @order: the connection
 * @hole: the hole
 */
void plait_reordering_passed(struct plait_reordering *order, const struct plait_hole *hole)
{
	struct plait_hole *slot = &order->holes[order->hole];

	/* More holes than can be remembered: this one has been open for long. */
	if (slot->start != slot->end)
		plait_worth_update(order, false);
	*slot = *hole;
	order->hole = (order->hole + 1) % PLAIT_HOLES;
}

/**
 * plait_reordering_expired() - a hole was waited for in vain; it may still be filled
 * @order: the connection
 */
void plait_reordering_expired(struct plait_reordering *order)
{
	plait_worth_update(order, false);
}

/**
 * plait_reordering_patience() - how long to wait for what is missing
 * @order: the connection
 *
 * Return: nanoseconds since the first segment from behind the hole arrived; 0: pass on at once.
 */
u64 plait_reordering_patience(const struct plait_reordering *order)
{
	u64 limit = plait_patience_limit(order);
	u64 patience = order->spread + (order->spread >> 2);

	if (order->worth < PLAIT_WORTH_ENOUGH)
		return 0;
	return patience < limit ? patience : limit;
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
		const struct plait_path *path = &order->paths[i];

		if (plait_path_idle(order, path, now))
			continue;
		if (!plait_after(path->seen, seq))
			return false;
		used++;
	}
	return used > 1;
}
