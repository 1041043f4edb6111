// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of reports: in simulated time a sender, a line of two legs that delays and loses packets, and a receiver with a
 * clock of its own, whose reports come back, or do not. What the sender makes of them is held against what happened. Then
 * reports that no honest receiver sends.
 *
 * With clang it is a libFuzzer target, with fuzz-main.c a program that makes its own inputs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../promise.h"
#include "udp/report.h"

#define PACKETS 200
#define LEGS 2
#define REPORTS 400
#define BYTES 1000

/* Echo and held are cut off to units of 65.5 us each. */
#define RTT_UNSURE 65536
#define BEHIND_UNSURE PLAIT_MS
/* Packets of one group leave within this time. */
#define SPACING (4 * PLAIT_MS)

struct packet {
	u64 counter;
	bool data, lost;
	s64 sent, arrives;
	bool arrived;
};

struct report {
	struct plait_udp_report report;
	s64 arrives;
	bool delivered;
};

struct leg {
	struct plait_sent sent;
	struct plait_received received;
	struct packet packets[PACKETS];
	struct report reports[REPORTS];
	u32 packet_count, report_count;
	s64 delay, delay_back, jitter;
	/* For how long a packet was awaited, at most. */
	s64 in_flight;
	u32 loss;
};

struct world {
	struct leg legs[LEGS];
	/* Receiver's clock less the sender's. */
	s64 offset;
	s64 now;
};

static const uint8_t *input;
static size_t input_left;

static u32 number8(void)
{
	if (!input_left)
		return 0;
	input_left--;
	return *input++;
}

/* --- The oracle --- */

static void check_oldest(const struct world *world, struct leg *leg)
{
	s64 oldest = 0, unsure;
	u32 i;

	for (i = 0; i < leg->packet_count; i++) {
		const struct packet *packet = &leg->packets[i];

		if (packet->data && packet->counter >= leg->sent.acked) {
			oldest = packet->sent;
			break;
		}
	}
	promise(!oldest == !leg->sent.oldest_at);
	promise(leg->sent.oldest_at >= oldest);
	if (!oldest)
		return;
	if (world->now - oldest > leg->in_flight)
		leg->in_flight = world->now - oldest;
	unsure = leg->in_flight * 2 / 7;
	promise(leg->sent.oldest_at - oldest <= (unsure > SPACING ? unsure : SPACING));
}

static void check_counts(const struct leg *leg)
{
	u64 arrived = 0, lost = 0;
	u32 i;

	for (i = 0; i < leg->packet_count; i++) {
		arrived += leg->packets[i].arrived;
		lost += leg->packets[i].lost;
	}
	promise(leg->sent.acked == leg->sent.next);
	promise(leg->sent.arrived == arrived);
	promise(leg->sent.lost == lost);
	promise(!leg->sent.oldest_at && !leg->sent.groups_used);
}

static void check_round_trip(const struct leg *leg)
{
	s64 least = leg->delay + leg->delay_back - RTT_UNSURE;
	s64 most = leg->delay + leg->jitter + leg->delay_back + RTT_UNSURE;

	promise(leg->sent.rtt >= least - least / 20 && leg->sent.rtt <= most + most / 20);
	promise(leg->sent.rtt_min <= leg->sent.rtt && leg->sent.rtt_min >= least);
	promise(leg->sent.jitter >= 0 && leg->sent.jitter <= most);
}

/* --- The line --- */

static s64 receivers_clock(const struct world *world)
{
	return world->now + world->offset;
}

static void send(struct world *world, struct leg *leg)
{
	struct packet *packet = &leg->packets[leg->packet_count++];

	packet->counter = leg->sent.next;
	packet->data = number8() >= 40;
	/* The first has to come, and the last: nobody else could tell of it. */
	packet->lost = number8() < leg->loss && leg->packet_count > 1 &&
		       leg->packet_count < PACKETS / LEGS;
	packet->sent = world->now;
	packet->arrives = world->now + leg->delay + leg->jitter * number8() / 255;
	plait_sent_count(&leg->sent, world->now, BYTES, packet->data);
	promise(leg->sent.next == packet->counter + 1);
	check_oldest(world, leg);
}

static void receive(struct world *world, struct leg *leg, struct packet *packet)
{
	struct plait_udp_header header = {
		.type = packet->data ? PLAIT_UDP_DATA : PLAIT_UDP_CONTROL,
		.counter = packet->counter,
		.sent = plait_udp_time(packet->sent),
	};
	u32 unreported = leg->received.unreported;
	s64 due = plait_received_due(&leg->received);

	packet->arrived = true;
	plait_received_count(&leg->received, receivers_clock(world), &header, BYTES);
	/* CONTROL makes none due, and nothing puts one off. */
	if (!packet->data)
		promise(plait_received_due(&leg->received) == due);
	else if (!unreported)
		promise(plait_received_due(&leg->received) == receivers_clock(world) + 20 * PLAIT_MS);
	else
		promise(plait_received_due(&leg->received) ==
			(unreported < 15 ? due : leg->received.unreported_at + 5 * PLAIT_MS));
}

