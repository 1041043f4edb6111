// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the balancing strategies: any sequence of calls that their contract allows, checked against it.
 *
 * With clang it is a libFuzzer target:
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -DLIBFUZZER -I test/kmod/port -I src/kmod/core \
 *		test/kmod/core/balance/strategies-fuzz.c src/kmod/core/balance/?*.c -o fuzz && ./fuzz
 *
 * Without LIBFUZZER it makes its own inputs from a seed: strategies-fuzz INPUTS SEED
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "balance/destination.h"
#include "balance/share.h"
#include "balance/strategy.h"

#define SLOTS 6

static const struct plait_balance_strategy *const strategies[] = {
	&plait_balance_route,	 &plait_balance_packet,	    &plait_balance_session, &plait_balance_bandwidth,
	&plait_balance_headroom, &plait_balance_retransmit, &plait_balance_history,
};

#define STRATEGIES (sizeof(strategies) / sizeof(strategies[0]))

struct world {
	const struct plait_balance_strategy *strategy;
	void *state;
	u32 live;
	u32 now;
	u32 rate[SLOTS];
	struct plait_balance_address known;
};

#define promise(world, condition)                                                              \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			fprintf(stderr, "%s, line %d: broken promise: %s\n",                   \
				(world)->strategy->name, __LINE__, #condition);                \
			abort();                                                               \
		}                                                                              \
	} while (0)

/* Weights, rates and liveness over their whole ranges, with the ends more often. */
static void step_set(struct world *world, u32 slot, const u8 *argument)
{
	static const u32 weights[] = { 1, 2, 7, 1000 };
	static const s64 rates[] = { 0, 1, 64000, 1000000, 10000000, 1000000000000LL };
	struct plait_balance_line line = {
		.weight = weights[argument[0] % 4],
		.up = rates[argument[1] % 6],
		.down = rates[argument[1] / 6 % 6],
		.live = argument[2] & 1,
	};
	bool gone = argument[2] >= 240;

	world->live &= ~(1u << slot);
	if (!gone && line.live)
		world->live |= 1u << slot;
	if (gone)
		world->rate[slot] = 0;
	world->strategy->set(world->state, slot, gone ? NULL : &line);
}

static void step_packet(struct world *world, u32 slot, const u8 *argument)
{
	struct plait_balance_address address = { { 0, 0, 0xffff0000, argument[0] * 1001 } };
	struct plait_balance_packet packet = {
		.peer = &address,
		.now = world->now,
		.bytes = 1 + argument[1] * (argument[2] & 64 ? 257 : 6),
		.outgoing = argument[2] & 1,
		.stays = argument[2] & 2,
		.home = slot,
	};
	u32 allowed = argument[2] & 4 ? world->live & argument[2] >> 3 : world->live;
	int picked = world->strategy->pick(world->state, &packet, allowed);
	int again = world->strategy->pick(world->state, &packet, allowed);

	promise(world, picked == again);
	promise(world, allowed ? picked >= 0 && allowed & 1u << picked : picked == -1);
	if (picked >= 0 && !(argument[2] & 128))
		slot = (u32)picked;
	packet.home = slot;
	world->known = address;
	if (argument[2] & 32 && world->strategy->assigned)
		world->strategy->assigned(world->state, slot, &packet);
	if (world->strategy->passed)
		world->strategy->passed(world->state, slot, &packet);
}

/* Whoever sends unasked, from whatever address, changes the choice for nobody. */
static void step_stranger(struct world *world, u32 slot, const u8 *argument)
{
	struct plait_balance_address unknown = { { 1, argument[0], argument[1], argument[2] } };
	struct plait_balance_packet asked = { .peer = &world->known, .now = world->now, .bytes = 60, .outgoing = true };
	struct plait_balance_packet stranger = { .peer = &unknown, .now = world->now, .bytes = 1500, .home = slot };
	/* Now and then more than any table holds. */
	u32 count = argument[3] >= 250 ? 3 * PLAIT_DESTINATIONS : 16;
	int before, after;
	u32 i;

	if (!world->strategy->passed || world->strategy->counts_strangers)
		return;
	before = world->strategy->pick(world->state, &asked, world->live);
	for (i = 0; i < count; i++) {
		unknown.word[1] += 256;
		world->strategy->passed(world->state, slot, &stranger);
	}
	after = world->strategy->pick(world->state, &asked, world->live);
	promise(world, before == after);
}

static void step_sample(struct world *world, u32 slot, const u8 *argument)
{
	struct plait_balance_sample sample = { .retransmission_rate = argument[0] * 10000 / 255 };
	u32 least = 10000;
	u32 i;

	if (!world->strategy->sample)
		return;
	world->strategy->sample(world->state, slot, &sample);
	world->rate[slot] = sample.retransmission_rate;
	for (i = 0; i < SLOTS; i++)
		if (world->live & 1u << i && world->rate[i] < least)
			least = world->rate[i];
	/* Whatever happens, the best uplink is never left. */
	for (i = 0; i < SLOTS; i++)
		if (world->live & 1u << i && world->rate[i] == least)
			promise(world, world->strategy->keep(world->state, i));
}

/* No slot may end up so far behind that it has more credit than the span allows. */
static void check_share(const struct world *world)
{
	const struct plait_share *share = world->state;
	u32 i;

	if (world->strategy != &plait_balance_packet && world->strategy != &plait_balance_session)
		return;
	for (i = 0; i < share->slots; i++) {
		s64 bound = 2 * (s64)(share->total + 1) * PLAIT_SHARE_SPAN;

		promise(world, share->weight[i] || !share->credit[i]);
		promise(world, share->credit[i] <= bound && share->credit[i] >= -bound);
	}
}

static void run(const u8 *data, size_t size)
{
	struct world world = { .strategy = strategies[size ? data[0] % STRATEGIES : 0] };

	world.state = malloc(world.strategy->state_size);
	memset(world.state, 0xa5, world.strategy->state_size);
	world.strategy->init(world.state, 7);
	for (data += 1; size > 5; size -= 5, data += 5) {
		u32 slot = data[0] / 8 % SLOTS;

		if (data[0] % 8 == 0)
			step_set(&world, slot, data + 1);
		else if (data[0] % 8 == 1)
			step_sample(&world, slot, data + 1);
		else if (data[0] % 8 == 2)
			world.now += (u32)data[1] << data[2] % 24;
		else if (data[0] % 8 == 3)
			step_stranger(&world, slot, data + 1);
		else
			step_packet(&world, slot, data + 1);
		check_share(&world);
	}
	free(world.state);
}

#ifdef LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(data, size);
	return 0;
}
#else
static uint64_t random_state;

/* xorshift64 */
static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

int main(int argc, char **argv)
{
	unsigned long inputs = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long i;
	u8 data[1 + 5 * 200];

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	for (i = 0; i < inputs; i++) {
		size_t size = 1 + next_random() % (sizeof(data) - 1);
		size_t at;

		for (at = 0; at < size; at++)
			data[at] = (u8)(next_random() >> 32);
		run(data, size);
	}
	printf("%lu inputs\n", inputs);
	return 0;
}
#endif
