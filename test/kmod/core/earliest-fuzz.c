// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the scheduler `earliest`: any sequence of calls that its contract allows, with headers that a
 * hostile far end may send, checked after each call against what its parts promise each other.
 *
 * With clang it is a libFuzzer target:
 *
 *	clang -g -fsanitize=fuzzer,address,undefined -I test/kmod/port -I src/kmod/core \
 *		test/kmod/core/earliest-fuzz.c src/kmod/core/{trust,probe,repair,leg,losses,copies}.c \
 *		src/kmod/core/{engine,path,track}/[a-z]*.c src/kmod/core/sched/{earliest,weighted}.c
 *
 * With fuzz-main.c it makes its own inputs from a seed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "line.h"
#include "promise.h"
#include "track/parts.h"

#define SEED 20261129

#define WAITING 4096

struct world {
	struct plait_engine state;
	s64 now;
	bool live[PLAIT_SLOTS];
	u32 weight[PLAIT_SLOTS];
	/* Packets of the stack are numbered as they come, and leave once. */
	u32 offered, left, dropped;
	/* Packets that wait for each leg, oldest first. */
	struct plait_offer waiting[PLAIT_SLOTS][WAITING];
	u32 first[PLAIT_SLOTS], count[PLAIT_SLOTS];
	u32 next_seq;
	/* Numbers of copies that we keep. */
	bool kept[PLAIT_KEPT];
	/* Far ends report what arrives. The last serial number of each leg. */
	bool reports;
	u32 serial[PLAIT_SLOTS];
};

static struct world world;
static const struct plait_flow_control *control;

/* While not 0, of each number of requests for memory with some bits the first is refused. */
static u32 scarce;

static bool refuses(void)
{
	return scarce && plait_asked % (scarce % 4 + 1) == 0;
}

/* A copy for each packet that has one, and no other. */
static void check_copies(void)
{
	const struct plait_flight *flight = &world.state.tracker.flight;
	u32 list, count = 0, bytes = 0, i;
	u16 index;

	for (list = 0; list < PLAIT_FLIGHT_LISTS; list++)
		for (index = flight->leg[list].first; index != PLAIT_NOBODY;
		     index = plait_flight_at(flight, index)->on_leg.next) {
			if (plait_flight_at(flight, index)->kept == PLAIT_NO_COPY)
				continue;
			promise(world.kept[plait_flight_at(flight, index)->kept]);
			bytes += plait_flight_at(flight, index)->bytes;
			count++;
		}
	for (i = 0; i < PLAIT_KEPT; i++)
		count -= world.kept[i];
	promise(!count);
	promise(world.state.tracker.copies.bytes == bytes && bytes <= 1 << 20);
}

/* Each packet is in one list of its connection, in the order of sequence numbers; cursors are among them. */
static void check_flow(const struct plait_tcp_flow *flow)
{
	const struct plait_flight *flight = &world.state.tracker.flight;
	const struct plait_flight_packet *packet;
	u32 list, cursors = 0, i;
	u16 index, before;

	for (list = 0; list < PLAIT_FLOW_LISTS; list++) {
		before = PLAIT_NOBODY;
		for (index = flow->packets[list].first; index != PLAIT_NOBODY; index = packet->in_flow.next) {
			packet = plait_flight_at(flight, index);
			promise(packet->flow_life == flow->life && packet->in_flow.prev == before);
			promise(packet->duplicate == (list == PLAIT_DUPLICATES));
			promise(before == PLAIT_NOBODY ||
				!plait_before(packet->seq, plait_flight_at(flight, before)->seq));
			for (i = 0; i < PLAIT_CURSORS; i++)
				cursors += flow->cursor[i] == index;
			before = index;
		}
		promise(flow->packets[list].last == before);
	}
	for (i = 0; i < PLAIT_CURSORS; i++)
		cursors -= flow->cursor[i] != PLAIT_NOBODY;
	promise(!cursors);
}

