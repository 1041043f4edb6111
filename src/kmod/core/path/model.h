/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the model of a path. */
#ifndef PLAIT_CORE_PATH_MODEL_H
#define PLAIT_CORE_PATH_MODEL_H

#include "path.h"
#include "state.h"

/* Rates are kept in these bounds so that no product overflows. In bytes/s. */
#define PLAIT_RATE_MIN 500
#define PLAIT_RATE_MAX ((s64)12500000000)

/* Bytes. */
#define PLAIT_WINDOW_MAX (64U << 20)

static inline s64 plait_path_min(s64 a, s64 b)
{
	return a < b ? a : b;
}

static inline s64 plait_path_max(s64 a, s64 b)
{
	return a > b ? a : b;
}

/* Bytes that a rate carries in a time of at most 100 s; ns/1024 keep the product in 64 bits. */
static inline s64 plait_path_bytes(s64 rate, s64 time)
{
	return plait_div_s64(rate * (time >> 10), PLAIT_S >> 10);
}

static inline s64 plait_path_rate(s64 bytes, s64 time)
{
	s64 rate = plait_div_s64(bytes * PLAIT_S, plait_path_max(time, 1));

	return plait_path_min(plait_path_max(rate, PLAIT_RATE_MIN), PLAIT_RATE_MAX);
}

static inline s64 plait_recent_max(const struct plait_recent *recent)
{
	return plait_path_max(recent->value[0], recent->value[1]);
}

static inline void plait_recent_reset(struct plait_recent *recent)
{
	recent->value[0] = -1;
	recent->value[1] = -1;
	recent->since = 0;
}

/* Returns whether a new period began. */
static inline bool plait_recent_turn(struct plait_recent *recent, s64 now, s64 period)
{
	if (recent->since && now - recent->since < period)
		return false;
	recent->value[1] = recent->value[0];
	recent->value[0] = -1;
	recent->since = now;
	return true;
}

/* in-flight.c */
void plait_path_passed(struct plait_path *path, u32 bytes, s64 at);
s64 plait_path_unreported(const struct plait_path *path, s64 now);
s64 plait_path_outstanding(const struct plait_path *path, s64 now);
s64 plait_path_unreported_at(const struct plait_path *path, s64 now, s64 bytes);

/* pace.c */
void plait_pace_reset(struct plait_pace *pace);
bool plait_pace_waits(struct plait_path *path, s64 now, u32 ahead);
void plait_pace_leave(struct plait_path *path, s64 now, u32 bytes);

/* rate.c */
void plait_path_learn_mean(struct plait_path *path, s64 now);
void plait_path_learn_busy(struct plait_path *path, s64 now, u32 newly, bool alone);
void plait_path_learn_fastest(struct plait_path *path, s64 now, s64 rate);

/* search.c */
void plait_path_learn_search(struct plait_path *path, s64 now, u32 newly, s64 round_trip);

/* delay.c */
void plait_path_learn_delay(struct plait_path *path, s64 now, s64 round_trip);
void plait_path_check_delay(struct plait_path *path, s64 before);

/* window.c */
s64 plait_path_slack(const struct plait_path *path);
void plait_path_set_window(struct plait_path *path);

/* clock.c */
void plait_path_set_cost(struct plait_path *path);
void plait_path_learn_error(struct plait_path *path, s64 now, s64 round_trip);

#endif /* PLAIT_CORE_PATH_MODEL_H */
