// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the resequencer, in a world of its own: a sender numbers packets of some flows, legs of different delay bring
 * them, lose some, and bring copies and what is sent again. An oracle knows what the receiver can know: what came, by which
 * legs, and when. It holds no packet, and looks at all of them after each call:
 *
 *	- each packet that arrives is delivered once, and a second one is a copy
 *	- a packet goes in front of the one that it comes after only when that is lost, or somebody waits too long for it
 *	- nothing waits for what has been delivered or is lost, nor past its deadline
 *	- what waits is released without another arrival
 *
 * With clang it is a libFuzzer target, with fuzz-main.c a program that makes its own inputs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../promise.h"
#include "udp/order.h"

#define PACKETS 96
#define TRANSMISSIONS (2 * PACKETS)
#define LEGS 4
#define FLOWS 8
/* The last flow has no order. */
#define UNORDERED (FLOWS - 1)

/* Of order-legs.c. */
#define QUIET (30 * PLAIT_S)
#define UNMEASURED PLAIT_S
/* How late packets are that others of their leg overtake; what is known of them, and when that is looked at, adds a quarter each. */
#define SPREAD (255 * PLAIT_MS / 10)
#define GRACE ((SPREAD + 65536) * 25 / 16)
/* What send time and mean do not tell: a unit of send time, in spread and jitter. */
#define UNSURE (PLAIT_MS / 2)

/* Visits that a call may make. */
#define BUDGET 64

enum place { AWAY, WAITS, DELIVERED };

struct packet {
	struct plait_udp_header header;
	s32 before; /* the packet that it comes after; -1: none */
	enum place place;
	s64 since;
	s64 deadline_least, deadline_most;
	bool lost, given_up, forgotten;
	s64 lost_at;
};

struct transmission {
	u32 number;
	u32 leg;
	u8 flags;
	s64 sent, arrives;
};

struct leg {
	s64 delay, last;
	bool known;
	s32 high;
};

