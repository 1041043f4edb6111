// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many bytes are in flight on a path. Reports of the far end come up to PLAIT_REPORT_PERIOD after what they tell of:
 * meanwhile packets are taken to go on arriving at the mean rate, so that they leave as smoothly as they arrive.
 */
#include "model.h"

/* A report is due at most 20 ms after an arrival (udp/report.c), and then on its way. */
#define PLAIT_REPORT_PERIOD (25 * PLAIT_MS)

/* Times of bytes are cut off to this. */
#define PLAIT_PERIOD_SPARE 2048

void plait_path_passed(struct plait_path *path, u32 bytes, s64 at)
{
	path->in_flight -= bytes;
	path->delivered += bytes;
	path->newly += bytes;
	path->delivered_at = plait_path_max(path->delivered_at, at);
}

/**
 * plait_path_settle() - what nobody acknowledges has arrived when it is expected to
 * @path: the path
 * @now: ns
 */
void plait_path_settle(struct plait_path *path, s64 now)
{
	s64 at = 0;
	u32 bytes = plait_untracked_settle(&path->untracked, now, &at);

	if (bytes)
		plait_path_passed(path, bytes, at);
}

/**
 * plait_path_reported() - a report tells what arrived until some time
 * @path: the path
 * @at: when the last of it did, ns
 */
void plait_path_reported(struct plait_path *path, s64 at)
{
	path->reported_at = plait_path_max(path->reported_at, at);
}

/* Bytes that should have arrived since what the last report told of. */
s64 plait_path_unreported(const struct plait_path *path, s64 now)
{
	s64 time = plait_path_min(now - path->reported_at, PLAIT_REPORT_PERIOD);

	if (!path->reported_at || path->searching || time <= 0)
		return 0;
	return plait_path_bytes(path->configured ? path->configured : path->rate, time);
}

/* Bytes in flight, as far as anybody can know. */
s64 plait_path_outstanding(const struct plait_path *path, s64 now)
{
	return plait_path_max(path->in_flight - plait_path_unreported(path, now), 0);
}

/* When plait_path_unreported() will be as much, ns; PLAIT_NEVER: not before the next report. */
s64 plait_path_unreported_at(const struct plait_path *path, s64 now, s64 bytes)
{
	s64 time = plait_path_time(path, bytes) + PLAIT_PERIOD_SPARE;

	if (!path->reported_at || path->searching || time > PLAIT_REPORT_PERIOD)
		return PLAIT_NEVER;
	return plait_path_max(path->reported_at + time, now + PLAIT_PERIOD_SPARE);
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