static void report(struct world *world, struct leg *leg, bool sure)
{
	struct report *report = &leg->reports[leg->report_count++];

	promise(leg->report_count <= REPORTS);
	plait_received_report(&leg->received, leg - world->legs, receivers_clock(world), &report->report);
	promise(plait_received_due(&leg->received) == PLAIT_NEVER);
	promise(report->report.leg == leg - world->legs);
	promise(report->report.bytes16 == report->report.packets * (u64)BYTES / 16);
	report->arrives = world->now + leg->delay_back;
	report->delivered = !sure && number8() < leg->loss;
}

static void hear(struct world *world, struct leg *leg, struct report *report)
{
	u64 acked = leg->sent.acked, arrived = leg->sent.arrived;
	bool news = plait_sent_reported(&leg->sent, world->now, &report->report);

	report->delivered = true;
	promise(news == (leg->sent.arrived > arrived));
	promise(leg->sent.acked >= acked && leg->sent.arrived >= arrived);
	promise(!news || leg->sent.heard == world->now);
	check_oldest(world, leg);
	/* The same again says nothing. */
	promise(!plait_sent_reported(&leg->sent, world->now, &report->report));
}

static void work(struct world *world, struct leg *leg)
{
	u32 i;

	for (i = 0; i < leg->packet_count; i++)
		if (!leg->packets[i].lost && !leg->packets[i].arrived &&
		    leg->packets[i].arrives <= world->now)
			receive(world, leg, &leg->packets[i]);
	if (plait_received_due(&leg->received) <= receivers_clock(world))
		report(world, leg, false);
	for (i = 0; i < leg->report_count; i++)
		if (!leg->reports[i].delivered && leg->reports[i].arrives <= world->now)
			hear(world, leg, &leg->reports[i]);
}

/* In steps, that everything which happens in one happens at its end: small against each delay that is held to account. */
static void pass_time(struct world *world, s64 until)
{
	while (world->now < until) {
		world->now += PLAIT_MS / 4;
		work(world, &world->legs[0]);
		work(world, &world->legs[1]);
	}
}

static void begin(struct world *world)
{
	u32 i;

	memset(world, 0, sizeof(*world));
	world->now = 1 + number8() * PLAIT_S;
	world->offset = (s64)number8() * number8() * PLAIT_S + number8() * 1000;
	for (i = 0; i < LEGS; i++) {
		struct leg *leg = &world->legs[i];

		leg->sent.rtt = -1;
		leg->sent.rtt_min = -1;
		leg->delay = (1 + number8()) * PLAIT_MS;
		leg->delay_back = (1 + number8() / 4) * PLAIT_MS;
		leg->jitter = number8() % 4 ? 0 : number8() * 100000;
		leg->loss = number8() / 4;
	}
}

/* --- Losses --- */

/* Of long trains every so many packets are lost: the moving mean finds the share, whatever the reports are apart. */
static void check_share(u32 period, u32 step)
{
	struct plait_udp_report report = { 0 };
	struct plait_sent sent = { .rtt = -1, .rtt_min = -1 };
	u64 share = 65536 / period, i;

	for (i = 0; i < 4096; i++) {
		plait_sent_count(&sent, i + 1, BYTES, true);
		if (i % period) {
			report.highest = i;
			report.packets++;
		}
		if (i % step == step - 1)
			plait_sent_reported(&sent, i + 1, &report);
	}
	promise(sent.lost_recent >= share * 3 / 4 && sent.lost_recent <= share * 5 / 4);
	/* One packet of many: the rest is lost, but never more than all. */
	for (i = 0; i < 5000; i++)
		plait_sent_count(&sent, 5000, BYTES, true);
	report.highest = sent.next - 1;
	report.packets++;
	promise(plait_sent_reported(&sent, 5000, &report));
	promise(sent.lost_recent > 65000 && sent.lost_recent <= 65536);
}

/* Padded probes are lost where the path is small: no loss of the leg, as long as there are so many; others are. */
static void check_expendable(u32 probes, u32 others)
{
	struct plait_udp_report report = { .packets = 2 };
	struct plait_sent sent = { .rtt = -1, .rtt_min = -1, .expendable = probes };
	u32 i;

	for (i = 0; i < probes + others + 2; i++)
		plait_sent_count(&sent, i + 1, BYTES, i == 0);
	report.highest = sent.next - 1;
	promise(plait_sent_reported(&sent, 5000, &report));
	promise(sent.lost == probes + others && !sent.expendable);
	promise(sent.lost_recent == others * 65536 / 256);
}

