// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long packets are held, in simulated time: a bulk flow of 2000 packets a second and a voice flow of 50 share two legs
 * for 15 s. Prints one line for each case, times in microseconds:
 *
 *	NAME voice MEAN P99 MAX bulk MEAN P99 MAX disordered VOICE BULK waiting MOST memory MOST visits MOST
 *
 * Disordered are packets that were delivered after a later one of their flow. Memory is what the receiver holds at most.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../promise.h"
#include "udp/order.h"

#define SECONDS 15
#define BULK_RATE 2000
#define VOICE_RATE 50
#define PACKETS (SECONDS * (BULK_RATE + VOICE_RATE))
#define LEGS 2
/* Packets a second that a leg carries. */
#define LEG_RATE 1200

enum flow { VOICE, BULK, FLOWS };

/* How packets are dealt to legs: in turn, or to the one by which they arrive first. */
enum choice { IN_TURN, EARLIEST };

struct line {
	const char *name;
	enum choice choice;
	s64 delay[LEGS];
	/* Of 1000 packets. */
	u32 loss[LEGS];
	/* Standard deviation of a delay that makes packets overtake each other inside a leg. */
	s64 spread;
};

static const struct line lines[] = {
	{ "10+50-loss-on-2", IN_TURN, { 10 * PLAIT_MS, 50 * PLAIT_MS }, { 0, 10 }, 0 },
	{ "10+50-loss-on-both", IN_TURN, { 10 * PLAIT_MS, 50 * PLAIT_MS }, { 10, 10 }, 0 },
	{ "10+50-earliest", EARLIEST, { 10 * PLAIT_MS, 50 * PLAIT_MS }, { 0, 10 }, 0 },
	{ "10+10-loss-on-both", EARLIEST, { 10 * PLAIT_MS, 10 * PLAIT_MS }, { 10, 10 }, 0 },
	{ "100+200-loss-on-both", IN_TURN, { 100 * PLAIT_MS, 200 * PLAIT_MS }, { 10, 10 }, 0 },
	{ "10+50-reordering", EARLIEST, { 10 * PLAIT_MS, 50 * PLAIT_MS }, { 0, 10 }, 4 * PLAIT_MS },
};

struct packet {
	struct plait_udp_header header;
	enum flow flow;
	s64 sent, arrives;
};

struct totals {
	s64 held[PACKETS];
	u32 count;
	u32 newest;
	u32 disordered;
};

static struct packet packets[PACKETS];
static struct totals totals[FLOWS];
static u64 seed;
static u32 most_waiting, most_visits;
static size_t most_memory;

static u32 random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 16;
}

/* Near enough to a normal distribution: the sum of twelve. */
static s64 normal(s64 spread)
{
	s64 sum = 0;
	u32 i;

	for (i = 0; i < 12; i++)
		sum += random32() & 0xffff;
	return (sum - 6 * 65536) * (spread / 1000) / 65536 * 1000;
}

/* --- Sender and legs --- */

/* Voice leaves by the leg with the least delay, as `earliest` or a rule has it. */
static u32 choose(const struct line *line, const s64 *free_at, s64 now, u32 number, enum flow flow)
{
	s64 first = (free_at[0] > now ? free_at[0] : now) + line->delay[0];
	s64 second = (free_at[1] > now ? free_at[1] : now) + line->delay[1];

	if (line->choice == IN_TURN)
		return flow == VOICE ? 0 : number % LEGS;
	return first <= second ? 0 : 1;
}

/* Returns how many packets arrive. */
static u32 send_all(const struct line *line)
{
	static struct plait_order_sender sender;
	s64 free_at[LEGS] = { 0 };
	u32 count = 0, i;

	memset(&sender, 0, sizeof(sender));
	for (i = 0; i < PACKETS; i++) {
		struct packet *packet = &packets[count];
		s64 now = PLAIT_S + i * (SECONDS * PLAIT_S / PACKETS), extra;
		u32 leg;

		packet->flow = i % (PACKETS / SECONDS / VOICE_RATE) ? BULK : VOICE;
		leg = choose(line, free_at, now, i, packet->flow);
		plait_order_number(&sender, packet->flow, true, &packet->header);
		packet->header.leg = leg;
		packet->header.sent = plait_udp_time(now);
		free_at[leg] = (free_at[leg] > now ? free_at[leg] : now) + PLAIT_S / LEG_RATE;
		extra = line->spread ? normal(line->spread) : 0;
		packet->sent = now;
		packet->arrives = free_at[leg] + line->delay[leg] + (extra > 0 ? extra : 0);
		if (random32() % 1000 >= line->loss[leg])
			count++;
	}
	return count;
}

