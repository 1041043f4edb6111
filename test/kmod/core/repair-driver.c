// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test say what leaves by which leg and what is acknowledged, and shows what `earliest` sends again. A line of
 * standard input each:
 *
 *	leg SLOT LIVE			a leg of 1 MB/s is there; or, with LIVE 0, it leaves
 *	wait US				time passes
 *	send SLOT SEQ BYTES		a packet with so many sequence numbers leaves by a leg
 *	ack ACK COUNT [START END]...	an acknowledgement comes in
 *	show				prints "kept COPIES", then for each of two legs "LOSSY REPAIRED"
 *
 * Prints "US SEQ by SLOT" for each packet that is sent again, where US is the time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "line.h"
#include "promise.h"
#include "track/expire.h"

#define SEED 20261129

#define RATE 1000000
#define HEADERS 52
#define SHOWN 2

static struct plait_engine state;
static const struct plait_flow_control *control;
static s64 now = PLAIT_S;

/* What the caller has copies of: the first sequence number, by the number of the copy. */
static u32 copy[PLAIT_KEPT];
static bool kept[PLAIT_KEPT];

static u32 number(void)
{
	u32 value;

	promise(scanf("%" SCNu32, &value) == 1);
	return value;
}

static u32 take(int index)
{
	promise(index >= 0 && index < PLAIT_KEPT && kept[index]);
	kept[index] = false;
	return copy[index];
}

static void release(void)
{
	int index;

	while ((index = control->released(&state)) >= 0)
		take(index);
}

static void set_leg(void)
{
	u32 slot = number(), live = number();

	set_line(&plait_earliest, &state, slot, live, live);
	if (live)
		control->set_rate(&state, slot, RATE);
}

/* As commit() would, had it chosen this leg. */
static void send_packet(void)
{
	struct plait_offer packet = { 0 };
	struct plait_offered offered;
	u32 slot = number();
	int index;

	packet.header.seq = number();
	packet.header.end = packet.header.seq + number();
	packet.bytes = packet.header.end - packet.header.seq + HEADERS;
	plait_tracker_begin(&state.tracker, &state.legs, now);
	plait_tracker_offer(&state.tracker, &state.legs, now, &packet, &offered);
	state.legs.leg[slot]->committed += packet.bytes;
	state.queued |= 1U << slot;
	index = control->sent(&state, now, slot, &packet);
	promise(index < PLAIT_KEPT && (index < 0 || !kept[index]));
	if (index < 0)
		return;
	kept[index] = true;
	copy[index] = packet.header.seq;
}

static void acknowledge(void)
{
	struct plait_header tcp = { .flags = PLAIT_TCP_ACK };
	struct plait_again again;
	u32 index;
	int slot;

	tcp.ack = number();
	tcp.sacks = number();
	promise(tcp.sacks <= PLAIT_SACK_MAX);
	for (index = 0; index < tcp.sacks; index++) {
		tcp.sack[index].start = number();
		tcp.sack[index].end = number();
	}
	control->acked(&state, now, &tcp);
	while ((slot = control->repair(&state, now, &again)) >= 0)
		printf("%" PRId64 " %" PRIu32 " by %d\n", (now - PLAIT_S) / 1000, take(again.number), slot);
}

static void show(void)
{
	struct plait_leg_report report;
	u32 slot, count = 0, index;

	for (index = 0; index < PLAIT_KEPT; index++)
		count += kept[index];
	printf("kept %" PRIu32, count);
	for (slot = 0; slot < SHOWN; slot++) {
		control->report(&state, slot, &report);
		printf(" %d %" PRIu32, report.lossy, report.repaired);
	}
	printf("\n");
}

int main(void)
{
	char word[8];

	control = plait_earliest.control;
	plait_earliest.init(&state, SEED);
	while (scanf("%7s", word) == 1) {
		if (!strcmp(word, "leg"))
			set_leg();
		else if (!strcmp(word, "wait"))
			now += number() * (s64)1000;
		else if (!strcmp(word, "send"))
			send_packet();
		else if (!strcmp(word, "ack"))
			acknowledge();
		else if (!strcmp(word, "show"))
			show();
		else
			promise(!"a known command");
		control->full(&state, now);
		release();
	}
	plait_earliest.end(&state);
	return 0;
}
