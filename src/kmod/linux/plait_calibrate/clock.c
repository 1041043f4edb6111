// SPDX-License-Identifier: GPL-2.0-only
/* Clock and timers: what a look at the clock takes, its smallest step, and how late timers are. */
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "calibrate.h"

/* Steps of the clock of which the smallest counts, and looks at it until they must be there. */
#define STEPS 1000
#define MOST_LOOKS 10000000
/* Timers, one after the other, and how far each is ahead: longer than it takes to set one. */
#define TIMERS 500
#define AHEAD_NS 300000

static void look(void *data)
{
	*(u64 *)data = ktime_get_ns();
}

static int report_step(void)
{
	u64 last = ktime_get_ns(), least = U64_MAX;
	u32 steps = 0, looks;

	for (looks = 0; steps < STEPS && looks < MOST_LOOKS; looks++) {
		u64 now = ktime_get_ns();

		if (now != last) {
			least = min(least, now - last);
			steps++;
		}
		last = now;
		if (!(looks % 1024))
			cond_resched();
	}
	if (steps < STEPS)
		return -ETIME;
	plait_report("clock_step", "ns", least, 0);
	return 0;
}

struct late_timer {
	struct hrtimer timer;
	struct completion fired;
	u64 late;
};

static enum hrtimer_restart note_time(struct hrtimer *timer)
{
	struct late_timer *late = container_of(timer, struct late_timer, timer);

	late->late = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(timer)));
	complete(&late->fired);
	return HRTIMER_NORESTART;
}

static int report_lateness(void)
{
	u64 *samples = kmalloc_array(TIMERS, sizeof(*samples), GFP_KERNEL);
	struct late_timer *late = kzalloc(sizeof(*late), GFP_KERNEL);
	int err = -ENOMEM;
	u32 i;

	if (!samples || !late)
		goto out;
	init_completion(&late->fired);
	hrtimer_setup(&late->timer, note_time, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	err = 0;
	for (i = 0; !err && i < TIMERS; i++) {
		reinit_completion(&late->fired);
		hrtimer_start(&late->timer, ktime_add_ns(ktime_get(), AHEAD_NS), HRTIMER_MODE_ABS);
		if (!wait_for_completion_timeout(&late->fired, HZ))
			err = -ETIME;
		samples[i] = late->late;
	}
	hrtimer_cancel(&late->timer);
	if (!err)
		plait_report_spread("timer_late", samples, TIMERS);
out:
	kfree(late);
	kfree(samples);
	return err;
}

int plait_calibrate_clock(void)
{
	u64 seen;
	int err;

	plait_report("timer_resolution", "ns", hrtimer_resolution, 0);
	err = plait_time_work("clock_read", look, &seen);
	if (!err)
		err = report_step();
	return err ?: report_lateness();
}
