/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of its bandwidth each uplink uses at this moment. */
#ifndef PLAIT_BALANCE_USAGE_H
#define PLAIT_BALANCE_USAGE_H

#include "strategy.h"

/* Bandwidth that is taken for granted where nobody said any, in bit/s. */
#define PLAIT_USAGE_RATE_DEFAULT 10000000000LL

/**
 * struct plait_usage_line - one uplink
 * @line: what was said of it; weight 0 when the slot has none
 * @up: bytes that it can send within the time constant, times 256; 0: not to be looked at
 * @down: bytes that it can receive, same
 * @tx: bytes sent lately, fading with the time constant, times 256
 * @rx: bytes received lately, same
 */
struct plait_usage_line {
	struct plait_balance_line line;
	s64 up;
	s64 down;
	s64 tx;
	s64 rx;
};

/**
 * struct plait_usage - all uplinks
 * @line: by slot
 * @slots: slots from here on have no uplink
 * @tick: up to when the bytes have faded
 */
struct plait_usage {
	struct plait_usage_line line[PLAIT_BALANCE_SLOTS];
	u32 slots;
	u32 tick;
};

/**
 * typedef plait_usage_score - how good it is to have some room
 * @capacity: bytes, as &struct plait_usage_line.up; above 0
 * @used: bytes, same; below @capacity
 *
 * Return: at least 0, at most 2^50; the more the better.
 */
typedef s64 (*plait_usage_score)(s64 capacity, s64 used);

void plait_usage_init(void *state, u32 seed);
void plait_usage_set(void *state, u32 slot, const struct plait_balance_line *line);
int plait_usage_pick(struct plait_usage *usage, const struct plait_balance_packet *packet, u32 allowed,
		     plait_usage_score score);
void plait_usage_assigned(void *state, u32 slot, const struct plait_balance_packet *packet);
void plait_usage_passed(void *state, u32 slot, const struct plait_balance_packet *packet);

#endif /* PLAIT_BALANCE_USAGE_H */
