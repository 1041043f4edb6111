// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rate and delay of the path behind a leg, from what is sent and what is acknowledged.
 *
 * Rate, twice, since two questions are asked. How much may be in flight? There too little costs
 * throughput for ever, so the answer is the highest delivery rate of the last rounds (as BBR takes
 * it: bytes delivered while a packet was on its way, over the longer of the times in which they
 * were sent and acknowledged), which a delayed or a merged acknowledgement makes a little too high.
 * When does a packet arrive? There an error in either direction puts packets out of order, so the
 * answer is a clock: each packet is expected one packet's time at the mean rate after the one before
 * it, or after the delay when that is later, and the clock is set by each acknowledgement. The mean
 * is taken over times in which the path was full; when it is not, over the arrivals of packets that left
 * while others were before them.
 *
 * Delay: the shortest round trip. The acknowledgement may come back by any path, but the
 * shortest one has come back by the fastest of them, so that delays of paths differ by what the ways
 * out differ.
 *
 * The window is the rate times the delay and a slack. The slack is a short queue at the bottleneck:
 * it keeps the path full when acknowledgements jitter, and when the path becomes faster the queue
 * is gone, more is delivered in a round, and the window grows with it by slack/delay a round.
 * The standing queue hides when the delay becomes longer, but a window that is too small for it
 * shows that (plait_path_check_delay()).
 *
 * A path whose rate is configured is paced at that rate instead, and has the window only as a guard
 * against a configured rate that is too high.
 */
#include "path.h"

/* Rates are kept in these bounds so that no product overflows. In bytes/s. */
#define PLAIT_RATE_MIN 500
#define PLAIT_RATE_MAX ((s64)12500000000)

/* The queue that is kept at the bottleneck: a part of the delay within bounds. */
#define PLAIT_SLACK_PART 4
#define PLAIT_SLACK_MIN (8 * PLAIT_MS)
#define PLAIT_SLACK_MAX (40 * PLAIT_MS)

/* Beyond the window, so that a packet is there when the one before has left the bottleneck. */
#define PLAIT_WINDOW_SPARE PLAIT_FULL_PACKET
#define PLAIT_WINDOW_MAX (64U << 20)

/* Period of the filter of the highest rate. */
#define PLAIT_FASTEST_ROUNDS 4
#define PLAIT_FASTEST_MIN (100 * PLAIT_MS)

/* Less says nothing of a rate. */
#define PLAIT_RATE_BYTES PLAIT_FULL_PACKET

/* A mean is taken over at least that much. */
#define PLAIT_MEAN_TIME (40 * PLAIT_MS)
#define PLAIT_MEAN_BYTES (10 * PLAIT_FULL_PACKET)
#define PLAIT_MEAN_PATIENCE PLAIT_S

/* A measurement counts for less when it is lower: more things make a path look slow than fast. */
#define PLAIT_MEAN_RISE 2
#define PLAIT_MEAN_FALL 8

/* So much of an error is corrected at once. */
#define PLAIT_ERROR_PART 2

/* A search ends when the rate did not grow by a quarter in so many rounds. */
#define PLAIT_ROUNDS_FLAT 4
#define PLAIT_SEARCH_BYTES (20 * PLAIT_FULL_PACKET)

/* A train shows a rate when so much of it follows its first packet, this much wider than it left. */
#define PLAIT_TRAIN_SKIP (2 * PLAIT_FULL_PACKET)
#define PLAIT_TRAIN_BYTES (5 * PLAIT_FULL_PACKET)
#define PLAIT_TRAIN_TIME (5 * PLAIT_MS)

/* What a paced path may send at once after a pause. */
#define PLAIT_PACE_CREDIT (2 * PLAIT_MS)

static s64 plait_path_min(s64 a, s64 b)
{
	return a < b ? a : b;
}

static s64 plait_path_max(s64 a, s64 b)
{
	return a > b ? a : b;
}

/* Bytes that a rate carries in a time of at most 100 s; ns/1024 keep the product in 64 bits. */
static s64 plait_path_bytes(s64 rate, s64 time)
{
	return plait_div_s64(rate * (time >> 10), PLAIT_S >> 10);
}

