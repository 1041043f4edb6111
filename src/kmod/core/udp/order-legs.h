/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What order.c knows of the legs: how far each has come, how much later than others it brings
 * packets, and whether packets overtake each other inside one.
 */
#ifndef PLAIT_CORE_UDP_ORDER_LEGS_H
#define PLAIT_CORE_UDP_ORDER_LEGS_H

#include "wire.h"

/**
 * struct plait_order_leg - a leg that is live, or brought a packet
 * @last: when it last brought one, or became live, ns
 * @high: highest sequence that it brought, packets that were sent again left out; if @known
 * @high_delay: one-way delay of that one
 * @delay: mean one-way delay, ns modulo 2^32, by two clocks: only differences mean something; if
 *	@measured
 * @jitter: mean deviation from it, ns
 * @known: it brought something since sequences began anew
 * @measured: it brought something since the far end's clock began anew
 */
struct plait_order_leg {
	s64 last;
	u32 high;
	u32 high_delay;
	u32 delay;
	u32 jitter;
	bool known;
	bool measured;
};

/**
 * struct plait_order_legs - all of them
 * @leg: by number; NULL: never used, or no memory
 * @live: a bit for each by which packets can come
 * @several: two or more are live
 * @late: how late packets came that others of their leg overtook, at most, in this period and in
 *	the one before, ns
 * @period: when this one began, ns
 */
struct plait_order_legs {
	struct plait_order_leg *leg[PLAIT_UDP_LEGS];
	u32 live;
	bool several;
	u32 late[2];
	s64 period;
};

void plait_order_legs_free(struct plait_order_legs *legs);

/* Sequences begin anew; @clock: so does the clock of the far end. */
void plait_order_legs_restart(struct plait_order_legs *legs, bool clock);

void plait_order_legs_live(struct plait_order_legs *legs, u32 live, s64 now);

/* @position: the sequence, as order.c counts it without wrapping. */
void plait_order_legs_arrived(struct plait_order_legs *legs, s64 now,
			      const struct plait_udp_header *header, u32 position);

/* Something came that has no place in the order: only its delay counts. */
void plait_order_legs_heard(struct plait_order_legs *legs, s64 now,
			    const struct plait_udp_header *header);

/**
 * plait_order_legs_passed() - how far all legs have come: min(H_k) of RFC 1990, 4.1
 * @legs: all
 * @now: ns
 * @position: what has not come before this one is lost, or was overtaken inside its leg
 *
 * Return: false when that is not known.
 */
bool plait_order_legs_passed(const struct plait_order_legs *legs, s64 now, u32 *position);

/* How late what was overtaken inside its leg may be, ns; 0 when nothing ever is. */
s64 plait_order_legs_grace(struct plait_order_legs *legs, s64 now);

/* How long what may come by another leg is waited for, ns. */
s64 plait_order_legs_patience(struct plait_order_legs *legs, s64 now);

#endif /* PLAIT_CORE_UDP_ORDER_LEGS_H */
