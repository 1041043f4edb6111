// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search for what a path can carry, as TCP's slow start: the window grows by what arrives, until a queue shows, or the
 * rate grows no more, or the first packets arrive further apart than they left.
 */
#include "model.h"

/* A search ends when the rate did not grow by a quarter in so many rounds. */
#define PLAIT_ROUNDS_FLAT 4
#define PLAIT_SEARCH_BYTES (20 * PLAIT_FULL_PACKET)

/* A train shows a rate when so much of it follows its first packet, this much wider than it left. */
#define PLAIT_TRAIN_SKIP (2 * PLAIT_FULL_PACKET)
#define PLAIT_TRAIN_BYTES (5 * PLAIT_FULL_PACKET)
#define PLAIT_TRAIN_TIME (5 * PLAIT_MS)

/* Does the last packet that was acknowledged show a queue? */
static bool plait_path_queues(const struct plait_path *path, s64 round_trip)
{
	s64 own = plait_path_time(path, PLAIT_FULL_PACKET);

	return !path->latest.limited && round_trip - path->delay - own > plait_path_slack(path);
}

/*
 * Does the search go on? It ends with a queue and the rate at which that leaves, or, when there is
 * not enough to send for a queue, with a rate that grows no more.
 */
static bool plait_path_search(struct plait_path *path, bool queues)
{
	s64 fastest = plait_recent_max(&path->fastest);

	if (fastest < 0)
		return true;
	if (path->sure && queues)
		return false;
	if (path->latest.delivered < path->round_end)
		return true;
	path->round_end = path->delivered;
	if (path->delivered - path->search_from < PLAIT_SEARCH_BYTES ||
	    fastest >= path->round_rate / 4 * 5) {
		path->round_rate = fastest;
		path->rounds_flat = 0;
		return true;
	}
	return ++path->rounds_flat < PLAIT_ROUNDS_FLAT;
}

/*
 * Packets that left closer together than they arrived have waited for each other where the path is narrowest.
 * That shows its rate with the first of them, before it could be filled. Copies leave as fast as another path
 * lets the packets leave; what arrived of them will do for a beginning. Returns whether a rate was seen.
 */
static bool plait_path_learn_train(struct plait_path *path, s64 now)
{
	struct plait_train *train = &path->train;
	s64 bytes = path->delivered - train->from, time = now - train->acked, rate;

	if (path->latest.delivered != train->base)
		return false;
	/* The first ones may have been let through at once. */
	if (!train->acked || train->from - train->base < PLAIT_TRAIN_SKIP) {
		train->acked = now;
		train->sent = path->latest.sent;
		train->from = path->delivered;
		return false;
	}
	if (bytes < PLAIT_TRAIN_BYTES || time < PLAIT_TRAIN_TIME ||
	    (!path->copies && time < (path->latest.sent - train->sent) / 2 * 3))
		return false;
	rate = plait_path_rate(bytes, time);
	path->fastest.value[0] = plait_path_max(path->fastest.value[0], rate);
	path->rate = rate;
	return true;
}

/**
 * plait_path_learn_search() - the window of a path that is not known grows, and shows its rate
 * @path: the path
 * @now: ns
 * @newly: bytes that have been acknowledged now
 * @round_trip: of the last of them
 */
void plait_path_learn_search(struct plait_path *path, s64 now, u32 newly, s64 round_trip)
{
	bool queues = plait_path_queues(path, round_trip);

	if (!path->latest.limited && !queues)
		path->window = plait_path_min((s64)path->window + newly, PLAIT_WINDOW_MAX);
	if (plait_path_learn_train(path, now)) {
		path->searching = false;
		path->opened = now;
	} else {
		path->searching = plait_path_search(path, queues);
	}
	if (!path->searching && !path->rate)
		path->rate = plait_recent_max(&path->fastest);
}
