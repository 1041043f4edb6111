// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the resequencer against a far end that is authenticated and broken, or hostile: any sequence, many packets that
 * wait for one, chains of hundreds that come backwards, more than may wait; legs that come and go, memory that is refused,
 * and a caller that does not always take packets out. After each call:
 *
 *	- each packet that was taken over is handed back once, by its deadline
 *	- no call looks at more than 64 packets, and neither packets nor memory grow without bound
 *	- all memory comes back
 *
 * Half of the inputs are tame: sequences stay within the ring, and memory is there. Then a second packet of a sequence is a
 * copy, a first one is not, and no packet leaves in front of one that it comes after and that waits.
 *
 * With clang it is a libFuzzer target, with fuzz-main.c a program that makes its own inputs.
 */
#include <stdint.h>
#include <string.h>

#include "../promise.h"
#include "udp/order.h"

#define PACKETS_MAX 4096
/* Sequences of a tame far end: less than the ring remembers. */
#define SPAN 4000
#define BUDGET 64
#define MEMORY (80 * 1024)

enum place { AWAY, WAITS, GONE };

struct packet {
	enum place place;
	u32 sequence, after;
	s64 since;
};

struct world {
	struct plait_order *order;
	struct packet packets[PACKETS_MAX];
	u32 packet_count, waiting;
	/* By sequence, of a tame far end: number of the packet plus 1. */
	u16 by_sequence[SPAN];
	bool tame, lazy;
	u32 start;
	s64 now;
};

static const uint8_t *input;
static size_t input_left;
static u32 refusals;

static u32 number8(void)
{
	if (!input_left)
		return 0;
	input_left--;
	return *input++;
}

static u32 number16(void)
{
	u32 high = number8();

	return high << 8 | number8();
}

static bool refuse(void)
{
	return refusals && refusals-- % 2;
}

static void visited(void)
{
	promise(plait_visits <= BUDGET);
	promise(plait_held <= MEMORY);
	plait_visits = 0;
}

static u16 *place_of(struct world *world, u32 sequence)
{
	u32 place = (sequence - world->start) & PLAIT_UDP_SEQUENCE_MASK;

	return place < SPAN ? &world->by_sequence[place] : NULL;
}

/* A packet leaves; of a tame far end, not in front of the one that it comes after, unless it has been given up. */
static void leave(struct world *world, struct packet *packet, bool late)
{
	const u16 *before = place_of(world, packet->sequence - packet->after);

	if (world->tame && !late && packet->after && before && *before &&
	    world->waiting < PLAIT_ORDER_WAITING)
		promise(world->packets[*before - 1].place != WAITS);
	packet->place = GONE;
}

static void drain(struct world *world)
{
	struct packet *packet;

	while ((packet = plait_order_release(world->order))) {
		visited();
		promise(packet->place == WAITS);
		promise(world->now - packet->since <= PLAIT_ORDER_DEADLINE_MAX);
		world->waiting--;
		leave(world, packet, false);
	}
	visited();
	promise(world->waiting <= PLAIT_ORDER_WAITING);
	promise(plait_order_deadline(world->order) > 0);
	promise((plait_order_deadline(world->order) == PLAIT_NEVER) <= !world->waiting);
}

static void pass_time(struct world *world, s64 until)
{
	s64 deadline;

	drain(world);
	while ((deadline = plait_order_deadline(world->order)) <= until) {
		promise(deadline > world->now || !world->waiting);
		world->now = deadline > world->now ? deadline : world->now;
		plait_visits = 0;
		plait_order_due(world->order, world->now);
		visited();
		drain(world);
	}
	world->now = until;
	plait_visits = 0;
}

static void check_verdict(struct world *world, struct packet *packet, enum plait_order_verdict verdict)
{
	u16 *place = place_of(world, packet->sequence);

	if (!world->tame || !place)
		return;
	promise((verdict == PLAIT_ORDER_COPY) == !!*place);
	if (!*place)
		*place = packet - world->packets + 1;
}

