// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delays are differences of two clocks that nobody synchronised: send times of the far end, and our
 * arrival times. All legs share both, so what one leg's delay is less another's is exact. 16 bits
 * of 2^16 ns are 32 bits of ns: arithmetic of u32 wraps where the send time does.
 */
#include "order.h"
#include "order-legs.h"

/*
 * A leg that brought nothing for this long proves nothing by it, and is not asked any more how far
 * it has come. The first packets after such a pause may be taken for lost, as long as they take
 * longer than those of other legs. With less than this, that would happen in the pauses that people
 * make; with more, for longer after its last packet each loss of another leg would hold up its flow
 * until the deadline.
 */
#define PLAIT_ORDER_QUIET (30 * PLAIT_S)

/* How long something is to come by a leg that is live, before it is not waited for by its delay. */
#define PLAIT_ORDER_UNMEASURED PLAIT_S

/* The grace time is what was seen in this period and the one before. */
#define PLAIT_ORDER_PERIOD (10 * PLAIT_S)
#define PLAIT_ORDER_GRACE_MAX (50 * PLAIT_MS)

/* Weights of a sample in the mean and in the mean deviation: as in RFC 6298. */
#define PLAIT_ORDER_DELAY_SHIFT 3
#define PLAIT_ORDER_JITTER_SHIFT 2

void plait_order_legs_free(struct plait_order_legs *legs)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++)
		plait_free(legs->leg[i]);
}

void plait_order_legs_restart(struct plait_order_legs *legs, bool clock)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		if (!legs->leg[i])
			continue;
		legs->leg[i]->known = false;
		if (clock)
			legs->leg[i]->measured = false;
	}
}

static struct plait_order_leg *plait_order_leg(struct plait_order_legs *legs, u32 number)
{
	struct plait_order_leg **leg = &legs->leg[number % PLAIT_UDP_LEGS];

	if (!*leg)
		*leg = plait_alloc(sizeof(**leg));
	return *leg;
}

void plait_order_legs_live(struct plait_order_legs *legs, u32 live, s64 now)
{
	u32 begun = live & ~legs->live, i;

	legs->live = live;
	legs->several = live & (live - 1);
	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_order_leg *leg;

		if (!(begun & 1U << i))
			continue;
		leg = plait_order_leg(legs, i);
		if (!leg)
			continue;
		leg->known = false;
		leg->last = now;
	}
}

static void plait_order_period(struct plait_order_legs *legs, s64 now)
{
	s64 age = now - legs->period;

	if (age < PLAIT_ORDER_PERIOD)
		return;
	legs->late[1] = age < 2 * PLAIT_ORDER_PERIOD ? legs->late[0] : 0;
	legs->late[0] = 0;
	legs->period = now;
}

/*
 * A packet came after one that its leg brought from behind it. Both delays are at hand, and what
 * was sent later was so by at least nothing: it came late by no more than the difference.
 */
static void plait_order_overtaken(struct plait_order_legs *legs, s64 now, u32 late)
{
	plait_order_period(legs, now);
	if ((s32)late < 1 << PLAIT_UDP_TIME_SHIFT)
		late = 1 << PLAIT_UDP_TIME_SHIFT;
	if (late > PLAIT_ORDER_GRACE_MAX)
		late = PLAIT_ORDER_GRACE_MAX;
	if (late > legs->late[0])
		legs->late[0] = late;
}

static u32 plait_order_delay(s64 now, const struct plait_udp_header *header)
{
	return (u32)now - ((u32)header->sent << PLAIT_UDP_TIME_SHIFT);
}

static void plait_order_measure(struct plait_order_leg *leg, u32 delay)
{
	s32 error = (s32)(delay - leg->delay);
	u32 size = error < 0 ? 0U - (u32)error : (u32)error;

	if (!leg->measured) {
		leg->measured = true;
		leg->delay = delay;
		leg->jitter = 0;
		return;
	}
	leg->delay += (u32)(error >> PLAIT_ORDER_DELAY_SHIFT);
	leg->jitter += size >> PLAIT_ORDER_JITTER_SHIFT;
	leg->jitter -= leg->jitter >> PLAIT_ORDER_JITTER_SHIFT;
}

void plait_order_legs_heard(struct plait_order_legs *legs, s64 now,
			    const struct plait_udp_header *header)
{
	struct plait_order_leg *leg = plait_order_leg(legs, header->leg);

	if (leg)
		plait_order_measure(leg, plait_order_delay(now, header));
}

static bool plait_order_quiet(const struct plait_order_leg *leg, s64 now)
{
	return now - leg->last > PLAIT_ORDER_QUIET;
}

void plait_order_legs_arrived(struct plait_order_legs *legs, s64 now,
			      const struct plait_udp_header *header, u32 position)
{
	struct plait_order_leg *leg = plait_order_leg(legs, header->leg);
	u32 delay = plait_order_delay(now, header);

	if (!leg)
		return;
	plait_order_measure(leg, delay);
	if (!(header->flags & PLAIT_UDP_RESENT)) {
		/* What it brought long ago may be half of all numbers away. */
		if (!leg->known || plait_order_quiet(leg, now) || (s32)(position - leg->high) > 0) {
			leg->known = true;
			leg->high = position;
			leg->high_delay = delay;
		} else if (position != leg->high) {
			plait_order_overtaken(legs, now, delay - leg->high_delay);
		}
	}
	leg->last = now;
}

bool plait_order_legs_passed(const struct plait_order_legs *legs, s64 now, u32 *position)
{
	bool found = false;
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		const struct plait_order_leg *leg = legs->leg[i];

		if (!(legs->live & 1U << i))
			continue;
		if (!leg)
			return false;
		if (plait_order_quiet(leg, now))
			continue;
		if (!leg->known)
			return false;
		if (!found || (s32)(leg->high - *position) < 0)
			*position = leg->high;
		found = true;
	}
	return found;
}

/* A quarter more than was seen, as reordering.c has it for TCP. */
s64 plait_order_legs_grace(struct plait_order_legs *legs, s64 now)
{
	s64 late;

	plait_order_period(legs, now);
	late = legs->late[0] > legs->late[1] ? legs->late[0] : legs->late[1];
	late += late >> 2;
	return late < PLAIT_ORDER_GRACE_MAX ? late : PLAIT_ORDER_GRACE_MAX;
}

s64 plait_order_legs_patience(struct plait_order_legs *legs, s64 now)
{
	s64 least = 0, most = 0, unsure = plait_order_legs_grace(legs, now), patience;
	const struct plait_order_leg *first = NULL;
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		const struct plait_order_leg *leg = legs->leg[i];
		s64 behind;

		if (!(legs->live & 1U << i))
			continue;
		if (!leg)
			return PLAIT_ORDER_DEADLINE_MAX;
		if (!leg->measured) {
			if (now - leg->last > PLAIT_ORDER_UNMEASURED)
				continue;
			return PLAIT_ORDER_DEADLINE_MAX;
		}
		if (!first)
			first = leg;
		behind = (s32)(leg->delay - first->delay);
		least = behind < least ? behind : least;
		most = behind > most ? behind : most;
		unsure = 4 * (s64)leg->jitter > unsure ? 4 * (s64)leg->jitter : unsure;
	}
	patience = most - least;
	patience += (patience >> 2) + unsure;
	if (patience < PLAIT_ORDER_DEADLINE_MIN)
		return PLAIT_ORDER_DEADLINE_MIN;
	return patience < PLAIT_ORDER_DEADLINE_MAX ? patience : PLAIT_ORDER_DEADLINE_MAX;
}
