// SPDX-License-Identifier: GPL-2.0-only
/*
 * One connection over several simulated legs, with the scheduler `earliest`:
 *
 *	earliest-simulation SECONDS [ordered] LEG...
 *
 * A leg is RATE:DELAY, in kB/s of IP packets and ms one way, and may go on with :DIES:RETURNS, the
 * seconds between which it swallows packets, or with *FACTOR:FROM, a factor by which its rate is
 * multiplied from that second on. Nobody tells the scheduler any of it.
 *
 * The sender is greedy but for a window; when nothing new was acknowledged for 300 ms, it sends
 * again what is not acknowledged after that time. The
 * receiver acknowledges each packet, with selective acknowledgements and duplicates, by a way back
 * that takes 10 ms. When it is `ordered`, packets that overtook others wait before it, as in a receive-side buffer, so
 * that it never acknowledges selectively. Prints, over all but the first three seconds, the goodput in kB/s, the packets
 * that arrived behind a later one in percent, and the longest time in ms in which the receiver
 * got nothing in order; when 500 packets had arrived in order, in ms; how often a leg was suspected; then the packets
 * that each leg carried.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "line.h"
#include "timeline.h"

#define SEED 20261129

#define IP_BYTES 1480
#define PAYLOAD 1428
#define WINDOW 600
#define PACKETS 400000
#define WAY_BACK (10 * PLAIT_MS)
#define RESEND (300 * PLAIT_MS)
/* Of the sender's own timer. */
#define TICK_PERIOD PLAIT_MS
#define WARM_UP (3 * PLAIT_S)
#define START 500
#define LEGS 8

enum event_kind { ARRIVES, ACKNOWLEDGED, LOOK, TICK };

struct event {
	struct moment when;
	enum event_kind kind;
	u32 packet;
	struct plait_header tcp;
};

struct leg {
	s64 rate, delay, dies, returns, changes;
	double factor;
	s64 free_at;
	u32 queue[PACKETS];
	bool repeated[PACKETS], copied[PACKETS];
	u32 first, last;
	u64 carried;
	bool suspect;
};

static struct timeline timeline;
static struct leg legs[LEGS];
static u32 leg_count;
static struct plait_engine state;
static const struct plait_flow_control *control;
static s64 now;

/* When a look is due; 0: none is. As with the timer of a device there is one at most. */
static s64 armed;

/* Sender and receiver, in packets. */
static u32 next_new, acked, highest, received_to;
static bool received[PACKETS];
static s64 sent_at[PACKETS], acked_at;
static u32 resend_to;

static bool ordered;
static u64 good, late, arrivals, suspicions;
static s64 started;
static s64 in_order_at, longest;

static void schedule(s64 at, enum event_kind kind, u32 packet, const struct plait_header *tcp)
{
	struct event *event = calloc(1, sizeof(*event));

	event->when.at = at;
	event->kind = kind;
	event->packet = packet;
	if (tcp)
		event->tcp = *tcp;
	timeline_add(&timeline, &event->when);
}

static void wire(struct leg *leg, u32 packet)
{
	double rate = leg->rate * (leg->changes && now >= leg->changes ? leg->factor : 1);

	leg->carried++;
	if (leg->dies && now >= leg->dies && now < leg->returns)
		return;
	if (leg->free_at < now)
		leg->free_at = now;
	leg->free_at += IP_BYTES * 1e9 / rate;
	schedule(leg->free_at + leg->delay, ARRIVES, packet, NULL);
}

static void describe(struct plait_offer *packet, u32 index)
{
	*packet = (struct plait_offer){ .bytes = IP_BYTES };
	packet->header.key.ports = 1;
	packet->header.seq = index * PAYLOAD;
	packet->header.end = packet->header.seq + PAYLOAD;
}

static void offer(u32 index)
{
	struct plait_offer packet;
	struct leg *leg;
	int slot, copy;

	describe(&packet, index);
	sent_at[index] = now;
	slot = control->commit(&state, now, &packet, &copy);
	if (slot < 0)
		abort();
	leg = &legs[slot];
	leg->repeated[leg->last] = packet.repeated;
	leg->copied[leg->last] = packet.copied;
	leg->queue[leg->last++] = index;
	if (copy >= 0)
		wire(&legs[copy], index);
}

static void move(void)
{
	int slot;

	while ((slot = control->stranded(&state)) >= 0) {
		struct leg *leg = &legs[slot];
		u32 index = leg->queue[leg->first++];

		control->withdrawn(&state, slot, IP_BYTES);
		offer(index);
	}
}

static void release(void)
{
	struct plait_offer packet;
	s64 again;
	int slot;

	move();
	while ((slot = control->next(&state, now)) >= 0) {
		struct leg *leg = &legs[slot];

		if (leg->first == leg->last)
			abort();
		describe(&packet, leg->queue[leg->first]);
		packet.repeated = leg->repeated[leg->first];
		packet.copied = leg->copied[leg->first];
		control->sent(&state, now, slot, &packet);
		wire(leg, leg->queue[leg->first++]);
	}
	again = control->again(&state, now);
	if (again == PLAIT_NEVER || (armed && armed <= again))
		return;
	armed = again;
	schedule(again, LOOK, 0, NULL);
}

