// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flow over several simulated UDP legs, with the scheduler `earliest`, reports, and the resequencer of the far end:
 *
 *	reported-simulation SECONDS RATE LEG...
 *
 * RATE is what the flow offers, in kB/s of IP packets. What the device can not send waits in a queue of QUEUE packets
 * before it, which drops. A leg is RATE:DELAY:LOSS, in kB/s, ms one way and percent, and may go on with :DIES:RETURNS, the
 * seconds between which it swallows packets; MS ms later the sender is told that it is silent, and MS later that it is back.
 *
 * Prints, over all but the first second: what is delivered in kB/s; packets that left the device and were never delivered,
 * and delivered behind a later one, in percent; the longest time without a delivery and the longest time that one was held,
 * in ms; packets sent again; then how many packets each leg carried.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../line.h"
#include "../promise.h"
#include "../timeline.h"
#include "engine/engine.h"
#include "udp/arrivals.h"
#include "udp/missing.h"
#include "udp/order.h"
#include "udp/replay.h"

#define SEED 20261130
#define BYTES 1400
#define PACKETS 2000000
#define QUEUE 100
#define LEGS 8
#define WARM_UP PLAIT_S
/* How long it takes until a leg is known to be silent, and to be back. */
#define SILENT (100 * PLAIT_MS)
#define REPORT_LIFE 64

enum event_kind { ARRIVES, REPORTED, LOOK, OFFER, SENDER_DUE, RECEIVER_DUE, LEG_DOWN, LEG_UP };

struct message {
	struct plait_udp_header header;
	u32 index;
	s64 arrived;
};

struct reports {
	u32 leg;
	struct plait_udp_report report;
	struct plait_udp_holes holes;
};

struct event {
	struct moment when;
	enum event_kind kind;
	void *data;
};

struct leg {
	s64 rate, delay, dies, returns;
	double loss;
	s64 free_at;
	u32 queue[QUEUE * 4];
	u32 first, count;
	u64 carried;
	/* Sender. */
	struct plait_sent sent;
	struct plait_serials serials;
	/* Receiver. */
	struct plait_replay replay;
	struct plait_received received;
	u64 named;
};

static struct timeline timeline;
static struct leg legs[LEGS];
static u32 leg_count;
static struct plait_engine state;
static const struct plait_flow_control *control;
static struct plait_order_sender numbers;
static struct plait_order *order;
static s64 now, armed, receiver_armed;
static u64 seed = SEED;

static u32 waiting[QUEUE];
static u32 waiting_first, waiting_count, offered;
static u32 kept[PLAIT_KEPT];

/* What a packet is numbered with when it is committed, which is the order of the flow. */
static struct plait_udp_header number[PACKETS];
static bool left[PACKETS], delivered[PACKETS];
static u32 newest;
static u64 good, disordered, resent;
static s64 last_at, longest, held;

static u32 random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 16;
}

/* --- Time --- */

static void schedule(s64 at, enum event_kind kind, void *data)
{
	struct event *event = calloc(1, sizeof(*event));

	*event = (struct event){ .when.at = at, .kind = kind, .data = data };
	timeline_add(&timeline, &event->when);
}

/* The moment is its first member. */
static struct event *next_event(void)
{
	return (struct event *)timeline_next(&timeline);
}

/* --- Legs --- */

static bool dead(const struct leg *leg)
{
	return leg->dies && now >= leg->dies && now < leg->returns;
}

/* A message takes its place in the queue of a leg of its rate. */
static void wire(u32 slot, u32 index, struct plait_udp_header *header, bool data)
{
	struct leg *leg = &legs[slot];
	struct message *message;

	header->leg = slot;
	header->type = data ? PLAIT_UDP_DATA : PLAIT_UDP_CONTROL;
	header->counter = leg->sent.next;
	header->sent = plait_udp_time(now);
	plait_sent_count(&leg->sent, now, BYTES, data);
	leg->carried++;
	leg->free_at = (leg->free_at > now ? leg->free_at : now) + BYTES * PLAIT_S / leg->rate;
	if (dead(leg) || random32() % 100000 < leg->loss * 1000)
		return;
	message = calloc(1, sizeof(*message));
	message->header = *header;
	message->index = index;
	schedule(leg->free_at + leg->delay, ARRIVES, message);
}

/* --- Sender --- */

static void transmit(u32 slot, u32 index, u32 serial)
{
	struct plait_udp_header header = number[index];

	/* What follows is a copy. */
	number[index].flags = PLAIT_UDP_RESENT;
	promise(serial);
	plait_serials_sent(&legs[slot].serials, legs[slot].sent.next, serial);
	left[index] = true;
	wire(slot, index, &header, true);
}