static s64 plait_path_rate(s64 bytes, s64 time)
{
	s64 rate = plait_div_s64(bytes * PLAIT_S, plait_path_max(time, 1));

	return plait_path_min(plait_path_max(rate, PLAIT_RATE_MIN), PLAIT_RATE_MAX);
}

static s64 plait_recent_max(const struct plait_recent *recent)
{
	return plait_path_max(recent->value[0], recent->value[1]);
}

static void plait_recent_reset(struct plait_recent *recent)
{
	recent->value[0] = -1;
	recent->value[1] = -1;
	recent->since = 0;
}

/* Returns whether a new period began. */
static bool plait_recent_turn(struct plait_recent *recent, s64 now, s64 period)
{
	if (recent->since && now - recent->since < period)
		return false;
	recent->value[1] = recent->value[0];
	recent->value[0] = -1;
	recent->since = now;
	return true;
}

static s64 plait_path_slack(const struct plait_path *path)
{
	return plait_path_min(plait_path_max(path->delay / PLAIT_SLACK_PART, PLAIT_SLACK_MIN),
			      PLAIT_SLACK_MAX);
}

static void plait_path_set_cost(struct plait_path *path)
{
	s64 rate = path->configured ? path->configured : path->rate;

	/*
	 * Searching, it is at least what was seen. To hope for more would put packets on a slow path
	 * that TCP takes for lost, sends again, and so hides when they arrive.
	 */
	if (!rate)
		rate = plait_path_max(plait_recent_max(&path->fastest), 0);
	path->cost = rate ? (u32)plait_div_s64(PLAIT_S << 10, rate) : 0;
}

static void plait_path_set_window(struct plait_path *path)
{
	s64 rate = plait_path_max(plait_recent_max(&path->fastest), path->configured);
	s64 window = plait_path_bytes(rate, path->delay + plait_path_slack(path));

	path->window = plait_path_min(window + PLAIT_WINDOW_SPARE, PLAIT_WINDOW_MAX);
}

/**
 * plait_path_init() - nothing is known of a path
 * @path: the path
 */
