// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the scheduler `earliest`, counted where it asks for it: memory-driver SCENARIO. Each prints lines of figures; the
 * test says what they must be.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wires.h"

/* What the allocator of a kernel takes for some bytes: a power of two. */
static size_t rounded(size_t bytes)
{
	size_t size = 8;

	while (size < bytes)
		size *= 2;
	return size;
}

/* All memory of a link: what was asked for, and what that takes. */
static void print_held(void)
{
	const struct plait_flight *flight = &state.tracker.flight;
	size_t takes = rounded(sizeof(state));
	u32 i;

	for (i = 0; i < PLAIT_SLOTS; i++)
		takes += plait_legs_has(&state.legs, i) ? rounded(sizeof(struct plait_leg_model)) : 0;
	for (i = 0; i < PLAIT_RECORDS_CHUNKS; i++)
		takes += flight->records.chunk[i] ? rounded(sizeof(struct plait_records_chunk)) : 0;
	for (i = 0; i < PLAIT_FLOW_CHUNKS; i++)
		takes += flight->flows.chunk[i] ? rounded(sizeof(struct plait_flow_chunk)) : 0;
	printf("%zu %zu\n", sizeof(state) + plait_held, takes);
}

/* As the caller does: looks when it is told to. Prints the seconds until there was nothing left to give back. */
static void idle(void)
{
	s64 since = now, again;

	while ((again = control->trim(&state, now)) != PLAIT_NEVER) {
		promise(again > now && again - now <= PLAIT_S);
		now = again;
	}
	printf("%" PRId64 "\n", (now - since) / PLAIT_S);
}

/* A new link; with two legs; after reports, datagrams and acknowledgements of strangers. */
static void unused(void)
{
	struct plait_header stranger = { .flags = PLAIT_TCP_ACK };
	u32 i;

	begin(0);
	print_held();
	for (i = 0; i < 10000; i++) {
		struct plait_offer packet = { .bytes = 1400 };

		commit(&packet, 0);
		stranger.key.ports = i;
		stranger.ack = i;
		promise(!control->expects(&state, &stranger));
		control->acked(&state, now, &stranger);
		report(i % PLAIT_SLOTS);
		pass(PLAIT_MS);
	}
	print_held();
	promise(control->trim(&state, now) == PLAIT_NEVER);
}

/* The most that a link can hold: all legs, and of more connections than it remembers more packets in flight. */
static void full(void)
{
	u32 slot, i;

	begin(1250000000);
	for (slot = LEGS; slot < PLAIT_SLOTS; slot++)
		promise(set_line(&plait_earliest, &state, slot, 1, true));
	for (i = 0; i < 2 * PLAIT_FLIGHT_PACKETS; i++) {
		struct plait_offer packet = { .bytes = PAYLOAD, .header.key = key(0) };
		int copy;

		packet.header.key.ports += i % 20000 << 16;
		packet.header.seq = i;
		packet.header.end = i + PAYLOAD;
		slot = control->commit(&state, now, &packet, &copy);
		control->sent(&state, now, slot, &packet);
		now += 1000;
	}
	print_held();
	idle();
	for (slot = LEGS; slot < PLAIT_SLOTS; slot++)
		set_line(&plait_earliest, &state, slot, 0, false);
	print_held();
}

/* A connection goes on after many have ended: what they held is given back all the same. */
static void goes_on(void)
{
	u32 next = 0, i;

	begin(1250000);
	for (i = 0; i < 2000; i++) {
		struct plait_offer packet = { .bytes = 60, .header = { .flags = PLAIT_TCP_SYN } };
		int slot, copy;

		packet.header.key = key(0);
		packet.header.key.ports += (i + 1) << 16;
		packet.header.end = 1;
		slot = control->commit(&state, now, &packet, &copy);
		control->sent(&state, now, slot, &packet);
		now += 30000;
	}
	print_held();
	for (i = 0; i < 180; i++) {
		transfer(0, &next, PLAIT_S);
		control->trim(&state, now);
	}
	print_held();
}

static u32 refused_from, refused_to;

static bool refuses(void)
{
	return plait_asked > refused_from && plait_asked <= refused_to;
}

#define CONNECTIONS 3

/* Each connection sends what there is room for, up to its window; what is not acknowledged in 300 ms goes again. */
static void send_all(u32 *next, s64 *resent)
{
	u32 i;

	for (i = 0; i < CONNECTIONS; i++) {
		u32 acked = receivers[i].next;

		while (next[i] < acked + 200 && !control->full(&state, now))
			send_segment(i, next[i]++ * PAYLOAD, PAYLOAD, 0);
		if (next[i] < acked + 200 || now - resent[i] < 300 * PLAIT_MS)
			continue;
		send_segment(i, acked * PAYLOAD, PAYLOAD, 0);
		resent[i] = now;
	}
}