static void leave(u32 slot, u32 index)
{
	struct plait_offer packet = { .bytes = BYTES };
	int copy = control->sent(&state, now, slot, &packet);

	if (copy >= 0)
		kept[copy] = index;
	transmit(slot, index, packet.serial);
	if (packet.copy >= 0)
		transmit(packet.copy, index, packet.copy_serial);
}

static void commit(u32 index, bool again)
{
	struct plait_offer packet = { .bytes = BYTES };
	struct leg *leg;
	int slot, copy;

	slot = control->commit(&state, now, &packet, &copy);
	promise(slot >= 0 && copy < 0);
	leg = &legs[slot];
	if (again)
		number[index].flags = PLAIT_UDP_RESENT;
	else
		plait_order_number(&numbers, 1, true, &number[index]);
	promise(leg->count < QUEUE * 4);
	leg->queue[(leg->first + leg->count++) % (QUEUE * 4)] = index;
}

static u32 take(struct leg *leg)
{
	u32 index = leg->queue[leg->first];

	promise(leg->count);
	leg->first = (leg->first + 1) % (QUEUE * 4);
	leg->count--;
	return index;
}

static void repair(void)
{
	struct plait_again again;
	int slot;

	while ((slot = control->repair(&state, now, &again)) >= 0) {
		resent++;
		transmit(slot, kept[again.number], again.serial);
	}
}

static void update(void)
{
	s64 again;
	int slot;

	repair();
	while ((slot = control->stranded(&state)) >= 0) {
		u32 index = take(&legs[slot]);

		control->withdrawn(&state, slot, BYTES);
		commit(index, true);
	}
	for (;;) {
		while ((slot = control->next(&state, now)) >= 0)
			leave(slot, take(&legs[slot]));
		if (control->full(&state, now) || !waiting_count)
			break;
		commit(waiting[waiting_first], false);
		waiting_first = (waiting_first + 1) % QUEUE;
		waiting_count--;
	}
	while (control->released(&state) >= 0)
		;
	again = control->again(&state, now);
	if (again == PLAIT_NEVER || (armed && armed <= again))
		return;
	armed = again;
	schedule(again, LOOK, NULL);
}

static void offer(s64 period)
{
	schedule(now + period, OFFER, NULL);
	if (waiting_count == QUEUE || offered == PACKETS)
		return;
	waiting[(waiting_first + waiting_count++) % QUEUE] = offered++;
	update();
}

static void reported(const struct reports *reports)
{
	struct leg *leg = &legs[reports->leg];
	struct plait_arrivals arrivals;

	if (!plait_sent_reported(&leg->sent, now, &reports->report) ||
	    !plait_udp_arrivals(&leg->sent, &leg->serials, now, &reports->report, &reports->holes, &arrivals))
		return;
	control->reported(&state, now, reports->leg, &arrivals);
}

/* --- Receiver --- */

static void deliver(struct message *message)
{
	s64 since = now - message->arrived;

	promise(!delivered[message->index]);
	delivered[message->index] = true;
	if (now > WARM_UP) {
		good++;
		disordered += message->index < newest;
		longest = last_at > WARM_UP && now - last_at > longest ? now - last_at : longest;
		held = since > held ? since : held;
	}
	newest = message->index > newest ? message->index : newest;
	last_at = now;
	free(message);
}

static void release(void)
{
	struct message *message;

	while ((message = plait_order_release(order)))
		deliver(message);
}

static void receiver_due(void)
{
	s64 at = plait_order_deadline(order), due;
	u32 i;

	if (at <= now) {
		plait_order_due(order, now);
		release();
		at = plait_order_deadline(order);
	}
	for (i = 0; i < leg_count; i++) {
		struct leg *leg = &legs[i], *fastest = &legs[0];
		struct reports *reports;
		u32 j;

		due = plait_received_due(&leg->received);
		if (due > now) {
			at = due < at ? due : at;
			continue;
		}
		for (j = 1; j < leg_count; j++)
			if (legs[j].delay < fastest->delay && !dead(&legs[j]))
				fastest = &legs[j];
		reports = calloc(1, sizeof(*reports));
		reports->leg = i;
		reports->holes.runs = plait_missing_name(&leg->replay, &leg->named, i, reports->holes.run,
							 PLAIT_MISSING_MAX);
		plait_received_report(&leg->received, i, now, &reports->report);
		schedule(now + fastest->delay, REPORTED, reports);
	}
	if (at == PLAIT_NEVER || (receiver_armed && receiver_armed <= at))
		return;
	receiver_armed = at;
	schedule(at, RECEIVER_DUE, NULL);
}