/* So many packets are used in all chunks; what has unused places is found, once; nothing else is held. */
static void check_records(u32 packets)
{
	const struct plait_engine *state = &world.state;
	const struct plait_records *records = &state->tracker.flight.records;
	size_t held = 0;
	u32 unused = 0, roomy = 0, i;
	u16 place;

	for (i = 0; i < PLAIT_RECORDS_CHUNKS; i++) {
		const struct plait_records_chunk *chunk = records->chunk[i];
		u32 free = 0;

		if (!chunk)
			continue;
		held += sizeof(*chunk);
		packets -= chunk->used;
		unused += chunk->used < PLAIT_RECORDS_OF_CHUNK;
		for (place = chunk->free; place != PLAIT_NOBODY;
		     place = plait_record_at(records, place)->on_leg.next)
			free++;
		promise(chunk->used + free == chunk->fresh && chunk->fresh <= PLAIT_RECORDS_OF_CHUNK);
	}
	promise(!packets);
	for (i = records->roomy; i < PLAIT_RECORDS_CHUNKS; i = records->chunk[i]->next)
		roomy++;
	promise(roomy == unused);
	for (i = 0; i < PLAIT_FLOW_CHUNKS; i++)
		held += state->tracker.flight.flows.chunk[i] ? sizeof(struct plait_flow_chunk) : 0;
	for (i = 0; i < PLAIT_SLOTS; i++) {
		promise(plait_legs_has(&state->legs, i) == (world.weight[i] || world.count[i]));
		held += plait_legs_has(&state->legs, i) ? sizeof(struct plait_leg_model) : 0;
	}
	promise(plait_held == held);
}

/* Serial numbers grow along the list of a leg, and none is there that a report has told of, unless the budget ended. */
static void check_reported(const struct plait_flight_packet *packet)
{
	const struct plait_flight *flight = &world.state.tracker.flight;

	promise(plait_flight_is_reported(packet) == world.reports);
	if (!world.reports)
		return;
	promise(!packet->missed && (s32)(world.serial[packet->slot] - packet->seq) >= 0);
	promise(packet->on_leg.prev == PLAIT_NOBODY ||
		(s32)(packet->seq - plait_flight_at(flight, packet->on_leg.prev)->seq) > 0);
}

/* What is kept beside the packets, for speed, is what they say; none is lost of sight. */
static void check(void)
{
	struct plait_engine *state = &world.state;
	const struct plait_flight *flight = &state->tracker.flight;
	u32 slot, packets = 0, i;
	enum plait_trust trust;
	u16 index;

	for (slot = 0; slot < PLAIT_SLOTS; slot++) {
		const struct plait_leg_model *leg = state->legs.leg[slot];
		const struct plait_untracked *untracked = &leg->path.untracked;
		u32 bytes = untracked->sent - untracked->arrived, tracked = 0, waiting = 0;

		for (index = flight->leg[slot].first; index != PLAIT_NOBODY;
		     index = plait_flight_at(flight, index)->on_leg.next) {
			bytes += plait_flight_at(flight, index)->bytes;
			tracked++;
			promise(plait_flight_at(flight, index)->slot == slot);
			promise(plait_flight_at(flight, index)->leg_life == flight->leg_life[slot]);
			check_reported(plait_flight_at(flight, index));
			packets++;
		}
		for (i = 0; i < world.count[slot]; i++)
			waiting += world.waiting[slot][(world.first[slot] + i) % WAITING].bytes;
		promise(leg->path.in_flight == bytes);
		promise(leg->tracked == tracked);
		promise(leg->committed == waiting);
		promise(plait_leg_is_live(leg) == world.live[slot]);
		promise(leg->path.rate >= 0 && leg->path.delay >= -1);
		promise(plait_leg_is_live(leg) || !bytes);
		promise(!leg->committed == !(state->queued & 1U << slot));
		promise((leg->state == PLAIT_STATE_READY) ==
			(leg->state > PLAIT_STATE_SUSPECT && plait_path_ready(&leg->path)));
		index = flight->leg[slot].first;
		promise(index == PLAIT_NOBODY || plait_tracker_expires(plait_flight_at(flight, index)) >= state->tracker.expires);
		trust = leg->trust;
		plait_trust_update(&state->legs);
		promise(leg->trust == trust);
	}
	for (slot = PLAIT_SLOTS; slot < PLAIT_FLIGHT_LISTS; slot++)
		for (index = flight->leg[slot].first; index != PLAIT_NOBODY;
		     index = plait_flight_at(flight, index)->on_leg.next)
			packets++;
	check_records(packets);
	for (i = 0; i < PLAIT_FLOWS; i++) {
		const struct plait_flow_chunk *chunk = flight->flows.chunk[i / PLAIT_FLOWS_OF_CHUNK];

		if (chunk && chunk->flow[i % PLAIT_FLOWS_OF_CHUNK].taken)
			check_flow(&chunk->flow[i % PLAIT_FLOWS_OF_CHUNK]);
	}
}