static void arrive(struct world *world, u32 sequence, u32 after)
{
	u32 more = number8();
	struct plait_udp_header header = {
		.type = PLAIT_UDP_DATA,
		.leg = more % 4,
		.flags = more & 16 ? PLAIT_UDP_RESENT : 0,
		.sequence = sequence & PLAIT_UDP_SEQUENCE_MASK,
		.after = after,
		.sent = more & 32 ? number16() : plait_udp_time(world->now),
	};
	struct packet *packet = &world->packets[world->packet_count];
	u64 late = plait_order_counters(world->order)->late;
	enum plait_order_verdict verdict;

	if (world->packet_count == PACKETS_MAX)
		return;
	world->packet_count++;
	packet->place = AWAY;
	packet->sequence = header.sequence;
	packet->after = after;
	plait_visits = 0;
	verdict = plait_order_arrive(world->order, world->now, &header, packet);
	visited();
	check_verdict(world, packet, verdict);
	if (verdict == PLAIT_ORDER_TAKEN) {
		promise(after);
		packet->place = WAITS;
		packet->since = world->now;
		world->waiting++;
	} else if (verdict == PLAIT_ORDER_PASS) {
		leave(world, packet, plait_order_counters(world->order)->late > late);
	}
	if (!world->lazy)
		drain(world);
}

/* Many at once, behind a hole. Tame ones are within the span. */
static void burst(struct world *world, u32 kind, u32 hole, u32 count)
{
	u32 i;

	if (world->tame) {
		hole %= SPAN;
		count = hole + count < SPAN ? count : SPAN - 1 - hole;
	}
	hole += world->start;
	for (i = 1; i <= count; i++) {
		u32 back = count + 1 - i;

		switch (kind % 4) {
		case 0: /* all wait for the hole */
			arrive(world, hole + i, i);
			break;
		case 1: /* a chain, in order */
			arrive(world, hole + i, 1);
			break;
		case 2: /* a chain, backwards */
			arrive(world, hole + back, 1);
			break;
		default: /* a tree, backwards: each after one half as far from the hole */
			arrive(world, hole + back, back - back / 2);
		}
	}
}

static u32 any_sequence(struct world *world)
{
	if (world->tame)
		return world->start + number16() % SPAN;
	return number8() % 8 ? world->start + number16() % 8192 : number16() << 8 | number8();
}

static void disturb(struct world *world)
{
	if (world->tame)
		return;
	switch (number8() % 4) {
	case 0:
		plait_order_legs(world->order, number8() % 16, world->now);
		break;
	case 1:
		plait_order_flush(world->order);
		break;
	case 2:
		refusals = number8();
		break;
	default:
		world->start = number16() << 8;
	}
}

static void step(struct world *world)
{
	u32 kind = number8(), pause;

	switch (kind % 16) {
	case 0:
		burst(world, kind >> 4, number16(), number8() * (kind & 128 ? 3 : 1));
		break;
	case 1:
		disturb(world);
		break;
	case 2:
		/* A tame far end pauses too little for anything to be forgotten. */
		pause = number8();
		world->lazy = false;
		pass_time(world, world->now + pause * (world->tame ? 1 : 10) * PLAIT_MS);
		break;
	case 3:
		world->lazy = kind & 64;
		break;
	default:
		arrive(world, any_sequence(world), kind & 16 ? number16() : number8() % 8);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;

	if (size < 8)
		return 0;
	input = data;
	input_left = size;
	memset(&world, 0, sizeof(world));
	refusals = 0;
	plait_alloc_fails = refuse;
	world.now = 1;
	world.tame = number8() % 2;
	world.order = plait_order_new();
	plait_order_legs(world.order, 15, world.now);
	while (input_left)
		step(&world);
	refusals = 0;
	world.lazy = false;
	pass_time(&world, world.now + PLAIT_ORDER_DEADLINE_MAX);
	promise(!world.waiting);
	/* A second or two later, nothing is left but the receiver and what it knows of four legs. */
	pass_time(&world, world.now + 3 * PLAIT_S);
	promise(plait_held < 1024);
	plait_order_flush(world.order);
	promise(!plait_order_release(world.order));
	plait_order_free(world.order);
	promise(!plait_held);
	return 0;
}
