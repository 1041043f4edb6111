/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of a path, and of a packet on it. The files of this folder share it; others use path.h. */
#ifndef PLAIT_CORE_PATH_STATE_H
#define PLAIT_CORE_PATH_STATE_H

#include "../clock.h"
#include "untracked.h"

/* Bytes of a packet of full size, for windows. */
#define PLAIT_FULL_PACKET 1500

/* What the window of a path is before anything is known of it. */
#define PLAIT_FIRST_WINDOW (12 * PLAIT_FULL_PACKET)

/**
 * struct plait_shot - what is remembered of a packet when it leaves, to learn from its arrival
 * @sent: when, in ns
 * @delivered: bytes that the path had delivered by then
 * @delivered_at: when it delivered the last of them
 * @first_sent: when the packet was sent whose arrival began the path's present round
 * @expected: when its acknowledgement was expected
 * @corrected: &plait_path.corrected then
 * @untracked: bytes of packets before it that nobody acknowledges, see &plait_untracked.sent
 * @alone: nothing was expected to be before it in a queue
 * @limited: the path was not filled, so its rate can not be seen
 */
struct plait_shot {
	s64 sent;
	s64 delivered;
	s64 delivered_at;
	s64 first_sent;
	s64 expected;
	s64 corrected;
	u32 untracked;
	bool alone;
	bool limited;
};

/**
 * enum plait_news - what can be learned from an arrival
 * @PLAIT_NEWS_NONE: it counts, but it is not known when it was
 * @PLAIT_NEWS_LATEST: it was at the latest now
 * @PLAIT_NEWS_EXACT: it is this packet that arrived, and now
 */
enum plait_news {
	PLAIT_NEWS_NONE,
	PLAIT_NEWS_LATEST,
	PLAIT_NEWS_EXACT,
};

/**
 * struct plait_recent - extreme of a value over the last one to two periods
 * @value: of this and of the last period; -1 when nothing was seen in it
 * @since: when this period began
 */
struct plait_recent {
	s64 value[2];
	s64 since;
};

/**
 * struct plait_train - packets that left before any of them was acknowledged
 * @base: &plait_path.delivered when the first left
 * @from: same, when the first acknowledgement had been told
 * @acked: when that was; 0 before
 * @sent: when the last of those left that it acknowledged
 */
struct plait_train {
	s64 base;
	s64 from;
	s64 acked;
	s64 sent;
};

/**
 * struct plait_mean - a measurement of a rate
 * @from: &plait_path.delivered when it began
 * @since: when that was, in ns; 0 when there is none
 */
struct plait_mean {
	s64 from;
	s64 since;
};

/**
 * struct plait_busy - arrivals of packets that had others before them
 * @bytes: that arrived
 * @time: in that time, ns
 * @heard: when something arrived last
 */
struct plait_busy {
	s64 bytes;
	s64 time;
	s64 heard;
};

/**
 * struct plait_least - the shortest round trip over a window of time
 * @confirmed: when a round trip was last seen that is about as short as &plait_path.delay; 0 before the first
 * @drain_until: the window is kept so small until then that no queue is left; 0 when it is not
 * @seen: the shortest round trip meanwhile; -1 before the first
 */
struct plait_least {
	s64 confirmed;
	s64 drain_until;
	s64 seen;
};

/**
 * struct plait_pace - packets leave no faster than at the configured rate
 * @next: when the next one may leave, ns
 * @late: by how much it was noticed too late that this had come, ns; -1 while packets wait for it
 */
struct plait_pace {
	s64 next;
	s64 late;
};

/**
 * struct plait_path - what is known of the way behind a leg
 * @configured: its rate as said by somebody, bytes/s; 0 when it is to be found out
 * @rate: mean rate, bytes/s; 0 while unknown
 * @sure: @rate was seen while the path was full
 * @cost: time on the wire by @configured or @rate, in ns/1024 for a byte
 * @delay: round trip of an empty packet without queues, ns; -1 while unknown
 * @least: how long @delay has held
 * @alone: mean round trip of packets that meet no queue, ns; 0 while unknown
 * @busy_until: when the last packet that was sent is expected to be acknowledged
 * @corrected: sum of what errors of expectations have moved @busy_until by
 * @window: bytes that may be in flight
 * @in_flight: bytes sent and not known to have arrived or to be lost
 * @untracked: those of them that nobody acknowledges
 * @searching: the window grows with each round trip, until the rate does not
 * @delivered: bytes that have arrived
 * @delivered_at: when the last ones were acknowledged; 0 before the first
 * @first_sent: see &plait_shot.first_sent
 * @train: the first packets after a pause
 * @opened: when a train showed how wide the path is; 0 before
 * @copies: what it carries are copies
 * @fastest: the highest rate seen lately
 * @quickest: the shortest round trip in this period of @fastest, -1 before the first
 * @quickest_before: same, of the period before
 * @falling: the rate fell in the last period, though not by a queue that went away with it
 * @round_end: value of @delivered that ends the round
 * @round_rate: @fastest when the rate last grew much
 * @rounds_flat: rounds since
 * @search_from: @delivered when the search began
 * @full: the present measurement of @rate, while the path is full
 * @busy: same, while it is not full
 * @latest: of the packets acknowledged now, the one that left last
 * @latest_exact: it is known when it arrived
 * @newly: bytes that arrived since conclusions were drawn
 * @newly_alone: some of them were in packets that met no queue
 * @learning: there is a @latest
 * @pace: see &struct plait_pace
 * @reported_at: when the last packet that was reported arrived, or when the first one after a pause will; ns. 0: arrivals
 *	are not reported
 */
struct plait_path {
	s64 configured;
	s64 rate;
	bool sure;
	u32 cost;
	s64 delay;
	struct plait_least least;
	s64 alone;
	s64 busy_until;
	s64 corrected;
	u32 window;
	u32 in_flight;
	struct plait_untracked untracked;
	bool searching;
	s64 delivered;
	s64 delivered_at;
	s64 first_sent;
	struct plait_train train;
	s64 opened;
	bool copies;
	struct plait_recent fastest;
	s64 quickest;
	s64 quickest_before;
	bool falling;
	s64 round_end;
	s64 round_rate;
	u32 rounds_flat;
	s64 search_from;
	struct plait_mean full;
	struct plait_busy busy;
	struct plait_shot latest;
	bool latest_exact;
	u32 newly;
	bool newly_alone;
	bool learning;
	struct plait_pace pace;
	s64 reported_at;
};

/**
 * plait_path_ready() - is enough known to say when a packet would arrive?
 * @path: the path
 *
 * Return: true when it is.
 */
static inline bool plait_path_ready(const struct plait_path *path)
{
	return path->configured || (path->delay >= 0 && !path->searching);
}

static inline s64 plait_path_time(const struct plait_path *path, u32 bytes)
{
	return (s64)bytes * path->cost >> 10;
}

#endif /* PLAIT_CORE_PATH_STATE_H */
