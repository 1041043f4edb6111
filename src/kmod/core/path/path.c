// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of the path behind a leg, from what is sent and what is acknowledged: what is remembered of a packet when it
 * leaves, and what is learned when it arrives. Rate, search, delay, window and clock have a file each; the
 * formulas stand in ../README.md.
 */
#include "model.h"

/* Less says nothing of a rate. */
#define PLAIT_RATE_BYTES PLAIT_FULL_PACKET

/**
 * plait_path_init() - nothing is known of a path
 * @path: the path
 */
void plait_path_init(struct plait_path *path)
{
	*path = (struct plait_path){
		.delay = -1, .window = PLAIT_FIRST_WINDOW, .searching = true, .quickest = -1,
		.least = { .seen = -1 },
	};
	plait_recent_reset(&path->fastest);
}

/**
 * plait_path_set_rate() - the rate is known, or no longer
 * @path: the path
 * @rate: bytes/s; 0 when it is to be found out
 */
void plait_path_set_rate(struct plait_path *path, s64 rate)
{
	if (rate)
		rate = plait_path_min(plait_path_max(rate, PLAIT_RATE_MIN), PLAIT_RATE_MAX);
	path->configured = rate;
	plait_pace_reset(&path->pace);
	plait_path_set_cost(path);
}

/**
 * plait_path_restart() - a path is used again after a while; nothing of it is in flight
 * @path: the path
 *
 * What was known is the first guess, and the window shows step by step that it still holds.
 */
void plait_path_restart(struct plait_path *path)
{
	path->in_flight = 0;
	path->untracked = (struct plait_untracked){ 0 };
	path->least = (struct plait_least){ .seen = -1 };
	path->window = PLAIT_FIRST_WINDOW;
	path->searching = true;
	path->sure = false;
	path->rounds_flat = 0;
	path->round_rate = 0;
	path->round_end = path->delivered;
	path->search_from = path->delivered;
	path->full.since = 0;
	path->learning = false;
	path->busy_until = 0;
	plait_pace_reset(&path->pace);
	plait_recent_reset(&path->fastest);
}

/* A packet takes its place behind those before it. Gives when it is expected to be acknowledged. */
static s64 plait_path_leave(struct plait_path *path, s64 now, u32 bytes)
{
	s64 expected = now + plait_path_arrival(path, now, 0, bytes);

	/* After a pause a new round begins: nobody waits for what was before. */
	if (!path->in_flight) {
		path->first_sent = now;
		path->delivered_at = now;
		path->train = (struct plait_train){ .base = path->delivered };
		if (path->reported_at)
			path->reported_at = plait_path_max(path->reported_at,
							   now + plait_path_max(path->delay, 0));
	}
	path->busy_until = expected;
	path->in_flight += bytes;
	if (path->configured)
		plait_pace_leave(path, now, bytes);
	return expected;
}

/**
 * plait_path_send() - a packet leaves
 * @path: the path
 * @now: ns
 * @bytes: its length
 * @shot: gets what plait_path_deliver() needs
 */
void plait_path_send(struct plait_path *path, s64 now, u32 bytes, struct plait_shot *shot)
{
	plait_path_settle(path, now);
	shot->alone = path->busy_until <= now + path->delay;
	shot->expected = plait_path_leave(path, now, bytes);
	shot->sent = now;
	shot->corrected = path->corrected;
	shot->delivered = path->delivered;
	shot->delivered_at = path->delivered_at;
	shot->first_sent = path->first_sent;
	shot->untracked = path->untracked.sent;
	shot->limited = plait_path_outstanding(path, now) < path->window / 4 * 3;
}

/**
 * plait_path_send_untracked() - a packet leaves of which nobody will say that it arrived
 * @path: the path
 * @now: ns
 * @bytes: its length
 */
void plait_path_send_untracked(struct plait_path *path, s64 now, u32 bytes)
{
	plait_path_settle(path, now);
	plait_untracked_send(&path->untracked, now, bytes, plait_path_leave(path, now, bytes));
}

/**
 * plait_path_deliver() - a packet has arrived
 * @path: the path
 * @now: ns
 * @shot: as plait_path_send() left it
 * @bytes: its length
 * @news: what can be learned from that
 *
 * To be followed by plait_path_learn() when all packets of an acknowledgement have been told.
 */
void plait_path_deliver(struct plait_path *path, s64 now, const struct plait_shot *shot, u32 bytes,
			enum plait_news news)
{
	/* A path keeps the order. */
	plait_path_passed(path, bytes + plait_untracked_pass(&path->untracked, shot->untracked), now);
	path->newly_alone |= shot->alone;
	if (news == PLAIT_NEWS_NONE || (path->learning && shot->sent < path->latest.sent))
		return;
	path->latest = *shot;
	path->latest_exact = news == PLAIT_NEWS_EXACT;
	path->learning = true;
}

/**
 * plait_path_learn() - draw conclusions from what has been delivered
 * @path: the path
 * @now: ns
 */
void plait_path_learn(struct plait_path *path, s64 now)
{
	const struct plait_shot *latest = &path->latest;
	s64 bytes = path->delivered - latest->delivered;
	s64 round_trip = now - latest->sent;
	s64 time = plait_path_max(now - latest->delivered_at, latest->sent - latest->first_sent);
	bool alone = path->newly_alone;
	u32 newly = path->newly;

	path->newly = 0;
	path->newly_alone = false;
	if (!path->learning)
		return;
	path->learning = false;
	path->first_sent = latest->sent;
	/* What filled the window of a search did not fill the path, when that is known to be wider. */
	if (latest->sent < path->opened)
		path->latest.limited = true;

	plait_path_learn_delay(path, now, round_trip);
	plait_path_learn_mean(path, now);
	plait_path_learn_busy(path, now, newly, alone);
	if (bytes >= PLAIT_RATE_BYTES)
		plait_path_learn_fastest(path, now, plait_path_rate(bytes, time));
	if (path->searching)
		plait_path_learn_search(path, now, newly, round_trip);
	if (!path->searching)
		plait_path_set_window(path);
	plait_path_set_cost(path);
	plait_path_learn_error(path, now, round_trip);
}