/* No call looks at more packets than it may, whatever it is told. */
static void visited(void)
{
	promise(plait_visits <= PLAIT_FLIGHT_BUDGET);
	plait_visits = 0;
}

static u32 live_slots(void)
{
	u32 slots = 0, slot;

	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		slots |= (u32)world.live[slot] << slot;
	return slots;
}

/* Does one of some slots have so much waiting that more of its own packets are refused? */
static bool any_behind(u32 slots)
{
	u32 slot;

	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		if (slots & 1U << slot && plait_leg_is_behind(world.state.legs.leg[slot]))
			return true;
	return false;
}

/* A packet leaves by a leg of its rule while one of them is live, then as the rule says; and without a leg only if so. */
static void promise_ruled(const struct plait_treatment *treatment, int slot)
{
	u32 live = live_slots(), within = treatment->legs & ~world.state.legs.excluded;

	if (!treatment->pinned)
		promise((slot >= 0) == !!live);
	else if (slot < 0)
		promise(within ? any_behind(within) : treatment->or_drop || !live);
	else
		promise(within ? within & 1U << slot : !treatment->or_drop);
}

static void commit(struct plait_offer packet)
{
	static const struct plait_treatment none;
	int copy = -2, slot = control->commit(&world.state, world.now, &packet, &copy);

	visited();
	promise_ruled(packet.treatment ? packet.treatment : &none, slot);
	promise(copy < 0 || !(plait_treatment_forbids(packet.treatment) & 1U << copy));
	world.dropped += slot < 0;
	promise(copy >= -1 && (copy < 0 || (world.live[copy] && copy != slot)));
	if (slot < 0)
		return;
	promise(world.live[slot]);
	if (world.count[slot] == WAITING) {
		control->withdrawn(&world.state, slot, packet.bytes);
		world.dropped++;
		return;
	}
	world.waiting[slot][(world.first[slot] + world.count[slot]++) % WAITING] = packet;
}

static struct plait_offer take(u32 slot)
{
	promise(world.count[slot]);
	world.count[slot]--;
	return world.waiting[slot][world.first[slot]++ % WAITING];
}

static void drop(int number)
{
	promise(number >= 0 && number < PLAIT_KEPT && world.kept[number]);
	world.kept[number] = false;
}

static void drop_released(void)
{
	int number;

	while ((number = control->released(&world.state)) >= 0)
		drop(number);
}

/* Packets of a leg that reports are numbered as they leave. */
static void numbered(u32 slot, u32 serial)
{
	promise(serial == world.serial[slot] + 1);
	world.serial[slot] = serial;
}

static void leave(u32 slot, struct plait_offer *packet)
{
	int number;

	world.left++;
	number = control->sent(&world.state, world.now++, slot, packet);

	visited();
	promise(number >= -1 && number < PLAIT_KEPT);
	promise(!packet->serial == !world.reports);
	if (world.reports)
		numbered(slot, packet->serial);
	if (packet->copy >= 0) {
		promise(world.reports && (u32)packet->copy != slot && world.live[packet->copy]);
		promise(!(plait_treatment_forbids(packet->treatment) & 1U << packet->copy));
		numbered(packet->copy, packet->copy_serial);
	}
	if (number < 0)
		return;
	promise(!plait_treatment_forbids(packet->treatment));
	promise(!world.kept[number]);
	world.kept[number] = true;
}

