// SPDX-License-Identifier: GPL-2.0-only
/*
 * A leg whose rate is configured, and timers that are late: pacing-driver RATE TICK LEAST SECONDS. RATE in bytes/s. A timer runs
 * out at a multiple of TICK ns, and no sooner than LEAST ns after it was set.
 *
 * Datagrams always wait. Prints the percentage of the rate that left, ten times, and the longest burst in us of the rate; then the
 * burst that leaves at once after a second in which nothing did, and timers set for 100 packets.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "line.h"
#include "promise.h"

#define BYTES 1480
#define SEED 20261130

static struct plait_engine state;
static const struct plait_flow_control *control;
static s64 tick, soonest;

static s64 runs_out(s64 now, s64 wanted)
{
	s64 at = wanted > now + soonest ? wanted : now + soonest;

	return (at + tick - 1) / tick * tick;
}

/* What leaves at once. */
static u32 burst(s64 now)
{
	u32 bytes = 0;

	while (!control->full(&state, now)) {
		struct plait_offer packet = { .bytes = BYTES };
		int copy, slot = control->commit(&state, now, &packet, &copy);

		promise(slot == 0 && copy < 0);
		promise(control->next(&state, now) == slot);
		control->sent(&state, now, slot, &packet);
		bytes += BYTES;
	}
	return bytes;
}

/* Nobody has anything to send, and the timer that was set tells so. */
static s64 pause(s64 now, s64 time)
{
	s64 until = now + time;

	while (control->full(&state, now))
		now = runs_out(now, control->again(&state, now));
	promise(now < until);
	return until;
}

int main(int argc, char **argv)
{
	s64 now = PLAIT_S, rate, until, total = 0;
	u32 bytes, longest = 0, timers = 0;

	promise(argc == 5);
	rate = atol(argv[1]);
	tick = atol(argv[2]);
	soonest = atol(argv[3]);
	until = now + atol(argv[4]) * PLAIT_S;
	control = plait_earliest.control;
	plait_earliest.init(&state, SEED);
	set_line(&plait_earliest, &state, 0, 1, true);
	control->set_rate(&state, 0, rate);
	while (now < until) {
		bytes = burst(now);
		longest = bytes > longest ? bytes : longest;
		total += bytes;
		now = runs_out(now, control->again(&state, now));
		timers++;
	}
	printf("%" PRId64, 1000 * total / (rate * atol(argv[4])));
	printf(" %" PRId64, longest * (PLAIT_S / 1000) / rate);
	now = pause(now, PLAIT_S);
	printf(" %" PRId64, burst(now) * (PLAIT_S / 1000) / rate);
	printf(" %" PRId64 "\n", timers * (s64)100 * BYTES / total);
	plait_earliest.end(&state);
	return 0;
}
