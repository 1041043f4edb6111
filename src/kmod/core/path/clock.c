// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a packet will be acknowledged. The answer is a clock: each packet is expected one packet's time at the mean rate
 * after the one before it, or after the delay when that is later, and the clock is set by each acknowledgement.
 */
#include "model.h"

/* So much of an error is corrected at once. */
#define PLAIT_ERROR_PART 2

void plait_path_set_cost(struct plait_path *path)
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

/*
 * What is expected of packets in flight is moved by half the error that is seen in one of them, less
 * what was moved since it left.
 */
void plait_path_learn_error(struct plait_path *path, s64 now, s64 round_trip)
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
		return delay + plait_path_max(path->pace.next - now, 0) +
		       plait_path_time(path, ahead + bytes);
	/* Whatever the clock says, no more can be before it than what is in flight. */
	busy = plait_path_min(path->busy_until - now, delay + plait_path_time(path, plait_path_outstanding(path, now)));
	return plait_path_max(path->alone ? path->alone : delay + plait_path_time(path, bytes),
			      busy + plait_path_time(path, ahead + bytes));
}
