// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an uplink did lately, from counters that are sampled every second.
 *
 * Rates are averages over one and over eight samples, as in the channel balancing thesis. The retransmission rate
 * forgets faster, since TCP sends little over a path that loses much: what was sent before the loss
 * began would hide it for long.
 */
#include "estimate.h"

/* Segments, after halving, that a retransmission rate can be judged by. */
#define PLAIT_ESTIMATE_SEGMENTS_LEAST 32

#define PLAIT_ESTIMATE_UNIT 256

/**
 * plait_estimate_init() - begin with counters that are all 0
 * @estimate: any memory
 * @now: milliseconds
 */
void plait_estimate_init(struct plait_estimate *estimate, u32 now)
{
	*estimate = (struct plait_estimate){ .points[0].at = now, .count = 1 };
}

static s64 plait_estimate_rate(s64 bytes, u32 milliseconds)
{
	return plait_div_s64(bytes * 8000, milliseconds ? milliseconds : 1);
}

static void plait_estimate_rates(struct plait_estimate *estimate)
{
	const struct plait_estimate_point *new = &estimate->points[0];
	const struct plait_estimate_point *last = &estimate->points[1];
	const struct plait_estimate_point *first = &estimate->points[estimate->count - 1];

	estimate->tx_rate_1s = plait_estimate_rate(new->counters.tx_bytes - last->counters.tx_bytes,
						   new->at - last->at);
	estimate->rx_rate_1s = plait_estimate_rate(new->counters.rx_bytes - last->counters.rx_bytes,
						   new->at - last->at);
	estimate->tx_rate_8s = plait_estimate_rate(new->counters.tx_bytes - first->counters.tx_bytes,
						   new->at - first->at);
	estimate->rx_rate_8s = plait_estimate_rate(new->counters.rx_bytes - first->counters.rx_bytes,
						   new->at - first->at);
}

/* While there is too little to judge from, the last rate fades by an eighth with each sample. */
static void plait_estimate_retransmissions(struct plait_estimate *estimate)
{
	const struct plait_estimate_counters *new = &estimate->points[0].counters;
	const struct plait_estimate_counters *last = &estimate->points[1].counters;

	estimate->segments = (estimate->segments >> 1) +
			     (new->segments - last->segments) * PLAIT_ESTIMATE_UNIT;
	estimate->retransmitted = (estimate->retransmitted >> 1) +
				  (new->retransmitted - last->retransmitted) * PLAIT_ESTIMATE_UNIT;
	if (estimate->segments >= PLAIT_ESTIMATE_SEGMENTS_LEAST * PLAIT_ESTIMATE_UNIT)
		estimate->retransmission_rate =
			(u32)plait_div_s64(estimate->retransmitted * 10000, estimate->segments);
	else
		estimate->retransmission_rate -= (estimate->retransmission_rate + 7) / 8;
}

/**
 * plait_estimate_sample() - take a sample; to be called every second
 * @estimate: the estimates, brought up to date
 * @now: milliseconds
 * @counters: the counters now
 */
void plait_estimate_sample(struct plait_estimate *estimate, u32 now,
			   const struct plait_estimate_counters *counters)
{
	u32 i;

	for (i = PLAIT_ESTIMATE_SAMPLES; i; i--)
		estimate->points[i] = estimate->points[i - 1];
	estimate->points[0].at = now;
	estimate->points[0].counters = *counters;
	if (estimate->count <= PLAIT_ESTIMATE_SAMPLES)
		estimate->count++;

	plait_estimate_rates(estimate);
	plait_estimate_retransmissions(estimate);
}