/* As many packets as are in flight at most are to be sent again. */
static void repair(void)
{
	u32 most = PLAIT_FLIGHT_PACKETS;
	struct plait_again again;
	int slot;

	while ((slot = control->repair(&world.state, world.now, &again)) >= 0) {
		visited();
		promise(most--);
		promise(world.live[slot]);
		promise(!again.serial == !world.reports);
		if (world.reports)
			numbered(slot, again.serial);
		drop(again.number);
	}
	visited();
}

/* Who waits for a time that has come would look for ever. */
static void look(void)
{
	if (control->full(&world.state, world.now))
		promise(control->again(&world.state, world.now) > world.now);
	visited();
}

static void release(u32 most)
{
	int slot;

	while ((slot = control->stranded(&world.state)) >= 0) {
		struct plait_offer packet = take(slot);

		control->withdrawn(&world.state, slot, packet.bytes);
		commit(packet);
	}
	while (most-- && (slot = control->next(&world.state, world.now)) >= 0) {
		struct plait_offer packet = take(slot);

		visited();
		promise(world.live[slot]);
		leave(slot, &packet);
	}
	visited();
	look();
}

static u32 number(const uint8_t *data)
{
	return data[0] | (u32)data[1] << 8 | (u32)data[2] << 16;
}

/* Would TCP refuse it? Written down a second time, by what the connection sent. */
static bool refused(const struct plait_header *header)
{
	const struct plait_flows *flows = &world.state.tracker.flight.flows;
	u16 index = plait_flow_find(flows, &header->key);
	const struct plait_tcp_flow *flow = index == PLAIT_NOBODY ? NULL : plait_flow_at(flows, index);

	return !(header->flags & PLAIT_TCP_ACK) || !flow || !flow->sending ||
	       (s32)(flow->end - header->ack) < 0 ||
	       (s32)(header->ack - flow->una) < -(16 << 20);
}

/* All that it remembers, as a number. */
static uint64_t digest(const void *data, size_t size, uint64_t sum)
{
	const uint64_t *word = data;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++)
		sum = (sum ^ word[i]) * 0x9e3779b97f4a7c15u + (sum >> 29);
	return sum;
}

static uint64_t digest_state(void)
{
	struct plait_flight *flight = &world.state.tracker.flight;
	u32 budget = flight->budget, i;
	uint64_t sum;

	flight->budget = 0;
	sum = digest(&world.state, sizeof(world.state), 1);
	flight->budget = budget;
	for (i = 0; i < PLAIT_RECORDS_CHUNKS; i++)
		if (flight->records.chunk[i])
			sum = digest(flight->records.chunk[i], sizeof(struct plait_records_chunk), sum);
	for (i = 0; i < PLAIT_FLOW_CHUNKS; i++)
		if (flight->flows.chunk[i])
			sum = digest(flight->flows.chunk[i], sizeof(struct plait_flow_chunk), sum);
	for (i = 0; i < PLAIT_SLOTS; i++)
		sum = digest(world.state.legs.leg[i], sizeof(struct plait_leg_model), sum);
	return sum;
}

/* What TCP would refuse changes nothing but what time does. */
static void acked(const struct plait_header *header)
{
	uint64_t before;
	bool changes;

	visited();
	control->full(&world.state, world.now);
	plait_visits = 0;
	changes = !refused(header) || !world.state.tracker.expires;
	before = digest_state();
	control->acked(&world.state, world.now, header);
	visited();
	promise(changes || before == digest_state());
	repair();
}

/* Mostly what a receiver would say, sometimes anything. */
static void acknowledge(const uint8_t *data)
{
	struct plait_header tcp = { .key.ports = data[1] % 3,
					    .flags = data[1] != 255 ? PLAIT_TCP_ACK : 0 };
	u32 i;

	tcp.ack = world.next_seq - number(data + 2) % 65536;
	tcp.sacks = data[1] % (PLAIT_SACK_MAX + 1);
	for (i = 0; i < tcp.sacks; i++) {
		tcp.sack[i].start = tcp.ack + (data[5] + i) * 997 - 20000;
		tcp.sack[i].end = tcp.sack[i].start + 1 + data[6] * 40;
	}
	if (data[7] > 250)
		tcp.ack = number(data + 4) << 8;
	acked(&tcp);
}