static int by_arrival(const void *a, const void *b)
{
	const struct packet *first = a, *second = b;

	if (first->arrives != second->arrives)
		return first->arrives < second->arrives ? -1 : 1;
	return (s32)(first->header.sequence - second->header.sequence);
}

/* --- Receiver --- */

static void deliver(const struct packet *packet, s64 now)
{
	struct totals *flow = &totals[packet->flow];

	flow->held[flow->count++] = now - packet->arrives;
	if (packet->header.sequence < flow->newest)
		flow->disordered++;
	else
		flow->newest = packet->header.sequence;
}

static void visited(void)
{
	if (plait_visits > most_visits)
		most_visits = plait_visits;
	if (plait_held > most_memory)
		most_memory = plait_held;
	plait_visits = 0;
}

static u32 release(struct plait_order *order, s64 now)
{
	const struct packet *packet;
	u32 count = 0;

	while ((packet = plait_order_release(order))) {
		visited();
		deliver(packet, now);
		count++;
	}
	visited();
	return count;
}

static void receive_all(struct plait_order *order, u32 count)
{
	u32 waiting = 0, i;
	s64 at;

	for (i = 0; i < count; i++) {
		struct packet *packet = &packets[i];
		enum plait_order_verdict verdict;

		while ((at = plait_order_deadline(order)) <= packet->arrives) {
			plait_order_due(order, at);
			waiting -= release(order, at);
		}
		verdict = plait_order_arrive(order, packet->arrives, &packet->header, packet);
		visited();
		promise(verdict != PLAIT_ORDER_COPY);
		if (verdict == PLAIT_ORDER_PASS)
			deliver(packet, packet->arrives);
		else
			waiting++;
		most_waiting = waiting > most_waiting ? waiting : most_waiting;
		waiting -= release(order, packet->arrives);
	}
	while ((at = plait_order_deadline(order)) != PLAIT_NEVER) {
		plait_order_due(order, at);
		waiting -= release(order, at);
	}
	promise(!waiting);
}

/* Legs are live, and have been probed, when the flows begin. */
static struct plait_order *begin(const struct line *line)
{
	struct plait_order *order = plait_order_new();
	u32 i;

	plait_order_legs(order, (1U << LEGS) - 1, PLAIT_S / 2);
	for (i = 0; i < LEGS; i++) {
		struct plait_udp_header header = {
			.type = PLAIT_UDP_CONTROL,
			.leg = i,
			.sent = plait_udp_time(PLAIT_S / 2),
		};

		plait_order_heard(order, PLAIT_S / 2 + line->delay[i], &header);
	}
	return order;
}

/* --- Figures --- */

static int by_size(const void *a, const void *b)
{
	s64 first = *(const s64 *)a, second = *(const s64 *)b;

	return first < second ? -1 : first > second;
}

static void print_flow(const char *name, struct totals *flow)
{
	s64 sum = 0;
	u32 i;

	qsort(flow->held, flow->count, sizeof(flow->held[0]), by_size);
	for (i = 0; i < flow->count; i++)
		sum += flow->held[i];
	printf(" %s %" PRId64 " %" PRId64 " %" PRId64, name, sum / flow->count / 1000,
	       flow->held[flow->count * 99 / 100] / 1000, flow->held[flow->count - 1] / 1000);
}

static void simulate(const struct line *line)
{
	struct plait_order *order;
	u32 count, flow;

	seed = 20261130;
	memset(totals, 0, sizeof(totals));
	most_waiting = 0;
	most_visits = 0;
	most_memory = 0;
	count = send_all(line);
	qsort(packets, count, sizeof(packets[0]), by_arrival);
	order = begin(line);
	receive_all(order, count);
	promise(totals[VOICE].count + totals[BULK].count == count);
	printf("%s", line->name);
	for (flow = 0; flow < FLOWS; flow++)
		print_flow(flow == VOICE ? "voice" : "bulk", &totals[flow]);
	printf(" disordered %u %u waiting %u memory %zu visits %u\n", totals[VOICE].disordered,
	       totals[BULK].disordered, most_waiting, most_memory, most_visits);
	plait_order_free(order);
	promise(!plait_held);
}

int main(void)
{
	u32 i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		simulate(&lines[i]);
	return 0;
}
