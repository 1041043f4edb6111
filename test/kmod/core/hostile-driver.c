// SPDX-License-Identifier: GPL-2.0-only
/*
 * What strangers, dead far ends and full tables do to `earliest`, by its public interface alone: hostile-driver SCENARIO.
 * Each prints one line of figures; the test says what they must be.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wires.h"

/*
 * A stranger who knows addresses and ports sends headers with random acknowledgements, and two blocks that cover all
 * numbers. Prints how much less is in flight then, and the delay before and after in us.
 */
static void forged(void)
{
	u32 next = 0, before, i;
	s64 delay;

	begin(0);
	receivers[0].reports = true;
	transfer(0, &next, 3 * PLAIT_S);
	before = in_flight();
	delay = shortest();
	promise(before);
	srand(7);
	for (i = 0; i < 60; i++) {
		u32 at = (u32)rand() * 2U + (u32)rand();
		struct plait_header header = { .flags = PLAIT_TCP_ACK, .key = key(0), .sacks = 2 };

		header.ack = (u32)rand() * 2U + (u32)rand();
		header.sack[0] = (struct plait_range){ at, at + 0x7fffffff };
		header.sack[1] = (struct plait_range){ at + 0x7fffffff, at - 2 };
		control->acked(&state, now, &header);
	}
	printf("%" PRIu32 " %" PRId64 " %" PRId64 "\n", before - in_flight(), delay, shortest());
}

/* The far end itself acknowledges what it can not have yet. Prints the delay then, and 30 s later, in us. */
static void early(void)
{
	struct plait_header header = { .flags = PLAIT_TCP_ACK, .key = key(0) };
	u32 next = 0;
	s64 delay;

	begin(0);
	transfer(0, &next, 3 * PLAIT_S);
	send_segment(0, next++ * PAYLOAD, PAYLOAD, 0);
	now += 200000;
	header.ack = next * PAYLOAD;
	control->acked(&state, now, &header);
	delay = shortest();
	transfer(0, &next, 30 * PLAIT_S);
	printf("%" PRId64 " %" PRId64 "\n", delay, shortest());
}

/* The second leg swallows everything while a connection uses both, until it is suspect. */
static void fail_leg(u32 flow, u32 *next, s64 rate, bool reports)
{
	begin(rate);
	receivers[flow].reports = reports;
	transfer(flow, next, 2 * PLAIT_S);
	wires[1].dead = true;
	transfer(flow, next, PLAIT_S);
	promise(report(1).suspect);
	wires[1].dead = false;
	/* What follows is not the connection. */
	wires[0].count = wires[1].count = 0;
}

/*
 * Then the connection ends, and only datagrams follow, more than one leg can carry. Prints what percentage the leg gets
 * after a minute and a half.
 */
static void datagrams(s64 rate)
{
	u32 next = 0, before[LEGS] = { 0 }, i, total;

	fail_leg(0, &next, rate, true);
	for (i = 0; i < 95 * 1000; i++) {
		struct plait_offer packet = { .bytes = 1400 };

		if (i == 90 * 1000) {
			before[0] = wires[0].carried;
			before[1] = wires[1].carried;
		}
		if (!control->full(&state, now))
			commit(&packet, 0);
		pass(PLAIT_MS);
	}
	total = wires[0].carried + wires[1].carried - before[0] - before[1];
	printf("%" PRIu32 "\n", 100 * (wires[1].carried - before[1]) / total);
}

/*
 * Then another connection follows whose receiver reports no duplicates, and the leg is well again. Prints what percentage
 * the leg gets after a minute and a half.
 */
static void silent_receiver(void)
{
	u32 next = 0, other = 0, carried[LEGS];

	fail_leg(0, &next, 1250000, true);
	transfer(1, &other, 90 * PLAIT_S);
	carried[0] = wires[0].carried;
	carried[1] = wires[1].carried;
	transfer(1, &other, 5 * PLAIT_S);
	carried[0] = wires[0].carried - carried[0];
	carried[1] = wires[1].carried - carried[1];
	printf("%" PRIu32 "\n", 100 * carried[1] / (carried[0] + carried[1]));
}

/* SYNs that nobody answers fill the table. Prints how many of 100 packets then leave at once, at a configured rate. */
static void table(void)
{
	u32 i, left = 0;

	begin(1250000);
	for (i = 0; i < 4200; i++) {
		struct plait_offer packet = { .bytes = 60, .header = { .flags = PLAIT_TCP_SYN } };
		int slot, copy;

		packet.header.key = key(0);
		packet.header.key.ports += i << 16;
		packet.header.end = 1;
		slot = control->commit(&state, now, &packet, &copy);
		control->sent(&state, now, slot, &packet);
		/* As fast as both legs let them leave, and before the first is given up. */
		now += 30000;
	}
	for (i = 0; i < 100; i++) {
		struct plait_offer packet = { .bytes = PAYLOAD + HEADERS };
		int slot, copy;

		packet.header.key = key(1);
		packet.header.seq = i * PAYLOAD;
		packet.header.end = packet.header.seq + PAYLOAD;
		slot = control->commit(&state, now, &packet, &copy);
		if (control->next(&state, now) == slot) {
			control->sent(&state, now, slot, &packet);
			left++;
		}
	}
	printf("%" PRIu32 "\n", left);
}