/* The largest DATA since the last report, in whole 8s; CONTROL does not count. */
static void check_largest(void)
{
	static const u32 sizes[] = { 40, 1319, 1312, 1500 };
	struct plait_received received = { 0 };
	struct plait_udp_report report;
	u32 i;

	for (i = 0; i < 4; i++) {
		struct plait_udp_header header = {
			.type = i == 3 ? PLAIT_UDP_CONTROL : PLAIT_UDP_DATA, .counter = i,
		};

		plait_received_count(&received, 1, &header, sizes[i]);
	}
	plait_received_report(&received, 0, 1, &report);
	promise(report.largest == 1319 / 8);
	plait_received_report(&received, 0, 1, &report);
	promise(report.largest == 0);
	plait_received_count(&received, 1, &(struct plait_udp_header){ .type = PLAIT_UDP_DATA }, 9000);
	plait_received_report(&received, 0, 1, &report);
	promise(report.largest == 255);
}

/* --- Reports of a hostile far end --- */

static void lie(struct leg *leg)
{
	u64 next = leg->sent.next, acked = leg->sent.acked, arrived = leg->sent.arrived;
	const struct plait_sent before = leg->sent;
	struct plait_udp_report report = {
		.one_way = number8() << 8 | number8(),
		.highest = next - 1 - number8() % 8 + ((u32)number8() % 5 << 30),
		.packets = next - number8() % 64 + ((u32)number8() % 5 << 30),
		.echo = number8() << 8,
		.held = number8() << 8 | number8(),
	};

	if (!plait_sent_reported(&leg->sent, leg->sent.heard + 1, &report)) {
		promise(!memcmp(&before, &leg->sent, sizeof(before)));
		return;
	}
	promise(leg->sent.acked >= acked && leg->sent.acked <= next);
	promise(leg->sent.arrived > arrived && leg->sent.arrived <= leg->sent.acked);
	promise(leg->sent.arrived + leg->sent.lost == leg->sent.acked);
	promise(leg->sent.lost_recent <= 65536);
	promise(leg->sent.rtt >= 0 && leg->sent.rtt < 2200 * PLAIT_MS);
	promise(leg->sent.rtt_min >= 0 && leg->sent.jitter >= 0);
	promise(next == leg->sent.next);
}

/* Some counters on, near where 32 bits wrap. */
static void move_on(struct leg *leg)
{
	u64 far = ((u64)1 << 32) - 100;

	leg->sent.next += far;
	leg->sent.acked += far;
	leg->sent.arrived += far;
	leg->sent.lost = leg->sent.acked - leg->sent.arrived;
}

static void be_hostile(struct world *world)
{
	struct leg *leg = &world->legs[0];
	u32 i;

	for (i = 0; i < 60; i++) {
		if (i == 20 || i == 40)
			move_on(leg);
		if (number8() % 2)
			plait_sent_count(&leg->sent, leg->sent.heard + i, BYTES, true);
		lie(leg);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	s64 behind, difference;
	u32 i;

	if (size < 16)
		return 0;
	input = data;
	input_left = size;
	begin(&world);
	promise(plait_sent_behind(&world.legs[0].sent, &world.legs[1].sent) == 0);
	for (i = 0; i < PACKETS; i++) {
		u32 pause = number8();

		pass_time(&world, world.now + (pause < 240 ? pause % 4 * PLAIT_MS / 2 : pause * PLAIT_MS / 4));
		send(&world, &world.legs[i % LEGS]);
	}
	pass_time(&world, world.now + 400 * PLAIT_MS);
	for (i = 0; i < LEGS; i++)
		report(&world, &world.legs[i], true);
	pass_time(&world, world.now + 100 * PLAIT_MS);
	for (i = 0; i < LEGS; i++) {
		check_counts(&world.legs[i]);
		check_round_trip(&world.legs[i]);
	}
	behind = plait_sent_behind(&world.legs[0].sent, &world.legs[1].sent);
	difference = world.legs[0].delay - world.legs[1].delay;
	promise(behind >= difference - BEHIND_UNSURE - world.legs[1].jitter);
	promise(behind <= difference + BEHIND_UNSURE + world.legs[0].jitter);
	check_share(4 + data[0] % 8, 16 << data[1] % 6);
	check_expendable(data[2] % 8, data[3] % 8);
	check_largest();
	be_hostile(&world);
	return 0;
}
