// SPDX-License-Identifier: GPL-2.0-only
/*
 * The delay of a path: the shortest round trip of the last ten seconds. The acknowledgement may come back by any path, but
 * the shortest one has come back by the fastest of them, so that delays of paths differ by what the ways
 * out differ. When nothing about as short was seen for ten seconds, the window is reduced for a moment so that
 * the queue at the bottleneck drains, and the shortest round trip then is the delay (BBR's PROBE_RTT,
 * draft-ietf-ccwg-bbr, 4.3.4). So no single sample, right or forged, lives longer than that.
 *
 * The standing queue hides when the delay becomes longer, but a window that is too small for it
 * shows that (plait_path_check_delay()).
 */
#include "model.h"

/* A delay is believed for so long without a round trip that is at most a part, or that much, longer. */
#define PLAIT_DELAY_LIFE (10 * PLAIT_S)
#define PLAIT_DELAY_PART 8
#define PLAIT_DELAY_NEAR PLAIT_MS

/* The queue has drained after so many round trips, and at least that. The window then is no smaller than this. */
#define PLAIT_DRAIN_ROUNDS 2
#define PLAIT_DRAIN_MIN (100 * PLAIT_MS)

/* Longer than a round trip that confirms the delay. */
static s64 plait_path_near(const struct plait_path *path)
{
	return path->delay + plait_path_max(path->delay / PLAIT_DELAY_PART, PLAIT_DELAY_NEAR) +
	       plait_path_time(path, PLAIT_FULL_PACKET);
}

/* Has the delay not been confirmed for too long? The queue, if it is that, is made to drain. */
static void plait_path_check_least(struct plait_path *path, s64 now, s64 round_trip)
{
	struct plait_least *least = &path->least;

	if (!least->confirmed || round_trip <= plait_path_near(path)) {
		least->confirmed = now;
		least->drain_until = 0;
		return;
	}
	if (least->drain_until) {
		if (least->seen < 0 || round_trip < least->seen)
			least->seen = round_trip;
		if (now < least->drain_until)
			return;
		path->delay = least->seen;
		least->confirmed = now;
		least->drain_until = 0;
	} else if (now - least->confirmed > PLAIT_DELAY_LIFE && !path->searching) {
		least->drain_until = now + plait_path_max(PLAIT_DRAIN_ROUNDS * round_trip,
							  PLAIT_DRAIN_MIN);
		least->seen = -1;
	}
}

void plait_path_learn_delay(struct plait_path *path, s64 now, s64 round_trip)
{
	if (!path->latest_exact)
		return;
	if (path->delay < 0 || round_trip < path->delay)
		path->delay = round_trip;
	if (path->quickest < 0 || round_trip < path->quickest)
		path->quickest = round_trip;
	plait_path_check_least(path, now, round_trip);
}

/*
 * With a delay that is too short the window is too small, which makes the rate fall, which makes the
 * window smaller. A path that really is slower is not quicker to answer with a smaller window only
 * for the time of one period; when it goes on, the delay has become longer.
 */
void plait_path_check_delay(struct plait_path *path, s64 before)
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
