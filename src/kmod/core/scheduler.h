/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scheduler is: it chooses the leg that the next packet leaves by.
 *
 * Nothing in this folder allocates, locks, sleeps or includes a header of an operating system.
 * Where it is compiled gives "plait_port.h": the types u8, u32, s64 and bool, and plait_div_s64().
 */
#ifndef PLAIT_CORE_SCHEDULER_H
#define PLAIT_CORE_SCHEDULER_H

#include "plait_port.h"

/* Legs are known to a scheduler by their slot, 0 to PLAIT_SLOTS - 1. Equal to PLAIT_LEGS_MAX. */
#define PLAIT_SLOTS 32

/* The most packets that one pick() may be charged with: more than a GSO packet can hold. */
#define PLAIT_BURST_MAX 65536

/**
 * struct plait_scheduler - one way to choose legs
 * @name: as people write it, at most 15 characters
 * @state_size: bytes that the caller keeps for each link
 * @init: sets the state of a link without legs
 * @set: says what a slot is from now on: a leg of @weight that may be chosen (@live) or not; weight
 *	0 means that the slot has no leg. May be called at any time, also with nothing changed.
 * @pick: gives the slot for @packets packets that go together (the segments of one GSO packet; at
 *	least 1, counted as PLAIT_BURST_MAX when more), or -1 when no leg is live
 *
 * Calls for the same state never overlap: the caller holds a lock. @pick is called once for every
 * packet with that lock held, so it must be short.
 */
struct plait_scheduler {
	const char *name;
	u32 state_size;
	void (*init)(void *state);
	void (*set)(void *state, u32 slot, u32 weight, bool live);
	int (*pick)(void *state, u32 packets);
};

#endif /* PLAIT_CORE_SCHEDULER_H */
