// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test talk to a balancing strategy, a command a line on standard input. A destination is a number, a
 * slot too; the clock stands still but for `at` and `load`.
 *
 *	strategy NAME				begin anew
 *	set SLOT WEIGHT UP DOWN LIVE		what a slot is from now on; UP and DOWN in bit/s
 *	gone SLOT				it has no uplink
 *	at MILLISECONDS				the clock
 *	packets DESTINATION BYTES TIMES		choose for each packet and send it: prints "slot=bytes ..."
 *	sessions DESTINATION STAYS TIMES	begin sessions of one packet of 60 bytes: prints the slots
 *	begun SLOT DESTINATION			a session begins on a slot that was not asked for
 *	sent SLOT DESTINATION BYTES		a packet leaves by a slot
 *	received SLOT HOME DESTINATION BYTES	a packet comes in by a slot, for a session that leaves by HOME
 *	load RATE BYTES SECONDS			packets at a constant rate: prints bit/s by slot
 *	sample SLOT RETRANSMISSIONS		of 10,000
 *	keep SLOT				prints 1 or 0
 *	measure MILLISECONDS TX RX SEGMENTS RETRANSMITTED	counters of an uplink: prints its estimates
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "balance/estimate.h"
#include "balance/strategy.h"

#define PREFIX "%63[^ \n]"

static const struct plait_balance_strategy *const strategies[] = {
	&plait_balance_route,	 &plait_balance_packet,	    &plait_balance_session, &plait_balance_bandwidth,
	&plait_balance_headroom, &plait_balance_retransmit, &plait_balance_history,
};

static struct {
	const struct plait_balance_strategy *strategy;
	void *state;
	u32 live;
	u32 now;
	struct plait_balance_address address;
	struct plait_estimate estimate;
} world;

static void begin(const char *name)
{
	size_t i;

	free(world.state);
	world.state = NULL;
	world.live = 0;
	for (i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
		if (strcmp(strategies[i]->name, name))
			continue;
		world.strategy = strategies[i];
		world.state = malloc(world.strategy->state_size);
		memset(world.state, 0xa5, world.strategy->state_size);
		world.strategy->init(world.state, 1);
	}
	if (!world.state) {
		fprintf(stderr, "no strategy %s\n", name);
		exit(2);
	}
}

static struct plait_balance_packet packet_to(unsigned long destination, u32 bytes)
{
	world.address = (struct plait_balance_address){ { 0, 0, 0xffff0000, (u32)destination } };
	return (struct plait_balance_packet){
		.peer = &world.address, .now = world.now, .bytes = bytes, .outgoing = true
	};
}

static void pass(int slot, u32 home, struct plait_balance_packet *packet)
{
	packet->home = home;
	if (slot >= 0 && world.strategy->passed)
		world.strategy->passed(world.state, (u32)slot, packet);
}

static int send(unsigned long destination, u32 bytes)
{
	struct plait_balance_packet packet = packet_to(destination, bytes);
	int slot = world.strategy->pick(world.state, &packet, world.live);

	pass(slot, (u32)slot, &packet);
	return slot;
}

static void packets(unsigned long destination, u32 bytes, unsigned long times)
{
	unsigned long long sent[PLAIT_BALANCE_SLOTS] = { 0 };
	const char *separator = "";
	u32 slot;

	while (times--) {
		int chosen = send(destination, bytes);

		if (chosen >= 0)
			sent[chosen] += bytes;
	}
	for (slot = 0; slot < PLAIT_BALANCE_SLOTS; slot++)
		if (sent[slot]) {
			printf("%s%u=%llu", separator, slot, sent[slot]);
			separator = " ";
		}
	printf("\n");
}

static void sessions(unsigned long destination, bool stays, unsigned long times)
{
	while (times--) {
		struct plait_balance_packet packet = packet_to(destination, 60);
		int slot = world.strategy->pick(world.state, &packet, world.live);

		packet.stays = stays;
		packet.home = (u32)slot;
		if (slot >= 0 && world.strategy->assigned)
			world.strategy->assigned(world.state, (u32)slot, &packet);
		pass(slot, (u32)slot, &packet);
		printf("%d%s", slot, times ? " " : "\n");
	}
}