/* A connection ends, and another uses its ports, from a lower number on. Prints segments taken for retransmissions. */
static void reuse(void)
{
	u32 old = 2000000000U, seq = 1000000000U, repeated = 0, i;

	begin(1250000000);
	send_segment(0, old, PAYLOAD, 0);
	now += 20 * PLAIT_S;
	repeated += send_segment(0, seq - 1, 1, PLAIT_TCP_SYN);
	for (i = 0; i < 1000; i++, seq += PAYLOAD, now += PLAIT_MS)
		repeated += send_segment(0, seq, PAYLOAD, 0);
	/* The SYN itself again is a retransmission. */
	begin(1250000000);
	send_segment(0, 5, 1, PLAIT_TCP_SYN);
	now += PLAIT_S;
	printf("%" PRIu32 " %d\n", repeated, send_segment(0, 5, 1, PLAIT_TCP_SYN));
}

/* The far end of the only connection dies. Prints how many legs are suspect after two retransmissions. */
static void dead_host(void)
{
	u32 next = 0;

	begin(1250000);
	transfer(0, &next, PLAIT_S);
	pass(PLAIT_S);
	wires[0].dead = wires[1].dead = true;
	send_segment(0, next * PAYLOAD, PAYLOAD, 0);
	pass(250 * PLAIT_MS);
	send_segment(0, next * PAYLOAD, PAYLOAD, 0);
	pass(500 * PLAIT_MS);
	send_segment(0, next * PAYLOAD, PAYLOAD, 0);
	printf("%d\n", report(0).suspect + report(1).suspect);
}

/* The packets of three far ends vanish together, as when a leg dies: then it is the leg. Prints the same. */
static void dead_leg(void)
{
	u32 next = 0, i, flow;

	begin(1250000);
	transfer(0, &next, PLAIT_S);
	pass(PLAIT_S);
	wires[0].dead = wires[1].dead = true;
	for (i = 0; i < 2; i++) {
		for (flow = 1; flow < 4; flow++)
			send_segment(flow, 0, PAYLOAD, 0);
		pass(250 * PLAIT_MS);
	}
	printf("%d\n", report(0).suspect + report(1).suspect);
}

/*
 * Thousands of packets in flight, and acknowledgements made for work: of blocks that match nothing whole, of the upper
 * half, of everything at once. Prints the most packets that a call looked at, and what is in flight after some calls.
 */
static void work(void)
{
	struct plait_header header = { .flags = PLAIT_TCP_ACK, .key = key(0) };
	u32 most = 0, packets = 4000, end, i, k;

	begin(1250000000);
	for (i = 0; i < packets; i++) {
		struct plait_offer packet = { .bytes = 100 + HEADERS };
		int slot, copy;

		packet.header.key = key(0);
		packet.header.seq = i * 100;
		packet.header.end = i * 100 + 100;
		slot = control->commit(&state, now, &packet, &copy);
		control->sent(&state, now, slot, &packet);
	}
	end = packets * 100;
	for (i = 0; i < 400; i++) {
		header.sacks = i < 200 ? 4 : i == 200;
		for (k = 0; i < 200 && k < 4; k++) {
			header.sack[k].start = end - 50 - (k * 977 + i * 100) % 300000;
			header.sack[k].end = header.sack[k].start + 1 + k % 2 * 200000;
			if (header.sack[k].end > end)
				header.sack[k].end = end;
		}
		if (i == 200)
			header.sack[0] = (struct plait_range){ end / 2, end };
		header.ack = i > 200 ? end : 0;
		plait_visits = 0;
		control->acked(&state, now, &header);
		most = plait_visits > most ? plait_visits : most;
		now += PLAIT_MS / 10;
	}
	printf("%" PRIu32 " %" PRIu32 "\n", most, in_flight());
}

/* The set of the table that a connection is in. */
static u32 set_of(struct plait_flows *flows, u32 ports)
{
	return plait_flow_take(flows, &(struct plait_flow_key){ .ports = ports }, now) / PLAIT_FLOW_WAYS;
}

/*
 * Somebody has found connections that share a set of the table with another, to push it out. Prints how many of them do with that
 * seed, and with another.
 */
static void neighbours(void)
{
	u32 found[8], count = 0, shared = 0, port, victim, i;
	static struct plait_flows flows;

	plait_flows_init(&flows, SEED);
	victim = set_of(&flows, 1);
	for (port = 2; count < 8; port++)
		if (set_of(&flows, port) == victim)
			found[count++] = port;
	plait_flows_end(&flows);
	plait_flows_init(&flows, SEED + 1);
	victim = set_of(&flows, 1);
	for (i = 0; i < count; i++)
		shared += set_of(&flows, found[i]) == victim;
	plait_flows_end(&flows);
	printf("%" PRIu32 " %" PRIu32 "\n", count, shared);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} scenarios[] = {
		{ "forged", forged }, { "early", early }, { "silent-receiver", silent_receiver },
		{ "table", table }, { "reuse", reuse }, { "dead-host", dead_host },
		{ "dead-leg", dead_leg }, { "work", work }, { "neighbours", neighbours },
	};
	size_t i;

	if (argc == 3 && !strcmp(argv[1], "datagrams")) {
		datagrams(atoi(argv[2]));
		return 0;
	}
	for (i = 0; argc == 2 && i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		if (strcmp(argv[1], scenarios[i].name))
			continue;
		scenarios[i].run();
		return 0;
	}
	fprintf(stderr, "usage: %s SCENARIO, or datagrams RATE\n", argv[0]);
	return 2;
}
