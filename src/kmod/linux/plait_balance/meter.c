// SPDX-License-Identifier: GPL-2.0-only
/* Counters of an uplink. */
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "meter.h"

/**
 * plait_balance_meter_alloc() - make a meter that shows 0
 *
 * Return: the meter, or NULL when there is no memory.
 */
struct plait_balance_meter *plait_balance_meter_alloc(void)
{
	struct plait_balance_meter *meter = kmalloc(sizeof(*meter), GFP_KERNEL_ACCOUNT);

	if (!meter)
		return NULL;
	meter->counts = __netdev_alloc_pcpu_stats(struct plait_balance_counts, GFP_KERNEL_ACCOUNT);
	if (!meter->counts) {
		kfree(meter);
		return NULL;
	}
	plait_estimate_init(&meter->estimate, jiffies_to_msecs(jiffies));
	return meter;
}

/**
 * plait_balance_meter_free() - free a meter
 * @meter: no configuration has had it since an RCU grace period
 */
void plait_balance_meter_free(struct plait_balance_meter *meter)
{
	free_percpu(meter->counts);
	kfree(meter);
}

/**
 * plait_balance_count() - add to a counter
 * @meter: whose
 * @what: which
 * @amount: how much
 */
void plait_balance_count(struct plait_balance_meter *meter, enum plait_balance_count what, u32 amount)
{
	struct plait_balance_counts *counts;

	local_bh_disable();
	counts = this_cpu_ptr(meter->counts);
	u64_stats_update_begin(&counts->syncp);
	u64_stats_add(&counts->count[what], amount);
	u64_stats_update_end(&counts->syncp);
	local_bh_enable();
}

/**
 * plait_balance_count_two() - add to two counters at once
 * @meter: whose
 * @what: the first
 * @amount: how much
 * @also: the other
 * @also_amount: how much
 */
void plait_balance_count_two(struct plait_balance_meter *meter, enum plait_balance_count what, u32 amount,
			     enum plait_balance_count also, u32 also_amount)
{
	struct plait_balance_counts *counts;

	local_bh_disable();
	counts = this_cpu_ptr(meter->counts);
	u64_stats_update_begin(&counts->syncp);
	u64_stats_add(&counts->count[what], amount);
	u64_stats_add(&counts->count[also], also_amount);
	u64_stats_update_end(&counts->syncp);
	local_bh_enable();
}

/**
 * plait_balance_meter_totals() - add up the counters of all CPUs
 * @meter: the meter
 * @totals: filled in
 */
void plait_balance_meter_totals(const struct plait_balance_meter *meter, u64 totals[PLAIT_BALANCE_COUNTS])
{
	int cpu;
	u32 i;

	memset(totals, 0, PLAIT_BALANCE_COUNTS * sizeof(totals[0]));
	for_each_possible_cpu(cpu) {
		const struct plait_balance_counts *counts = per_cpu_ptr(meter->counts, cpu);
		u64 part[PLAIT_BALANCE_COUNTS];
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&counts->syncp);
			for (i = 0; i < PLAIT_BALANCE_COUNTS; i++)
				part[i] = u64_stats_read(&counts->count[i]);
		} while (u64_stats_fetch_retry(&counts->syncp, start));

		for (i = 0; i < PLAIT_BALANCE_COUNTS; i++)
			totals[i] += part[i];
	}
}