/**
 * struct carried - what became of some connections over two legs of 1.25 MB/s each
 * @percent: how much of both legs was used
 * @queue: the longest time that a packet waited on a wire, ms
 * @asked: requests for memory
 */
struct carried {
	u32 percent;
	u32 queue;
	u32 asked;
};

/* They begin on legs that are known, with no memory held for packets. Of their requests some are refused. */
static struct carried carry(s64 rate, u32 from, u32 to)
{
	u32 next[CONNECTIONS] = { 0 }, before, i;
	struct carried carried = { 0 };
	s64 resent[CONNECTIONS] = { 0 }, until;

	begin(rate);
	for (i = 0; i < CONNECTIONS; i++)
		receivers[i].reports = true;
	transfer(0, next, 2 * PLAIT_S);
	pass(200 * PLAIT_MS);
	control->trim(&state, now);
	plait_asked = 0;
	refused_from = from;
	refused_to = to;
	plait_alloc_fails = refuses;
	before = wires[0].carried + wires[1].carried;
	for (until = now + 4 * PLAIT_S; now < until; pass(PLAIT_MS)) {
		send_all(next, resent);
		for (i = 0; i < LEGS; i++)
			if (wires[i].free_at - now > carried.queue * PLAIT_MS)
				carried.queue = (wires[i].free_at - now) / PLAIT_MS;
	}
	carried.percent = (wires[0].carried + wires[1].carried - before) * 100ULL * (PAYLOAD + HEADERS) /
			  (4 * LEGS * wires[0].rate);
	plait_alloc_fails = NULL;
	carried.asked = plait_asked;
	return carried;
}

/*
 * From each request on so many are refused. Prints what becomes of it without that, and the least that is carried and the longest
 * queue with it.
 */
static void refusals(s64 rate, u32 count)
{
	struct carried best = carry(rate, 0, 0), worst = best, some;
	u32 i;

	printf("%" PRIu32 " %" PRIu32 " %" PRIu32 "\n", best.percent, best.queue, best.asked);
	for (i = 0; i < best.asked; i++) {
		some = carry(rate, i, count > ~0U - i ? ~0U : i + count);
		worst.percent = some.percent < worst.percent ? some.percent : worst.percent;
		worst.queue = some.queue > worst.queue ? some.queue : worst.queue;
	}
	printf("%" PRIu32 " %" PRIu32 "\n", worst.percent, worst.queue);
}

/* No memory for a leg: it is none, whatever is said of it, until there is memory. */
static void no_leg(void)
{
	int copy;

	begin(1250000);
	refused_to = ~0U;
	plait_alloc_fails = refuses;
	promise(!set_line(&plait_earliest, &state, 2, 1, true));
	control->set_rate(&state, 2, 5);
	promise(set_line(&plait_earliest, &state, 0, 0, false));
	promise(set_line(&plait_earliest, &state, 1, 7, false));
	promise(set_line(&plait_earliest, &state, 3, 0, false));
	promise(control->commit(&state, now, &(struct plait_offer){ .bytes = 100 }, &copy) == -1);
	plait_alloc_fails = NULL;
	promise(set_line(&plait_earliest, &state, 2, 1, true));
	promise(control->commit(&state, now, &(struct plait_offer){ .bytes = 100 }, &copy) == 2);
	print_held();
}

/* A leg is gone while packets wait for it: its memory is, when the last of them has left its queue. */
static void leaving_leg(void)
{
	struct plait_offer packet = { .bytes = 100 };
	int copy;

	begin(1250000);
	set_line(&plait_earliest, &state, 1, 0, false);
	promise(!control->commit(&state, now, &packet, &copy) && !control->commit(&state, now, &packet, &copy));
	set_line(&plait_earliest, &state, 0, 0, false);
	print_held();
	promise(!control->stranded(&state));
	control->withdrawn(&state, 0, 100);
	print_held();
	promise(!control->stranded(&state));
	control->withdrawn(&state, 0, 100);
	print_held();
	promise(control->stranded(&state) == -1);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} scenarios[] = {
		{ "unused", unused }, { "full", full }, { "goes-on", goes_on }, { "no-leg", no_leg },
		{ "leaving-leg", leaving_leg },
	};
	size_t i;

	if (argc == 4 && !strcmp(argv[1], "refusals")) {
		refusals(atoi(argv[2]), strtoul(argv[3], NULL, 10));
		plait_earliest.end(&state);
		promise(!plait_held);
		return 0;
	}
	for (i = 0; argc == 2 && i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		if (strcmp(argv[1], scenarios[i].name))
			continue;
		scenarios[i].run();
		plait_earliest.end(&state);
		promise(!plait_held);
		return 0;
	}
	fprintf(stderr, "usage: %s SCENARIO, or refusals RATE COUNT\n", argv[0]);
	return 2;
}