static void arrive(struct message *message)
{
	struct leg *leg = &legs[message->header.leg];

	message->arrived = now;
	promise(plait_replay_mark(&leg->replay, message->header.counter));
	plait_received_count(&leg->received, now, &message->header, BYTES);
	if (message->header.type == PLAIT_UDP_CONTROL) {
		plait_order_heard(order, now, &message->header);
		free(message);
		return;
	}
	switch (plait_order_arrive(order, now, &message->header, message)) {
	case PLAIT_ORDER_PASS:
		deliver(message);
		break;
	case PLAIT_ORDER_COPY:
		free(message);
		break;
	case PLAIT_ORDER_TAKEN:
		break;
	}
	release();
	receiver_due();
}

/* --- The rest --- */

static void set_leg(u32 slot, bool live)
{
	const struct plait_leg_line line = { .weight = 1, .live = live, .reports = true };

	promise(plait_earliest.set(&state, slot, &line));
}

static void parse_leg(const char *text)
{
	struct leg *leg = &legs[leg_count];
	double rate, delay, from = 0, to = 0;

	sscanf(text, "%lf:%lf:%lf:%lf:%lf", &rate, &delay, &leg->loss, &from, &to);
	leg->rate = rate * 1000;
	leg->delay = delay * PLAIT_MS;
	leg->dies = from * PLAIT_S;
	leg->returns = to * PLAIT_S;
	leg->sent.rtt = -1;
	leg->sent.rtt_min = -1;
	if (leg->dies) {
		schedule(leg->dies + SILENT, LEG_DOWN, leg);
		schedule(leg->returns + SILENT, LEG_UP, leg);
	}
	leg_count++;
}

static void happen(const struct event *event, s64 period)
{
	struct leg *leg = event->data;

	switch (event->kind) {
	case ARRIVES:
		arrive(event->data);
		return;
	case REPORTED:
		reported(event->data);
		free(event->data);
		break;
	case LOOK:
		/* An earlier one took its place. */
		if (event->when.at != armed)
			return;
		armed = 0;
		break;
	case OFFER:
		offer(period);
		return;
	case RECEIVER_DUE:
		receiver_armed = receiver_armed == event->when.at ? 0 : receiver_armed;
		receiver_due();
		return;
	case LEG_DOWN:
	case LEG_UP:
		set_leg(leg - legs, event->kind == LEG_UP);
		break;
	default:
		break;
	}
	update();
}

static u64 lost(void)
{
	u64 count = 0;
	u32 i;

	/* Not what may be on its way. */
	for (i = 0; i + 2000 < offered; i++)
		count += left[i] && !delivered[i];
	return count;
}

int main(int argc, char **argv)
{
	s64 end, period;
	u64 gone;
	u32 i;

	if (argc < 4 || argc > 3 + LEGS)
		return 2;
	end = atof(argv[1]) * PLAIT_S;
	period = BYTES * 1e6 / atof(argv[2]);
	control = plait_earliest.control;
	plait_earliest.init(&state, SEED);
	order = plait_order_new();
	for (i = 3; (int)i < argc; i++)
		parse_leg(argv[i]);
	for (i = 0; i < leg_count; i++) {
		struct plait_udp_header probe = { .type = PLAIT_UDP_CONTROL };

		set_leg(i, true);
		wire(i, 0, &probe, false);
	}
	plait_order_legs(order, (1U << leg_count) - 1, 0);
	schedule(PLAIT_S / 2, OFFER, NULL);
	while (timeline.count) {
		struct event *event = next_event();

		now = event->when.at;
		if (now > end) {
			timeline_add(&timeline, &event->when);
			break;
		}
		happen(event, period);
		free(event);
	}
	gone = lost();
	printf("%.1f %.3f %.3f %.0f %.0f %" PRIu64, good * BYTES / ((end - WARM_UP) / 1e9) / 1000,
	       100.0 * gone / offered, 100.0 * disordered / (good + 1), longest / 1e6, held / 1e6, resent);
	for (i = 0; i < leg_count; i++)
		printf(" %" PRIu64, legs[i].carried);
	printf("\n");
	while (timeline.count) {
		struct event *event = next_event();

		if (event->kind == ARRIVES || event->kind == REPORTED)
			free(event->data);
		free(event);
	}
	plait_order_flush(order);
	now = 0;
	release();
	plait_order_free(order);
	plait_earliest.end(&state);
	return 0;
}
