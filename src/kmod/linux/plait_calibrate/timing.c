// SPDX-License-Identifier: GPL-2.0-only
/* How long a piece of work takes: the median of many samples, so that interrupts do not count. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "calibrate.h"

/* Nanoseconds that a sample lasts at least: more than what it takes to read a slow clock. */
#define PLAIT_SAMPLE_NS 200000
#define PLAIT_MOST_CALLS 65536

static int compare_u64(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static int compare_cycles(const void *a, const void *b)
{
	return compare_u64(&((const struct plait_time *)a)->cycles, &((const struct plait_time *)b)->cycles);
}

static int compare_ns(const void *a, const void *b)
{
	return compare_u64(&((const struct plait_time *)a)->ns, &((const struct plait_time *)b)->ns);
}

/**
 * plait_report_times() - reports the median, and for cycles the least, of PLAIT_SAMPLES samples
 * @name: of the figures
 * @samples: are sorted
 * @calls: that each sample is of
 */
void plait_report_times(const char *name, struct plait_time *samples, u32 calls)
{
	char least[64];

	sort(samples, PLAIT_SAMPLES, sizeof(*samples), compare_ns, NULL);
	plait_report(name, "ns", div_u64(samples[PLAIT_SAMPLES / 2].ns * 10, calls), 1);
	sort(samples, PLAIT_SAMPLES, sizeof(*samples), compare_cycles, NULL);
	if (!samples[PLAIT_SAMPLES - 1].cycles)
		return;
	plait_report(name, "cycles", div_u64(samples[PLAIT_SAMPLES / 2].cycles * 10, calls), 1);
	scnprintf(least, sizeof(least), "%s_least", name);
	plait_report(least, "cycles", div_u64(samples[0].cycles * 10, calls), 1);
}

/* Least, median, the one that 99 of 100 are below, and greatest of `count` values, which are sorted. */
void plait_report_spread(const char *name, u64 *ns, u32 count)
{
	static const struct {
		const char *name;
		u32 percent;
	} ranks[] = { { "least", 0 }, { "median", 50 }, { "p99", 99 }, { "most", 100 } };
	char figure[64];
	u32 i;

	sort(ns, count, sizeof(*ns), compare_u64, NULL);
	for (i = 0; i < ARRAY_SIZE(ranks); i++) {
		scnprintf(figure, sizeof(figure), "%s_%s", name, ranks[i].name);
		plait_report(figure, "ns", ns[(count - 1) * ranks[i].percent / 100], 0);
	}
}

static struct plait_time time_calls(void (*work)(void *data), void *data, u32 calls)
{
	struct plait_time begin, took;
	u32 i;

	/* The counter of one CPU. */
	preempt_disable();
	begin = plait_time_now();
	for (i = 0; i < calls; i++)
		work(data);
	took = plait_time_since(begin);
	preempt_enable();
	return took;
}

/**
 * plait_time_work() - times a piece of work, and reports cycles and nanoseconds of one call
 * @name: of the figures
 * @work: does not sleep
 * @data: for it
 */
int plait_time_work(const char *name, void (*work)(void *data), void *data)
{
	struct plait_time *samples = kmalloc_array(PLAIT_SAMPLES, sizeof(*samples), GFP_KERNEL);
	u32 calls = 1, i;

	if (!samples)
		return -ENOMEM;
	while (calls < PLAIT_MOST_CALLS && time_calls(work, data, calls).ns < PLAIT_SAMPLE_NS)
		calls *= 2;
	for (i = 0; i < PLAIT_SAMPLES; i++) {
		samples[i] = time_calls(work, data, calls);
		cond_resched();
	}
	plait_report_times(name, samples, calls);
	kfree(samples);
	return 0;
}