void plait_path_init(struct plait_path *path)
{
	*path = (struct plait_path){
		.delay = -1, .window = PLAIT_FIRST_WINDOW, .searching = true, .quickest = -1,
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
	path->next_send = 0;
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
	path->next_send = 0;
	plait_recent_reset(&path->fastest);
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
	/* After a pause a new round begins: nobody waits for what was before. */
	if (!path->in_flight) {
		path->first_sent = now;
		path->delivered_at = now;
		path->train = (struct plait_train){ .base = path->delivered };
	}
	shot->sent = now;
	shot->expected = now + plait_path_arrival(path, now, 0, bytes);
	shot->corrected = path->corrected;
	shot->alone = path->busy_until <= now + path->delay;
	path->busy_until = shot->expected;
	shot->delivered = path->delivered;
	shot->delivered_at = path->delivered_at;
	shot->first_sent = path->first_sent;
	path->in_flight += bytes;
	shot->limited = path->in_flight < path->window / 4 * 3;
	if (path->configured)
		path->next_send = plait_path_max(path->next_send, now - PLAIT_PACE_CREDIT) +
				  plait_path_time(path, bytes);
}

/**
 * plait_path_lose() - a packet will not be heard of any more
 * @path: the path
 * @bytes: its length
 */
void plait_path_lose(struct plait_path *path, u32 bytes)
{
	path->in_flight -= bytes;
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
	path->in_flight -= bytes;
	path->delivered += bytes;
	path->delivered_at = now;
	path->newly += bytes;
	path->newly_alone |= shot->alone;
	if (news == PLAIT_NEWS_NONE || (path->learning && shot->sent < path->latest.sent))
		return;
	path->latest = *shot;
	path->latest_exact = news == PLAIT_NEWS_EXACT;
	path->learning = true;
}

static void plait_path_learn_delay(struct plait_path *path, s64 round_trip)
{
	if (!path->latest_exact)
		return;
	if (path->delay < 0 || round_trip < path->delay)
		path->delay = round_trip;
	if (path->quickest < 0 || round_trip < path->quickest)
		path->quickest = round_trip;
}

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

static void plait_path_learn_mean(struct plait_path *path, s64 now)
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
static void plait_path_learn_busy(struct plait_path *path, s64 now, u32 newly, bool alone)
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

/*
 * With a delay that is too short the window is too small, which makes the rate fall, which makes the
 * window smaller. A path that really is slower is not quicker to answer with a smaller window only
 * for the time of one period; when it goes on, the delay has become longer.
 */
static void plait_path_check_delay(struct plait_path *path, s64 before)
{
	s64 now = path->fastest.value[1];
	bool falls = now >= 0 && before >= 0 && now < before / 4 * 3 &&
		     path->quickest > path->delay + plait_path_slack(path);

	if (falls && path->falling && path->quickest >= path->quickest_before / 8 * 7) {
		path->delay = path->quickest;
		falls = false;
	}
	path->falling = falls;
	path->quickest_before = path->quickest;
	path->quickest = -1;
}

static void plait_path_learn_fastest(struct plait_path *path, s64 now, s64 rate)
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

/*
 * What is expected of packets in flight is moved by half the error that is seen in one of them, less
 * what was moved since it left.
 */
static void plait_path_learn_error(struct plait_path *path, s64 now, s64 round_trip)
{
	s64 expected = path->latest.expected + path->corrected - path->latest.corrected;
	s64 move = (now - expected) / PLAIT_ERROR_PART;

	/* A queue that others make is none of its own. */
	if (path->latest.alone &&
	    round_trip <= path->delay + 2 * plait_path_time(path, PLAIT_FULL_PACKET))
		path->alone = path->alone ? path->alone + (round_trip - path->alone) /
							  PLAIT_ERROR_PART : round_trip;
	path->busy_until += move;
	path->corrected += move;
}

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

	plait_path_learn_delay(path, round_trip);
	plait_path_learn_mean(path, now);
	plait_path_learn_busy(path, now, newly, alone);
	if (bytes >= PLAIT_RATE_BYTES)
		plait_path_learn_fastest(path, now, plait_path_rate(bytes, time));
	if (path->searching) {
		bool queues = plait_path_queues(path, round_trip);

		if (!latest->limited && !queues)
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
	if (!path->searching)
		plait_path_set_window(path);
	plait_path_set_cost(path);
	plait_path_learn_error(path, now, round_trip);
}

/**
 * plait_path_arrival() - how long a packet would take, there and its acknowledgement back
 * @path: a known path
 * @now: ns
 * @ahead: bytes that wait before it
 * @bytes: its length
 *
 * Return: ns.
 */
s64 plait_path_arrival(const struct plait_path *path, s64 now, u32 ahead, u32 bytes)
{
	s64 delay = plait_path_max(path->delay, 0), busy;

	if (path->configured)
		return delay + plait_path_max(path->next_send - now, 0) +
		       plait_path_time(path, ahead + bytes);
	/* Whatever the clock says, no more can be before it than what is in flight. */
	busy = plait_path_min(path->busy_until - now, delay + plait_path_time(path, path->in_flight));
	return plait_path_max(path->alone ? path->alone : delay + plait_path_time(path, bytes),
			      busy + plait_path_time(path, ahead + bytes));
}

/**
 * plait_path_has_room() - may one more packet leave?
 * @path: the path
 * @now: ns
 * @ahead: bytes that wait before it
 *
 * Return: true when it may.
 */
bool plait_path_has_room(const struct plait_path *path, s64 now, u32 ahead)
{
	if (path->configured && path->next_send + plait_path_time(path, ahead) > now)
		return false;
	if (path->configured && path->delay < 0)
		return true;
	return ahead + path->in_flight < path->window;
}

/**
 * plait_path_room_at() - when will there be room though nothing is acknowledged?
 * @path: a path without room
 * @now: ns
 *
 * Return: ns; @now when only acknowledgements help.
 */
s64 plait_path_room_at(const struct plait_path *path, s64 now)
{
	return path->configured ? plait_path_max(path->next_send, now) : now;
}
