/* SPDX-License-Identifier: GPL-2.0-only */
/* meter.c: what is measured on an uplink. */
#ifndef PLAIT_BALANCE_METER_H
#define PLAIT_BALANCE_METER_H

#include <linux/u64_stats_sync.h>

#include "../../core/balance/estimate.h"

/**
 * enum plait_balance_count - counters of an uplink
 * @PLAIT_BALANCE_TX_PACKETS: see enum plait_balance_uplink_attr, and so for the others
 */
enum plait_balance_count {
	PLAIT_BALANCE_TX_PACKETS,
	PLAIT_BALANCE_TX_BYTES,
	PLAIT_BALANCE_RX_PACKETS,
	PLAIT_BALANCE_RX_BYTES,
	PLAIT_BALANCE_ASSIGNED,
	PLAIT_BALANCE_MOVED,
	PLAIT_BALANCE_ENDED,
	PLAIT_BALANCE_TCP_SEGMENTS,
	PLAIT_BALANCE_TCP_RETRANSMITTED,
	PLAIT_BALANCE_COUNTS,
};

/**
 * struct plait_balance_counts - counters of an uplink on one CPU, written with bottom halves off
 * @count: by enum plait_balance_count
 * @syncp: makes them readable on 32-bit machines
 */
struct plait_balance_counts {
	u64_stats_t count[PLAIT_BALANCE_COUNTS];
	struct u64_stats_sync syncp;
};

/**
 * struct plait_balance_meter - what was measured on an uplink, over all configurations that have it
 * @counts: counters
 * @estimate: rates; under &plait_balance_net.lock
 */
struct plait_balance_meter {
	struct plait_balance_counts __percpu *counts;
	struct plait_estimate estimate;
};

struct plait_balance_meter *plait_balance_meter_alloc(void);
void plait_balance_meter_free(struct plait_balance_meter *meter);
void plait_balance_meter_totals(const struct plait_balance_meter *meter, u64 totals[PLAIT_BALANCE_COUNTS]);
void plait_balance_count(struct plait_balance_meter *meter, enum plait_balance_count what, u32 amount);
void plait_balance_count_two(struct plait_balance_meter *meter, enum plait_balance_count what, u32 amount,
			     enum plait_balance_count also, u32 also_amount);

#endif /* PLAIT_BALANCE_METER_H */
