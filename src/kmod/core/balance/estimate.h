/* SPDX-License-Identifier: GPL-2.0-only */
/* What an uplink did lately, from counters that are sampled every second. */
#ifndef PLAIT_BALANCE_ESTIMATE_H
#define PLAIT_BALANCE_ESTIMATE_H

#include "plait_port.h"

/* Samples that an average goes over. */
#define PLAIT_ESTIMATE_SAMPLES 8

/**
 * struct plait_estimate_counters - what is sampled; these only grow
 * @tx_bytes: bytes sent
 * @rx_bytes: bytes received
 * @segments: TCP segments, both ways
 * @retransmitted: those of them that had been sent before
 */
struct plait_estimate_counters {
	s64 tx_bytes;
	s64 rx_bytes;
	s64 segments;
	s64 retransmitted;
};

/**
 * struct plait_estimate_point - counters at some time
 * @at: milliseconds of a clock that wraps around
 * @counters: the counters
 */
struct plait_estimate_point {
	u32 at;
	struct plait_estimate_counters counters;
};

/**
 * struct plait_estimate - of one uplink
 * @points: the last samples; index 0 is the newest
 * @count: how many there are, at least 1
 * @segments: segments lately; each sample halves what was before, times 256
 * @retransmitted: those retransmitted, same
 * @tx_rate_1s: bit/s between the last two samples
 * @tx_rate_8s: bit/s on the average of all @points
 * @rx_rate_1s: bit/s received
 * @rx_rate_8s: same
 * @retransmission_rate: retransmitted of 10,000 segments
 */
struct plait_estimate {
	struct plait_estimate_point points[PLAIT_ESTIMATE_SAMPLES + 1];
	u32 count;
	s64 segments;
	s64 retransmitted;
	s64 tx_rate_1s;
	s64 tx_rate_8s;
	s64 rx_rate_1s;
	s64 rx_rate_8s;
	u32 retransmission_rate;
};

void plait_estimate_init(struct plait_estimate *estimate, u32 now);
void plait_estimate_sample(struct plait_estimate *estimate, u32 now,
			   const struct plait_estimate_counters *counters);

#endif /* PLAIT_BALANCE_ESTIMATE_H */
