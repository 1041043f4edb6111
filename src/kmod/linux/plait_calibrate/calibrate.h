/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of plait_calibrate share: how a piece of work is timed, and how a figure is reported. */
#ifndef PLAIT_CALIBRATE_H
#define PLAIT_CALIBRATE_H

#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/timex.h>
#include <linux/types.h>

/* Times that each figure is taken; the median is reported. */
#define PLAIT_SAMPLES 101

/* Cycles of the time stamp counter (0 on a CPU without) and nanoseconds, at one moment or between two. */
struct plait_time {
	u64 cycles;
	u64 ns;
};

static inline struct plait_time plait_time_now(void)
{
	return (struct plait_time){ .cycles = get_cycles(), .ns = ktime_get_raw_ns() };
}

static inline struct plait_time plait_time_since(struct plait_time begin)
{
	struct plait_time now = plait_time_now();

	return (struct plait_time){ .cycles = now.cycles - begin.cycles, .ns = now.ns - begin.ns };
}

/* report.c: adds the line "name value"; the value has `digits` decimals, at most 3. */
extern const struct kernel_param_ops plait_report_ops;
void plait_report(const char *name, const char *unit, u64 value, unsigned int digits);

/* timing.c */
void plait_report_times(const char *name, struct plait_time *samples, u32 calls);
void plait_report_spread(const char *name, u64 *ns, u32 count);
int plait_time_work(const char *name, void (*work)(void *data), void *data);

/* What the parameter `run` may be; each returns 0 or a negative error. */
int plait_calibrate_cipher(u32 bytes);
int plait_calibrate_x25519(void);
int plait_calibrate_clock(void);
int plait_calibrate_packets(const char *in, const char *out, u32 bytes);

#endif /* PLAIT_CALIBRATE_H */
