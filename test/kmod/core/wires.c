// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "wires.h"

struct plait_engine state;
const struct plait_flow_control *control;
struct wire wires[LEGS];
struct receiver receivers[FLOWS];
s64 now;

struct plait_flow_key key(u32 flow)
{
	return (struct plait_flow_key){ { 0, 0, 0xffff, 1 }, { 0, 0, 0xffff, 2 + flow }, 0x04000050 + flow };
}

void begin(s64 rate)
{
	u32 slot;

	now = PLAIT_S;
	if (control)
		plait_earliest.end(&state);
	control = plait_earliest.control;
	plait_earliest.init(&state, SEED);
	memset(wires, 0, sizeof(wires));
	memset(receivers, 0, sizeof(receivers));
	for (slot = 0; slot < LEGS; slot++) {
		set_line(&plait_earliest, &state, slot, 1, true);
		control->set_rate(&state, slot, rate);
		wires[slot].rate = 1250000;
	}
}

static void go(u32 slot, u32 flow, u32 seq, u32 bytes)
{
	struct wire *wire = &wires[slot];

	wire->carried++;
	if (wire->dead)
		return;
	promise(wire->count < IN_FLIGHT_MAX);
	wire->free_at = (wire->free_at > now ? wire->free_at : now) + bytes * PLAIT_S / wire->rate;
	wire->packet[(wire->first + wire->count++) % IN_FLIGHT_MAX] =
		(struct under_way){ wire->free_at + 2 * DELAY, flow, seq };
}

static void leave(u32 slot, struct plait_offer *packet, u32 flow)
{
	control->sent(&state, now, slot, packet);
	if (plait_header_takes(&packet->header))
		go(slot, flow, packet->header.seq, packet->bytes);
	else
		wires[slot].carried++;
}

static void release(void)
{
	int slot;

	promise(control->stranded(&state) < 0);
	while ((slot = control->next(&state, now)) >= 0) {
		struct wire *wire = &wires[slot];
		struct waiting *first = &wire->waiting[wire->head];

		promise(wire->length);
		wire->head = (wire->head + 1) % IN_FLIGHT_MAX;
		wire->length--;
		first->offer.flow = PLAIT_OFFER_NO_FLOW;
		leave(slot, &first->offer, first->flow);
	}
}

static void move(void)
{
	int slot, copy;

	while ((slot = control->stranded(&state)) >= 0) {
		struct wire *wire = &wires[slot];
		struct waiting moved = wire->waiting[wire->head];

		promise(wire->length);
		wire->head = (wire->head + 1) % IN_FLIGHT_MAX;
		wire->length--;
		control->withdrawn(&state, slot, moved.offer.bytes);
		slot = control->commit(&state, now, &moved.offer, &copy);
		promise(slot >= 0);
		wire = &wires[slot];
		wire->waiting[(wire->head + wire->length++) % IN_FLIGHT_MAX] = moved;
	}
}

void commit(struct plait_offer *packet, u32 flow)
{
	struct wire *wire;
	int slot, copy;

	slot = control->commit(&state, now, packet, &copy);
	promise(slot >= 0);
	if (copy >= 0)
		go(copy, flow, packet->header.seq, packet->bytes);
	wire = &wires[slot];
	promise(wire->length < IN_FLIGHT_MAX);
	wire->waiting[(wire->head + wire->length++) % IN_FLIGHT_MAX] = (struct waiting){ *packet, flow };
	move();
	release();
}

/* One segment of a connection; returns whether its sequence numbers were taken for sent before. */
bool send_segment(u32 flow, u32 seq, u32 payload, u16 flags)
{
	struct plait_offer packet = { .bytes = payload + HEADERS };

	packet.header.key = key(flow);
	packet.header.flags = flags;
	packet.header.seq = seq;
	packet.header.end = seq + payload;
	commit(&packet, flow);
	return packet.repeated;
}

static void acknowledge(u32 flow, u32 index, bool duplicate)
{
	struct receiver *receiver = &receivers[flow];
	struct plait_header header = { .flags = PLAIT_TCP_ACK, .key = key(flow) };
	u32 to = index;

	header.ack = receiver->next * PAYLOAD;
	if (receiver->reports && duplicate)
		header.sack[header.sacks++] =
			(struct plait_range){ index * PAYLOAD, (index + 1) * PAYLOAD };
	if (receiver->reports && !duplicate && index >= receiver->next) {
		while (receiver->received[to])
			to++;
		header.sack[header.sacks++] = (struct plait_range){ index * PAYLOAD, to * PAYLOAD };
	}
	control->acked(&state, now, &header);
}

static void arrive(const struct under_way *packet)
{
	struct receiver *receiver = &receivers[packet->flow];
	u32 index = packet->seq / PAYLOAD;
	bool duplicate;

	promise(index < SEGMENTS - 1);
	duplicate = receiver->received[index];
	receiver->received[index] = true;
	while (receiver->received[receiver->next])
		receiver->next++;
	acknowledge(packet->flow, index, duplicate);
}

/* Time passes, and what arrives meanwhile is acknowledged. */
void pass(s64 time)
{
	s64 until = now + time;
	u32 i;

	for (;;) {
		struct wire *soonest = NULL;

		for (i = 0; i < LEGS; i++)
			if (wires[i].count && (!soonest || wires[i].packet[wires[i].first].arrives <
							   soonest->packet[soonest->first].arrives))
				soonest = &wires[i];
		if (!soonest || soonest->packet[soonest->first].arrives > until)
			break;
		now = soonest->packet[soonest->first].arrives;
		soonest->count--;
		i = soonest->first;
		soonest->first = (i + 1) % IN_FLIGHT_MAX;
		arrive(&soonest->packet[i]);
		control->full(&state, now);
		move();
		release();
	}
	now = until;
	control->full(&state, now);
	move();
	release();
}

/* A connection sends a segment a millisecond; what is not acknowledged in 300 ms goes again, the oldest first. */
void transfer(u32 flow, u32 *next, s64 time)
{
	static s64 resent;
	s64 until = now + time;

	for (; now < until; pass(PLAIT_MS)) {
		if (*next < receivers[flow].next + 200 && !control->full(&state, now))
			send_segment(flow, (*next)++ * PAYLOAD, PAYLOAD, 0);
		else if (*next >= receivers[flow].next + 200 && now - resent > 300 * PLAIT_MS) {
			send_segment(flow, receivers[flow].next * PAYLOAD, PAYLOAD, 0);
			resent = now;
		}
	}
}

struct plait_leg_report report(u32 slot)
{
	struct plait_leg_report known;

	control->report(&state, slot, &known);
	return known;
}

u32 in_flight(void)
{
	return report(0).in_flight + report(1).in_flight;
}

s64 shortest(void)
{
	s64 a = report(0).delay, b = report(1).delay;

	return (a < b ? a : b) / 1000;
}
