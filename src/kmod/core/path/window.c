// SPDX-License-Identifier: GPL-2.0-only
/*
 * The window of a path, as TCP's congestion window: the rate times the delay and a slack. The slack is a short queue at the
 * bottleneck: it keeps the path full when acknowledgements jitter, and when the path becomes faster the queue
 * is gone, more is delivered in a round, and the window grows with it by slack/delay a round.
 *
 * A path whose rate is configured is paced at that rate instead, and has the window only as a guard
 * against a configured rate that is too high.
 */
#include "model.h"

/* The queue that is kept at the bottleneck: a part of the delay within bounds. */
#define PLAIT_SLACK_PART 4
#define PLAIT_SLACK_MIN (8 * PLAIT_MS)
#define PLAIT_SLACK_MAX (40 * PLAIT_MS)

/* Beyond the window, so that a packet is there when the one before has left the bottleneck. */
#define PLAIT_WINDOW_SPARE PLAIT_FULL_PACKET

/* The window while the queue drains is no smaller. */
#define PLAIT_DRAIN_WINDOW (4 * PLAIT_FULL_PACKET)

s64 plait_path_slack(const struct plait_path *path)
{
	return plait_path_min(plait_path_max(path->delay / PLAIT_SLACK_PART, PLAIT_SLACK_MIN),
			      PLAIT_SLACK_MAX);
}

void plait_path_set_window(struct plait_path *path)
{
	s64 rate = plait_path_max(plait_recent_max(&path->fastest), path->configured);
	s64 window = plait_path_bytes(rate, path->delay + plait_path_slack(path));

	if (path->least.drain_until)
		window = plait_path_max(plait_path_bytes(rate, path->delay), PLAIT_DRAIN_WINDOW);
	path->window = plait_path_min(window + PLAIT_WINDOW_SPARE, PLAIT_WINDOW_MAX);
}

/**
 * plait_path_has_room() - may one more packet leave?
 * @path: the path
 * @now: ns
 * @ahead: bytes that wait before it
 *
 * Return: true when it may.
 */
bool plait_path_has_room(struct plait_path *path, s64 now, u32 ahead)
{
	if (path->configured && plait_pace_waits(path, now, ahead))
		return false;
	if ((path->configured && path->delay < 0) || ahead + path->in_flight < path->window)
		return true;
	plait_path_settle(path, now);
	return ahead + plait_path_outstanding(path, now) < path->window;
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
	s64 paced = path->configured ? path->pace.next : 0;
	s64 settles;

	if (paced > now)
		return paced;
	if (plait_path_outstanding(path, now) < path->window || (path->configured && path->delay < 0))
		return now;
	settles = plait_path_min(plait_untracked_next(&path->untracked),
				 plait_path_unreported_at(path, now, path->in_flight - path->window + 1));
	return settles == PLAIT_NEVER ? now : plait_path_max(settles, now + 1);
}