static void transmit(void)
{
	release();
	if (now - acked_at > RESEND)
		resend_to = next_new;
	if (acked < resend_to && now - sent_at[acked] > RESEND)
		offer(acked);
	while (!control->full(&state, now) && next_new < acked + WINDOW && next_new < PACKETS) {
		offer(next_new++);
		release();
	}
}

static void add_sack(struct plait_header *tcp, u32 from, u32 to)
{
	tcp->sack[tcp->sacks++] = (struct plait_range){ from * PAYLOAD, to * PAYLOAD };
}

static void arrive(u32 index)
{
	struct plait_header tcp = { .key.ports = 1, .flags = PLAIT_TCP_ACK };
	bool duplicate = index < received_to || received[index];
	u32 from = index, to = index + 1;

	arrivals += now > WARM_UP;
	if (index < highest)
		late += !duplicate && now > WARM_UP;
	else
		highest = index;
	received[index] = true;
	if (index == received_to) {
		if (now > WARM_UP && in_order_at > WARM_UP && now - in_order_at > longest)
			longest = now - in_order_at;
		in_order_at = now;
	}
	while (received[received_to]) {
		received_to++;
		good += now > WARM_UP;
	}
	if (!started && received_to >= START)
		started = now;
	if (ordered && !duplicate && index >= received_to)
		return;
	tcp.ack = received_to * PAYLOAD;
	if (duplicate) {
		add_sack(&tcp, index, index + 1);
	} else if (index >= received_to) {
		while (from > received_to && received[from - 1])
			from--;
		while (received[to])
			to++;
		add_sack(&tcp, from, to);
	}
	schedule(now + WAY_BACK, ACKNOWLEDGED, received_to, &tcp);
}

static void watch(void)
{
	struct plait_leg_report report;
	u32 i;

	for (i = 0; i < leg_count; i++) {
		control->report(&state, i, &report);
		suspicions += report.suspect && !legs[i].suspect;
		legs[i].suspect = report.suspect;
	}
}

static void parse_leg(const char *text)
{
	struct leg *leg = &legs[leg_count++];
	double rate, delay, from, to;

	if (sscanf(text, "%lf:%lf*%lf:%lf", &rate, &delay, &leg->factor, &from) == 4)
		leg->changes = from * PLAIT_S;
	else if (sscanf(text, "%lf:%lf:%lf:%lf", &rate, &delay, &from, &to) == 4) {
		leg->dies = from * PLAIT_S;
		leg->returns = to * PLAIT_S;
	}
	leg->rate = rate * 1000;
	leg->delay = delay * PLAIT_MS;
}

int main(int argc, char **argv)
{
	s64 end;
	u32 i;

	if (argc < 3)
		return 2;
	end = atof(argv[1]) * PLAIT_S;
	ordered = !strcmp(argv[2], "ordered");
	argc -= 2 + ordered;
	argv += 2 + ordered;
	if (argc < 1 || argc > LEGS)
		return 2;
	control = plait_earliest.control;
	plait_earliest.init(&state, SEED);
	for (i = 0; (int)i < argc; i++) {
		parse_leg(argv[i]);
		set_line(&plait_earliest, &state, i, 1, true);
	}
	armed = PLAIT_S / 1000;
	schedule(armed, LOOK, 0, NULL);
	schedule(TICK_PERIOD, TICK, 0, NULL);
	while (timeline.count) {
		/* The first member of it. */
		struct event *event = (struct event *)timeline_next(&timeline);

		now = event->when.at;
		if (now > end) {
			free(event);
			break;
		}
		if (event->kind == LOOK) {
			/* An earlier one took its place. */
			if (event->when.at != armed) {
				free(event);
				continue;
			}
			armed = 0;
		}
		if (event->kind == TICK)
			schedule(now + TICK_PERIOD, TICK, 0, NULL);
		if (event->kind == ARRIVES)
			arrive(event->packet);
		if (event->kind == ACKNOWLEDGED) {
			if (event->packet > acked) {
				acked = event->packet;
				acked_at = now;
			}
			control->acked(&state, now, &event->tcp);
			watch();
		}
		if (event->kind != ARRIVES)
			transmit();
		free(event);
	}
	printf("%.1f %.2f %.1f %.0f %" PRIu64, good * PAYLOAD / ((end - WARM_UP) / 1e9) / 1000,
	       100.0 * late / arrivals, longest / 1e6, started / 1e6, suspicions);
	for (i = 0; i < leg_count; i++)
		printf(" %" PRIu64, legs[i].carried);
	printf("\n");
	plait_earliest.end(&state);
	return 0;
}
