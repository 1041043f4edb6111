// SPDX-License-Identifier: GPL-2.0-only
/* Single decisions of the resequencer that fuzzers seldom come by. */
#include <stdio.h>
#include <string.h>

#include "../promise.h"
#include "udp/order.h"

static struct plait_order *order;
static s64 now;

/* Two legs, whose packets take so long. */
static void begin(s64 first, s64 second)
{
	struct plait_udp_header header = { .type = PLAIT_UDP_CONTROL };

	now = PLAIT_S;
	order = plait_order_new();
	plait_order_legs(order, 3, now);
	header.sent = plait_udp_time(now - first);
	plait_order_heard(order, now, &header);
	header.leg = 1;
	header.sent = plait_udp_time(now - second);
	plait_order_heard(order, now, &header);
}

static void end(void)
{
	plait_order_flush(order);
	promise(!plait_order_release(order));
	plait_order_free(order);
	promise(!plait_held);
}

/* A packet that took so long; it is its own sequence, as a pointer. */
static enum plait_order_verdict arrive(u32 leg, u32 sequence, u32 after, s64 delay)
{
	static char packets[PLAIT_ORDER_RING * 2];
	struct plait_udp_header header = {
		.type = PLAIT_UDP_DATA,
		.leg = leg,
		.sequence = sequence,
		.after = after,
		.sent = plait_udp_time(now - delay),
	};

	return plait_order_arrive(order, now, &header, packets + sequence);
}

static u32 release(void)
{
	u32 count = 0;

	while (plait_order_release(order))
		count++;
	return count;
}

/* What comes after it was given up waits for nothing, although what it comes after is missing. */
static void late_packet(void)
{
	begin(0, 0);
	promise(arrive(0, 0, 0, 0) == PLAIT_ORDER_PASS);
	promise(arrive(0, 3, 1, 0) == PLAIT_ORDER_TAKEN);
	promise(!release());
	now = plait_order_deadline(order);
	promise(now == PLAIT_S + PLAIT_ORDER_DEADLINE_MIN);
	plait_order_due(order, now);
	promise(release() == 1 && plait_order_counters(order)->expired == 1);
	promise(arrive(0, 2, 1, 0) == PLAIT_ORDER_PASS);
	promise(plait_order_counters(order)->late == 1);
	end();
}

/* After the grace time of a leg that reorders, and not at the deadline: no arrival is needed for it. */
static void grace_time(void)
{
	const s64 late = 8 * PLAIT_MS, grace = late + late / 4;

	begin(0, 100 * PLAIT_MS);
	promise(arrive(0, 1, 0, 0) == PLAIT_ORDER_PASS);
	promise(arrive(0, 0, 0, late) == PLAIT_ORDER_PASS);
	promise(arrive(0, 3, 1, 0) == PLAIT_ORDER_TAKEN);
	promise(arrive(1, 4, 0, 100 * PLAIT_MS) == PLAIT_ORDER_PASS);
	promise(!release());
	promise(plait_order_deadline(order) >= now + grace - PLAIT_MS / 10);
	promise(plait_order_deadline(order) <= now + grace + grace / 4 + PLAIT_MS / 10);
	now = plait_order_deadline(order);
	plait_order_due(order, now);
	promise(release() == 1);
	promise(plait_order_counters(order)->lost == 1 && !plait_order_counters(order)->expired);
	end();
}

/* A hole that the ring leaves behind is given up. */
static void end_of_ring(void)
{
	const u32 reach = PLAIT_ORDER_RING - 32;

	begin(0, 0);
	promise(arrive(0, 2, 1, 0) == PLAIT_ORDER_TAKEN);
	promise(arrive(0, reach, 0, 0) == PLAIT_ORDER_PASS);
	promise(!release());
	promise(arrive(0, reach + 1, 0, 0) == PLAIT_ORDER_PASS);
	promise(release() == 1 && plait_order_counters(order)->overflow == 1);
	/* What is still in it is known. */
	promise(arrive(0, 2, 1, 0) == PLAIT_ORDER_COPY);
	end();
}

int main(void)
{
	late_packet();
	grace_time();
	end_of_ring();
	printf("3 cases\n");
	return 0;
}
