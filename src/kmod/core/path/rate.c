// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rate of a path, twice, since two questions are asked. How much may be in flight? There too little costs
 * throughput for ever, so the answer is the highest delivery rate of the last rounds (as BBR takes
 * it: bytes delivered while a packet was on its way, over the longer of the times in which they
 * were sent and acknowledged), which a delayed or a merged acknowledgement makes a little too high.
 * When does a packet arrive? There an error in either direction puts packets out of order, so the
 * answer is a mean: over times in which the path was full; when it is not, over the arrivals of packets that left
 * while others were before them.
 */
#include "model.h"

/* Period of the filter of the highest rate. */
#define PLAIT_FASTEST_ROUNDS 4
#define PLAIT_FASTEST_MIN (100 * PLAIT_MS)

/* A mean is taken over at least that much. */
#define PLAIT_MEAN_TIME (40 * PLAIT_MS)
#define PLAIT_MEAN_BYTES (10 * PLAIT_FULL_PACKET)
#define PLAIT_MEAN_PATIENCE PLAIT_S

/* A measurement counts for less when it is lower: more things make a path look slow than fast. */
#define PLAIT_MEAN_RISE 2
#define PLAIT_MEAN_FALL 8

/* The rate since a measurement began, when that is long enough ago for the next one to begin; else 0. */
static s64 plait_path_mean(const struct plait_path *path, struct plait_mean *mean, s64 now)
{
	s64 time = now - mean->since, bytes = path->delivered - mean->from;

	if (mean->since && (time < PLAIT_MEAN_TIME ||
			    (bytes < PLAIT_MEAN_BYTES && time < PLAIT_MEAN_PATIENCE)))
		return 0;
	time = mean->since ? time : 0;
	mean->since = now;
	mean->from = path->delivered;
	return time ? plait_path_rate(bytes, time) : 0;
}

/* Where the rate goes from where it was, after a measurement. */
static s64 plait_path_between(s64 rate, s64 measured)
{
	s64 more = measured - rate;

	return rate + plait_div_s64(more, more > 0 ? PLAIT_MEAN_RISE : PLAIT_MEAN_FALL);
}

void plait_path_learn_mean(struct plait_path *path, s64 now)
{
	s64 rate;

	if (path->latest.limited) {
		path->full.since = 0;
		return;
	}
	rate = plait_path_mean(path, &path->full, now);
	if (!rate)
		return;
	path->rate = path->sure ? plait_path_between(path->rate, rate) : rate;
	path->sure = true;
}

/*
 * Packets that left while others were before them arrive as fast as the path is, however short that queue was.
 * Thought to be slower or faster than it is, a path would get too little to be ever full, or its packets so much
 * out of order that TCP sends no more, and that would go on for ever.
 */
void plait_path_learn_busy(struct plait_path *path, s64 now, u32 newly, bool alone)
{
	struct plait_busy *busy = &path->busy;
	s64 since = busy->heard;

	busy->heard = now;
	if (path->searching || !path->latest.limited) {
		busy->bytes = 0;
		busy->time = 0;
		return;
	}
	if (alone)
		return;
	busy->bytes += newly;
	busy->time += now - since;
	if (busy->time < PLAIT_MEAN_TIME || busy->bytes < PLAIT_MEAN_BYTES)
		return;
	path->rate = plait_path_between(path->rate, plait_path_rate(busy->bytes, busy->time));
	busy->bytes = 0;
	busy->time = 0;
}

void plait_path_learn_fastest(struct plait_path *path, s64 now, s64 rate)
{
	struct plait_recent *fastest = &path->fastest;
	s64 before = fastest->value[1];
	s64 period = PLAIT_FASTEST_ROUNDS * (now - path->latest.sent);

	/* A path that is not full shows at least that much, but never that it became slower. */
	if (path->latest.limited && rate < plait_recent_max(fastest))
		return;
	if (plait_recent_turn(fastest, now, plait_path_max(period, PLAIT_FASTEST_MIN)))
		plait_path_check_delay(path, before);
	fastest->value[0] = plait_path_max(fastest->value[0], rate);
}