struct world {
	struct plait_order *order;
	struct packet packets[PACKETS];
	struct transmission transmissions[TRANSMISSIONS];
	struct leg legs[LEGS];
	u32 leg_count, packet_count, transmission_count;
	bool reorders;
	s64 now;
	/* When the last packet came, and one more than the highest number of those that did. */
	s64 last;
	u32 newest;
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

/* --- The sender --- */

static void transmit(struct world *world, u32 number, u32 leg, u8 flags, s64 sent)
{
	struct transmission *transmission;
	s64 delay = world->legs[leg].delay;

	if (world->reorders)
		delay += SPREAD * number8() / 255;
	if (world->transmission_count == TRANSMISSIONS || number8() < 16)
		return;
	transmission = &world->transmissions[world->transmission_count++];
	transmission->number = number;
	transmission->leg = leg;
	transmission->flags = flags;
	transmission->sent = sent;
	transmission->arrives = sent + delay;
}

static void send(struct world *world, struct plait_order_sender *sender, s32 last[FLOWS], s64 now)
{
	u32 flow = number8() % FLOWS, leg = number8() % world->leg_count, more = number8();
	u32 number = world->packet_count++;
	struct packet *packet = &world->packets[number];
	u32 other = (leg + 1) % world->leg_count;

	plait_order_number(sender, flow * 131, flow != UNORDERED, &packet->header);
	packet->before = flow == UNORDERED ? -1 : last[flow];
	promise(packet->header.after == (packet->before < 0 ? 0 : number - packet->before));
	last[flow] = number;
	transmit(world, number, leg, more < 16 ? PLAIT_UDP_COPY : 0, now);
	if (more < 16)
		transmit(world, number, other, PLAIT_UDP_COPY, now);
	else if (more < 40)
		transmit(world, number, other, PLAIT_UDP_RESENT, now + more * PLAIT_MS);
}

static int by_arrival(const void *a, const void *b)
{
	const struct transmission *first = a, *second = b;

	if (first->arrives != second->arrives)
		return first->arrives < second->arrives ? -1 : 1;
	return first->number < second->number ? -1 : first->number > second->number;
}

/* --- The oracle --- */

static void oracle_arrived(struct world *world, const struct transmission *transmission)
{
	struct leg *leg = &world->legs[transmission->leg];
	s32 number = transmission->number;

	if (!(transmission->flags & PLAIT_UDP_RESENT) &&
	    (!leg->known || number > leg->high || world->now - leg->last > QUIET)) {
		leg->known = true;
		leg->high = number;
	}
	leg->last = world->now;
}

/* After a second without an arrival the receiver may give its memory back, and waits for nothing older. */
static void oracle_forgets(struct world *world)
{
	u32 i;

	for (i = 0; world->now - world->last > PLAIT_S && i < world->newest; i++)
		world->packets[i].forgotten = true;
	world->last = world->now;
}

/* The rule of RFC 1990. */
static bool all_have_passed(const struct world *world, s32 number)
{
	bool counted = false;
	u32 i;

	for (i = 0; i < world->leg_count; i++) {
		const struct leg *leg = &world->legs[i];

		if (world->now - leg->last > QUIET)
			continue;
		if (!leg->known || leg->high <= number)
			return false;
		counted = true;
	}
	return counted;
}

static void oracle_lost(struct world *world)
{
	u32 i;

	for (i = 0; i < world->packet_count; i++) {
		struct packet *packet = &world->packets[i];

		if (packet->place != AWAY || packet->lost || !all_have_passed(world, i))
			continue;
		packet->lost = true;
		packet->lost_at = world->now;
	}
}

static s64 clamped(s64 patience)
{
	if (patience < PLAIT_ORDER_DEADLINE_MIN)
		return PLAIT_ORDER_DEADLINE_MIN;
	return patience < PLAIT_ORDER_DEADLINE_MAX ? patience : PLAIT_ORDER_DEADLINE_MAX;
}

/* When a packet that arrives now is to leave, by what the legs have shown. */
static void oracle_deadline(const struct world *world, const bool *measured, struct packet *packet)
{
	s64 least = PLAIT_S, most = 0, spread;
	u32 i;

	for (i = 0; i < world->leg_count; i++) {
		if (!measured[i] && world->now - world->legs[i].last <= UNMEASURED) {
			packet->deadline_least = world->now + PLAIT_ORDER_DEADLINE_MAX;
			packet->deadline_most = packet->deadline_least;
			return;
		}
		if (!measured[i])
			continue;
		least = world->legs[i].delay < least ? world->legs[i].delay : least;
		most = world->legs[i].delay > most ? world->legs[i].delay : most;
	}
	spread = (most - least) * 5 / 4;
	packet->deadline_least = world->now + clamped(world->reorders ? 0 : spread - UNSURE);
	packet->deadline_most = world->now + clamped(world->reorders ? PLAIT_S : spread + UNSURE);
}

/* No deadline is before that of a packet that waits already. */
static void oracle_put_off(const struct world *world, struct packet *packet)
{
	u32 i;

	for (i = 0; i < world->packet_count; i++) {
		const struct packet *other = &world->packets[i];

		if (other->place == WAITS && other->deadline_most > packet->deadline_most)
			packet->deadline_most = other->deadline_most;
	}
}

static s32 hole_before(const struct world *world, const struct packet *packet)
{
	s32 before = packet->before;

	while (before >= 0 && world->packets[before].place == WAITS)
		before = world->packets[before].before;
	return before;
}

static bool somebody_is_overdue(const struct world *world, s32 hole)
{
	u32 i;

	for (i = 0; i < world->packet_count; i++) {
		const struct packet *packet = &world->packets[i];

		if (packet->place == WAITS && world->now >= packet->deadline_least &&
		    hole_before(world, packet) == hole)
			return true;
	}
	return false;
}

static void deliver(struct world *world, struct packet *packet)
{
	struct packet *before = packet->before < 0 ? NULL : &world->packets[packet->before];

	promise(packet->place != DELIVERED);
	/* What comes after a packet that was given up may have left already. */
	if (before && before->place != DELIVERED && !before->forgotten && !packet->lost &&
	    !packet->given_up) {
		promise(before->place == AWAY);
		if (!before->lost && !before->given_up) {
			promise(somebody_is_overdue(world, packet->before));
			before->given_up = true;
		}
	}
	packet->place = DELIVERED;
}

static void check_waiting(const struct world *world)
{
	u32 i;

	for (i = 0; i < world->packet_count; i++) {
		const struct packet *packet = &world->packets[i], *hole;
		s32 before;

		if (packet->place != WAITS)
			continue;
		before = hole_before(world, packet);
		promise(before >= 0);
		hole = &world->packets[before];
		promise(hole->place == AWAY);
		promise(!hole->given_up);
		promise(!hole->lost || (world->reorders && world->now - hole->lost_at <= GRACE));
		promise(world->now < packet->deadline_most);
		promise(world->now - packet->since <= PLAIT_ORDER_DEADLINE_MAX);
	}
}

/* --- The receiver --- */

static void visited(void)
{
	promise(plait_visits <= BUDGET);
	plait_visits = 0;
}

static void drain(struct world *world)
{
	struct packet *packet;

	oracle_lost(world);
	while ((packet = plait_order_release(world->order))) {
		visited();
		promise(packet->place == WAITS);
		deliver(world, packet);
	}
	visited();
	check_waiting(world);
}

static void pass_time(struct world *world, s64 until)
{
	s64 deadline;

	while ((deadline = plait_order_deadline(world->order)) <= until) {
		promise(deadline > world->now);
		world->now = deadline;
		plait_visits = 0;
		plait_order_due(world->order, world->now);
		visited();
		drain(world);
	}
	world->now = until;
	plait_visits = 0;
}

static void arrive(struct world *world, const struct transmission *transmission, bool *measured)
{
	struct packet *packet = &world->packets[transmission->number];
	struct plait_udp_header header = packet->header;
	enum plait_order_verdict verdict;

	pass_time(world, transmission->arrives);
	header.leg = transmission->leg;
	header.flags = transmission->flags;
	header.sent = plait_udp_time(transmission->sent);
	oracle_forgets(world);
	if (transmission->number >= world->newest)
		world->newest = transmission->number + 1;
	oracle_arrived(world, transmission);
	measured[transmission->leg] = true;
	oracle_lost(world);
	verdict = plait_order_arrive(world->order, world->now, &header, packet);
	visited();
	promise((verdict == PLAIT_ORDER_COPY) == (packet->place != AWAY));
	/* It is late enough. */
	promise(verdict != PLAIT_ORDER_TAKEN || !packet->given_up);
	promise(verdict != PLAIT_ORDER_TAKEN || !packet->lost || world->reorders);
	if (verdict == PLAIT_ORDER_PASS) {
		deliver(world, packet);
	} else if (verdict == PLAIT_ORDER_TAKEN) {
		oracle_deadline(world, measured, packet);
		oracle_put_off(world, packet);
		packet->place = WAITS;
		packet->since = world->now;
	}
	drain(world);
}

static void begin_at(struct world *world, u32 sequence, u32 times)
{
	struct plait_udp_header header = { .type = PLAIT_UDP_DATA, .sequence = sequence };

	while (times--)
		promise(plait_order_arrive(world->order, world->now, &header, world) ==
			PLAIT_ORDER_PASS);
	promise(!plait_order_release(world->order));
}

/*
 * Sequences begin at 0, or elsewhere: one packet from far ahead begins anew there, and eight from far behind do. The last
 * place is one where both the 24 bits of sequences and the receiver's 32 are going to wrap.
 */
static u32 begin(struct world *world, u32 how)
{
	u32 sequence = how % 3 == 1 ? 0x600000 : 0xffffff - how % 64;

	if (how % 3 == 0)
		return 0;
	begin_at(world, 0x600000, 1);
	if (how % 3 == 2)
		begin_at(world, sequence, 8);
	return sequence + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plait_order_sender sender;
	static struct world world;
	bool measured[LEGS] = { false };
	s32 last[FLOWS];
	s64 now;
	u32 i;

	if (size < 8)
		return 0;
	input = data;
	input_left = size;
	memset(&world, 0, sizeof(world));
	memset(&sender, 0, sizeof(sender));
	memset(last, 0xff, sizeof(last));
	world.now = number8() * PLAIT_S;
	world.reorders = number8() % 4 == 0;
	world.leg_count = 2 + number8() % (LEGS - 1);
	for (i = 0; i < world.leg_count; i++) {
		world.legs[i].delay = (s64)number8() * number8() * 3000;
		world.legs[i].last = world.now;
	}
	world.order = plait_order_new();
	plait_order_legs(world.order, (1U << world.leg_count) - 1, world.now);
	sender.next = begin(&world, number8());
	now = world.now;
	while (input_left && world.packet_count < PACKETS) {
		u32 pause = number8();

		now += pause < 250 ? pause * 8000 : pause < 254 ? 300 * PLAIT_MS : 31 * PLAIT_S;
		send(&world, &sender, last, now);
	}
	qsort(world.transmissions, world.transmission_count, sizeof(world.transmissions[0]), by_arrival);
	for (i = 0; i < world.transmission_count; i++)
		arrive(&world, &world.transmissions[i], measured);
	pass_time(&world, world.now + PLAIT_ORDER_DEADLINE_MAX);
	for (i = 0; i < world.packet_count; i++)
		promise(world.packets[i].place != WAITS);
	/* Nothing arrives any more: of all memory only the receiver and its legs are left. */
	pass_time(&world, world.now + 3 * PLAIT_S);
	promise(plait_held < 1024);
	promise(plait_order_deadline(world.order) == PLAIT_NEVER);
	plait_order_free(world.order);
	promise(!plait_held);
	return 0;
}
