// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the weighted scheduler: any sequence of calls that its contract allows, checked after
 * each call against what weighted.c promises.
 *
 * With clang it is a libFuzzer target:
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -I test/kmod/port -I src/kmod/core \
 *		test/kmod/core/weighted-fuzz.c src/kmod/core/weighted.c -o fuzz && ./fuzz
 *
 * With fuzz-main.c it is a program that makes its own inputs.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../src/kmod/uapi/plait.h"
#include "sched/weighted.h"
#include "line.h"

struct world {
	struct plait_weighted state;
	u32 weight[PLAIT_SLOTS];
	bool live[PLAIT_SLOTS];
	/* The longest burst so far, as charged. */
	s64 burst;
	/* Since weights or legs changed last: packets in all, by slot, and the credits at the start. */
	s64 packets;
	s64 given[PLAIT_SLOTS];
	s64 start[PLAIT_SLOTS];
	/* Packets in all when the slot was chosen last. */
	s64 chosen[PLAIT_SLOTS];
};

#define promise_in(world, condition)                                                              \
	do {                                                                                   \
		if (!(condition))                                                              \
			broken(world, #condition, __LINE__);                                   \
	} while (0)

static void broken(const struct world *world, const char *condition, int line)
{
	u32 slot;

	fprintf(stderr, "line %d: broken promise: %s\n", line, condition);
	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		if (world->weight[slot])
			fprintf(stderr, "slot %u weight %u live %d credit %" PRId64 " given %" PRId64 "\n",
				slot, world->weight[slot], world->live[slot],
				world->state.leg[slot].credit, world->given[slot]);
	abort();
}

static s64 sum_of_weights(const struct world *world)
{
	s64 sum = 0;
	u32 slot;

	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		if (world->live[slot])
			sum += world->weight[slot];
	return sum;
}

/* Credits sum to zero; a leg is less than a burst ahead of its share; only live ones have credit. */
static void check_credits(const struct world *world)
{
	s64 total = sum_of_weights(world);
	s64 sum = 0;
	u32 slot;

	promise_in(world, world->state.total == total);
	for (slot = 0; slot < PLAIT_SLOTS; slot++) {
		s64 credit = world->state.leg[slot].credit;

		if (!world->live[slot])
			promise_in(world, credit == 0);
		else
			promise_in(world, credit > -total * (world->burst ? world->burst : 1));
		sum += credit;
	}
	promise_in(world, sum == 0);
}

/* The exact account: what a leg was given is its share, but for the change of its credit. */
static void check_shares(const struct world *world)
{
	s64 total = sum_of_weights(world);
	u32 slot;

	for (slot = 0; slot < PLAIT_SLOTS; slot++) {
		s64 change = world->state.leg[slot].credit - world->start[slot];

		if (!world->live[slot]) {
			promise_in(world, world->given[slot] == 0);
			continue;
		}
		promise_in(world, world->given[slot] * total ==
				       world->packets * world->weight[slot] - change);
	}
}

/*
 * A live leg is given something again before it would be the burst of every other leg behind: it
 * earns its weight with every packet.
 */
static void check_starvation(const struct world *world)
{
	s64 total = sum_of_weights(world);
	u32 slot;

	for (slot = 0; slot < PLAIT_SLOTS; slot++) {
		s64 waited = world->packets - world->chosen[slot];

		if (world->live[slot])
			promise_in(world, waited * world->weight[slot] <=
					       (PLAIT_SLOTS + 1) * total * world->burst);
	}
}

static void begin_account(struct world *world)
{
	u32 slot;

	world->packets = 0;
	for (slot = 0; slot < PLAIT_SLOTS; slot++) {
		world->given[slot] = 0;
		world->chosen[slot] = 0;
		world->start[slot] = world->state.leg[slot].credit;
	}
}

static void set(struct world *world, u32 slot, u32 weight, bool live)
{
	s64 before[PLAIT_SLOTS];
	s64 total = sum_of_weights(world);
	u32 i;

	for (i = 0; i < PLAIT_SLOTS; i++)
		before[i] = world->state.leg[i].credit;

	set_line(&plait_weighted, &world->state, slot, weight, live);
	world->weight[slot] = weight;
	world->live[slot] = live && weight;
	check_credits(world);

	/* Neither credit nor debt grows, in packets. */
	for (i = 0; i < PLAIT_SLOTS; i++)
		promise_in(world, llabs(world->state.leg[i].credit) * total <=
				       llabs(before[i]) * sum_of_weights(world));
	begin_account(world);
}

static void pick(struct world *world, u32 packets)
{
	int slot = pick_one(&plait_weighted, &world->state, packets);
	s64 charged = packets > PLAIT_BURST_MAX ? PLAIT_BURST_MAX : packets;

	if (slot < 0) {
		promise_in(world, sum_of_weights(world) == 0);
		return;
	}
	promise_in(world, slot < PLAIT_SLOTS && world->live[slot]);
	if (charged > world->burst)
		world->burst = charged;
	world->packets += charged;
	world->given[slot] += charged;
	world->chosen[slot] = world->packets;
	check_credits(world);
}

/* From a fresh start, in every `total` single packets each leg is given exactly its weight. */
static void check_period(const struct world *world)
{
	struct plait_weighted fresh;
	u32 given[PLAIT_SLOTS] = { 0 };
	s64 total = sum_of_weights(world);
	u32 slot;
	s64 i;

	plait_weighted.init(&fresh, 0);
	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		set_line(&plait_weighted, &fresh, slot, world->weight[slot], world->live[slot]);
	for (i = 0; i < total; i++) {
		int picked = pick_one(&plait_weighted, &fresh, 1);

		promise_in(world, picked >= 0);
		given[picked]++;
	}
	for (slot = 0; slot < PLAIT_SLOTS; slot++) {
		promise_in(world, given[slot] == (world->live[slot] ? world->weight[slot] : 0));
		promise_in(world, fresh.leg[slot].credit == 0);
	}
}

static u32 number(const uint8_t *data)
{
	return data[0] | (u32)data[1] << 8;
}

/* Four bytes a step: what to do, to which slot, and a number. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world;
	bool period = false;

	memset(&world, 0, sizeof(world));
	memset(&world.state, 0xa5, sizeof(world.state));
	plait_weighted.init(&world.state, 0);

	for (; size >= 4; data += 4, size -= 4) {
		u32 slot = data[1] % PLAIT_SLOTS;
		u32 value = number(data + 2);
		u32 i;

		switch (data[0] % 8) {
		case 0:
			set(&world, slot, value % PLAIT_WEIGHT_MAX + 1, true);
			break;
		case 1:
			set(&world, slot, value % PLAIT_WEIGHT_MAX + 1, false);
			break;
		case 2:
			set(&world, slot, 0, value & 1);
			break;
		case 3:
			pick(&world, value << 16 | 1);
			break;
		case 4:
			pick(&world, value + 1);
			break;
		case 5:
			period = true;
			break;
		default:
			for (i = 0; i < value % 64; i++)
				pick(&world, data[1] % 64 + 1);
		}
		check_shares(&world);
		check_starvation(&world);
	}
	if (period)
		check_period(&world);
	return 0;
}