/* The last packet of a leg has arrived, and of its connection no other. */
static void acknowledge_last(u32 slot)
{
	struct plait_flight *flight = &world.state.tracker.flight;
	const struct plait_flight_packet *last;
	struct plait_header tcp = { .flags = PLAIT_TCP_ACK, .sacks = 1 };
	const struct plait_tcp_flow *flow;

	if (flight->leg[slot].last == PLAIT_NOBODY)
		return;
	last = plait_flight_at(flight, flight->leg[slot].last);
	flow = plait_flight_flow(flight, last);
	if (!flow)
		return;
	tcp.key = flow->key;
	tcp.ack = flow->una;
	tcp.sack[0] = (struct plait_range){ last->seq, last->end };
	acked(&tcp);
}

/* Mostly what a far end would say, sometimes anything. What never left, or was told before, changes nothing but time does. */
static void reported(u32 slot, const uint8_t *data)
{
	struct plait_arrivals arrivals = { .runs = data[3] % (PLAIT_MISSING_MAX + 1) };
	const struct plait_leg_model *leg = world.state.legs.leg[slot];
	u32 first = leg->reported, last = world.serial[slot], i;
	bool changes;

	arrivals.serial = data[7] > 250 ? number(data + 4) << 8 : first + data[4] % (last - first + 2);
	arrivals.at = world.now - (data[2] % 8 ? number(data + 5) : 0);
	for (i = 0; i < arrivals.runs; i++)
		arrivals.missing[i] = (struct plait_missing){ first + i * (data[5] % 16), data[6] % 8 };
	changes = world.weight[slot] && (s32)(arrivals.serial - first) >= 0 && (s32)(last - arrivals.serial) >= 0;
	control->full(&world.state, world.now);
	plait_visits = 0;
	control->reported(&world.state, world.now, slot, &arrivals);
	promise(plait_visits <= PLAIT_FLIGHT_BUDGET + 512);
	plait_visits = 0;
	leg = world.state.legs.leg[slot];
	promise(!plait_legs_has(&world.state.legs, slot) ||
		leg->reported == (changes ? arrivals.serial : first));
	repair();
}

/* Of rules that packets fall under; half of them fall under none. */
static const struct plait_treatment treatments[] = {
	{ .pinned = true, .legs = 1 },
	{ .pinned = true, .legs = 2, .or_drop = true },
	{ .pinned = true, .legs = 6, .twice = true },
	{ .pinned = true, .legs = 3, .twice = true, .or_drop = true },
	{ .pinned = true, .or_drop = true },
	{ .pinned = true, .unordered = true },
	{ .twice = true },
	{ .unordered = true },
};

static void offer(const uint8_t *data)
{
	struct plait_offer packet = { .bytes = 40 + number(data + 2) % 65000 };
	u32 i;

	if (data[3] & 8)
		packet.treatment = &treatments[data[3] % 8];

	packet.header.key.ports = data[1] % 3;
	for (i = 0; i < data[4] % 32u + 1; i++) {
		packet.header.seq = world.next_seq;
		if (data[5] > 200)
			packet.header.seq -= data[6] * 100;
		packet.header.end = packet.header.seq + (data[7] % 4 ? packet.bytes % 1500 : 0);
		packet.header.flags = data[6] == 77 ? PLAIT_TCP_SYN : 0;
		if (data[5] <= 200)
			world.next_seq = packet.header.end;
		world.offered++;
		commit(packet);
	}
}

static bool tell_leg(u32 slot, u32 weight, bool live)
{
	return world.reports ? set_reporting(&plait_earliest, &world.state, slot, weight, live) :
			       set_line(&plait_earliest, &world.state, slot, weight, live);
}

/*
 * Another scheduler takes the place of this one while packets wait: here, itself, knowing nothing. As the caller does, what waits
 * is committed anew, and each packet of it leaves once. Acknowledgements of what left before mean nothing to it.
 */