/* Two seconds to settle, then the time that is measured. */
static void load(s64 rate, u32 bytes, u32 seconds)
{
	unsigned long long sent[PLAIT_BALANCE_SLOTS] = { 0 };
	s64 gap = (s64)bytes * 8 * 1000000000 / rate;
	s64 start = (s64)world.now << 20;
	s64 warm = 2000000000;
	s64 end = warm + (s64)seconds * 1000000000;
	const char *separator = "";
	s64 time;
	u32 slot;

	for (time = 0; time < end; time += gap) {
		int chosen;

		world.now = (u32)((start + time) >> 20);
		chosen = send(1, bytes);
		if (chosen >= 0 && time >= warm)
			sent[chosen] += bytes;
	}
	for (slot = 0; slot < PLAIT_BALANCE_SLOTS; slot++)
		if (world.live & 1u << slot) {
			printf("%s%llu", separator, sent[slot] * 8 / seconds);
			separator = " ";
		}
	printf("\n");
}

static void measure(u32 at, const struct plait_estimate_counters *counters)
{
	struct plait_estimate *estimate = &world.estimate;

	if (!estimate->count)
		plait_estimate_init(estimate, 0);
	plait_estimate_sample(estimate, at, counters);
	printf("tx %" PRId64 " %" PRId64 " rx %" PRId64 " %" PRId64 " retransmitted %u\n",
	       estimate->tx_rate_1s, estimate->tx_rate_8s, estimate->rx_rate_1s, estimate->rx_rate_8s,
	       estimate->retransmission_rate);
}

/* Packets that came in unasked, each from another address. */
static void strangers(u32 slot, u32 first, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		struct plait_balance_packet packet = packet_to(first + i, 60);

		packet.outgoing = false;
		pass((int)slot, slot, &packet);
	}
}

static bool about_strategy(const char *line)
{
	struct plait_balance_sample sample;
	struct plait_balance_packet packet;
	struct plait_balance_line uplink;
	unsigned long a, b, c, d;
	long long up, down;

	if (sscanf(line, "set %lu %lu %lld %lld %lu", &a, &b, &up, &down, &d) == 5) {
		uplink = (struct plait_balance_line){ .weight = b, .up = up, .down = down, .live = d };
		world.live = (world.live & ~(1u << a)) | (u32)d << a;
		world.strategy->set(world.state, a, &uplink);
	} else if (sscanf(line, "gone %lu", &a) == 1) {
		world.live &= ~(1u << a);
		world.strategy->set(world.state, a, NULL);
	} else if (sscanf(line, "packets %lu %lu %lu", &a, &b, &c) == 3) {
		packets(a, b, c);
	} else if (sscanf(line, "sessions %lu %lu %lu", &a, &b, &c) == 3) {
		sessions(a, b, c);
	} else if (sscanf(line, "begun %lu %lu", &a, &b) == 2) {
		packet = packet_to(b, 60);
		packet.home = a;
		world.strategy->assigned(world.state, a, &packet);
	} else if (sscanf(line, "sent %lu %lu %lu", &a, &b, &c) == 3) {
		packet = packet_to(b, c);
		pass(a, a, &packet);
	} else if (sscanf(line, "received %lu %lu %lu %lu", &a, &b, &c, &d) == 4) {
		packet = packet_to(c, d);
		packet.outgoing = false;
		pass(a, b, &packet);
	} else if (sscanf(line, "strangers %lu %lu %lu", &a, &b, &c) == 3) {
		strangers(a, b, c);
	} else if (sscanf(line, "load %lld %lu %lu", &up, &a, &b) == 3) {
		load(up, a, b);
	} else if (sscanf(line, "sample %lu %lu", &a, &b) == 2) {
		sample = (struct plait_balance_sample){ .retransmission_rate = b };
		world.strategy->sample(world.state, a, &sample);
	} else if (sscanf(line, "keep %lu", &a) == 1) {
		printf("%d\n", world.strategy->keep(world.state, a));
	} else {
		return false;
	}
	return true;
}

int main(void)
{
	struct plait_estimate_counters counters;
	char line[128], name[64];
	unsigned long at;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "strategy " PREFIX, name) == 1)
			begin(name);
		else if (sscanf(line, "at %lu", &at) == 1)
			world.now = at;
		else if (sscanf(line, "measure %lu %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, &at,
				&counters.tx_bytes, &counters.rx_bytes, &counters.segments,
				&counters.retransmitted) == 5)
			measure(at, &counters);
		else if (!world.state || !about_strategy(line)) {
			fprintf(stderr, "not a command: %s", line);
			return 2;
		}
	}
	free(world.state);
	return 0;
}
