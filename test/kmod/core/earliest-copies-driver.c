// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a test ask what `earliest` says of an acknowledgement that reports a copy as a duplicate. Each line of
 * standard input has what is special about it, or `nothing`; prints 1 when nobody else is to see it.
 *
 * Or it has `again` and a time in ms: a packet is sent again so long after something was heard of a leg. Prints 1 when
 * it leaves by the other leg, too. Neither leg needs copies otherwise.
 */
#include <stdio.h>
#include <string.h>

#include "engine/engine.h"
#include "line.h"
#include "promise.h"

#define SEED 20261129

#define BYTES 1428
#define HEADERS 52

static struct plait_engine state;
static const struct plait_flow_control *control;
static s64 now;

/* Returns the leg that gets a copy, or -1. */
static int leave(u32 seq)
{
	struct plait_offer packet = { .bytes = BYTES + HEADERS };
	int copy, slot;

	packet.header.seq = seq;
	packet.header.end = seq + BYTES;
	slot = control->commit(&state, now, &packet, &copy);
	promise(slot >= 0);
	control->sent(&state, now, slot, &packet);
	return copy;
}

static struct plait_header acknowledgement(u32 ack)
{
	return (struct plait_header){ .ack = ack, .flags = PLAIT_TCP_ACK };
}

/* Two legs; the first carries, until a packet of it leaves by the second, too. Returns its sequence number. */
static u32 copied(void)
{
	u32 seq = 0, slot;

	now = PLAIT_S;
	plait_earliest.init(&state, SEED);
	for (slot = 0; slot < 2; slot++)
		set_line(&plait_earliest, &state, slot, 1, true);
	for (;; seq += BYTES) {
		struct plait_header ack = acknowledgement(seq + BYTES);
		int copy = leave(seq);

		promise(seq < 1000 * BYTES);
		now += 20 * PLAIT_MS;
		promise(!control->acked(&state, now, &ack));
		if (copy >= 0)
			return seq;
	}
}

static void again(void)
{
	struct plait_header ack = acknowledgement(BYTES);
	u32 slot;
	int wait;

	promise(scanf("%d", &wait) == 1);
	now = PLAIT_S;
	plait_earliest.init(&state, SEED);
	for (slot = 0; slot < 2; slot++) {
		set_line(&plait_earliest, &state, slot, 1, true);
		control->set_rate(&state, slot, 1000000);
	}
	promise(leave(0) < 0);
	now += 20 * PLAIT_MS;
	control->acked(&state, now, &ack);
	promise(leave(BYTES) < 0);
	now += wait * PLAIT_MS;
	printf("%d\n", leave(BYTES) >= 0);
	plait_earliest.end(&state);
}

int main(void)
{
	char what[16];

	control = plait_earliest.control;
	while (scanf("%15s", what) == 1) {
		struct plait_header ack;
		u32 seq;

		if (!strcmp(what, "again")) {
			again();
			continue;
		}
		seq = copied();
		ack = acknowledgement(seq + BYTES);
		ack.sacks = 1;
		ack.sack[0] = (struct plait_range){ seq, seq + BYTES };
		if (!strcmp(what, "data"))
			ack.end = ack.seq + 1;
		if (!strcmp(what, "window"))
			ack.window++;
		if (!strcmp(what, "busy")) {
			leave(seq + BYTES);
			ack.window++;
		}
		if (!strcmp(what, "congestion"))
			ack.flags |= PLAIT_TCP_ECE;
		if (!strcmp(what, "option"))
			ack.other_options = true;
		if (!strcmp(what, "part"))
			ack.sack[0].end -= 1;
		if (!strcmp(what, "earlier"))
			ack.sack[0] = (struct plait_range){ seq - BYTES, seq };
		if (!strcmp(what, "hole")) {
			ack.sacks = 2;
			ack.sack[1] = (struct plait_range){ seq + 2 * BYTES, seq + 3 * BYTES };
		}
		if (!strcmp(what, "resent"))
			leave(seq);
		if (!strcmp(what, "progress")) {
			leave(seq + BYTES);
			ack.ack += BYTES;
		}
		now += PLAIT_MS;
		printf("%d\n", control->acked(&state, now, &ack));
		/* The copy has been told of. */
		if (!strcmp(what, "twice"))
			printf("%d\n", control->acked(&state, now, &ack));
		plait_earliest.end(&state);
	}
	return 0;
}