static void change(void)
{
	static struct plait_offer waiting[PLAIT_SLOTS * WAITING];
	u32 slot, count = 0, i;

	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		while (world.count[slot])
			waiting[count++] = take(slot);
	plait_earliest.end(&world.state);
	promise(!plait_held);
	memset(&world.state, 0xa5, sizeof(world.state));
	memset(world.kept, 0, sizeof(world.kept));
	memset(world.serial, 0, sizeof(world.serial));
	plait_earliest.init(&world.state, SEED + 1);
	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		if (world.weight[slot] && !tell_leg(slot, world.weight[slot], world.live[slot])) {
			world.weight[slot] = 0;
			world.live[slot] = false;
		}
	for (i = 0; i < count; i++)
		commit(waiting[i]);
	look();
}

/* Gives back what is not used, now and, mostly, all of it when time has passed. */
static void trim(void)
{
	s64 again;
	u32 looks;

	for (looks = 0; looks < 200; looks++) {
		again = control->trim(&world.state, world.now);
		visited();
		promise(again > world.now);
		if (again == PLAIT_NEVER)
			break;
		world.now = again;
	}
	drop_released();
	if (looks == 200)
		return;
	promise(world.state.tracker.flight.records.roomy >= PLAIT_RECORDS_CHUNKS);
}

/* A slot that has a leg keeps it; another one gets none without memory. */
static void set_leg(u32 slot, u32 weight, bool live)
{
	bool had = plait_legs_has(&world.state.legs, slot);

	if (!tell_leg(slot, weight, live)) {
		promise(!had && weight && scarce);
		weight = 0;
	}
	world.weight[slot] = weight;
	world.live[slot] = weight && live;
	repair();
}

static u32 still_waiting(void)
{
	u32 slot, count = 0;

	for (slot = 0; slot < PLAIT_SLOTS; slot++)
		count += world.count[slot];
	return count;
}

/* Eight bytes a step. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plait_leg_report report;

	plait_visits = 0;
	memset(&world, 0, sizeof(world));
	memset(&world.state, 0xa5, sizeof(world.state));
	control = plait_earliest.control;
	scarce = 0;
	plait_alloc_fails = refuses;
	plait_earliest.init(&world.state, SEED);
	world.now = PLAIT_S;
	world.reports = size % 2;

	for (; size >= 8; data += 8, size -= 8) {
		u32 slot = data[1] % 4 ? data[1] % 4 : data[1] % PLAIT_SLOTS;

		switch (data[0] % 8) {
		case 0:
			set_leg(slot, data[2] % 16 ? data[3] + 1 : 0, data[2] % 8);
			break;
		case 1:
			control->set_rate(&world.state, slot, data[2] % 4 ? number(data + 3) * 100 : 0);
			break;
		case 2:
			world.now += (s64)number(data + 1) * (data[4] % 8 ? 1000 : 1000000);
			look();
			release(64);
			break;
		case 3:
			if (world.reports)
				reported(slot, data);
			else if (data[7] % 4)
				acknowledge(data);
			else
				acknowledge_last(slot);
			release(data[6]);
			break;
		case 4:
			control->report(&world.state, slot, &report);
			promise(report.in_flight == world.state.legs.leg[slot]->path.in_flight);
			/* As if it had lost some before. */
			if (plait_legs_has(&world.state.legs, slot))
				world.state.legs.leg[slot]->losses.lossy |= data[2] % 2;
			if (data[3] % 8 == 0)
				change();
			if (data[3] % 8 == 1)
				trim();
			scarce = data[3] % 8 == 2 ? data[4] : 0;
			promise(pick_one(&plait_earliest, &world.state, 1) >= 0 || !live_slots());
			break;
		default:
			offer(data);
			release(data[6]);
		}
		drop_released();
		/* The next leg of a slot begins anew. */
		for (slot = 0; slot < PLAIT_SLOTS; slot++)
			if (!world.weight[slot])
				world.serial[slot] = 0;
		promise(world.offered == world.left + world.dropped + still_waiting());
		check();
		check_copies();
	}
	plait_earliest.end(&world.state);
	promise(!plait_held);
	return 0;
}
