// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of what reports say of the scheduler's packets, against a list of all that was sent: one leg with one pair of keys
 * carries packets and CONTROL messages, some are dropped before they get a counter, some are lost; now and then its far end
 * reports, or somebody claims anything.
 *
 * With clang it is a libFuzzer target, with fuzz-main.c a program that makes its own inputs.
 */
#include <stdint.h>
#include <string.h>

#include "../promise.h"
#include "udp/arrivals.h"
#include "udp/missing.h"
#include "udp/replay.h"

#define MESSAGES 2048

/* By counter: the serial number, 0: CONTROL; and what became of it. */
static struct {
	u32 serial;
	bool lost;
	bool named;
} sent[MESSAGES];

static struct plait_sent sender;
static struct plait_serials serials;
static struct plait_replay replay;
static struct plait_received received;
static u64 named;
static u32 serial;
static s64 now;

static void send_message(uint8_t kind)
{
	u64 counter = sender.next;
	struct plait_udp_header header = { .counter = counter, .sent = plait_udp_time(now) };
	bool data = kind % 4 != 0;

	if (counter == MESSAGES)
		return;
	header.type = data ? PLAIT_UDP_DATA : PLAIT_UDP_CONTROL;
	/* Some get no counter. */
	serial += data ? 1 + !(kind >> 2 & 15) : 0;
	/* As the scheduler does: it is never 0. */
	serial += data && (!serial || (serial == 1 && !(kind >> 2 & 15)));
	sent[counter].serial = data ? serial : 0;
	sent[counter].lost = kind >> 6 == 3;
	if (data)
		plait_serials_sent(&serials, counter, serial);
	plait_sent_count(&sender, now, 1000, data);
	now += PLAIT_MS;
	if (sent[counter].lost)
		return;
	promise(plait_replay_mark(&replay, counter));
	plait_received_count(&received, now, &header, 1000);
}

static bool is_named(const struct plait_arrivals *arrivals, u32 of)
{
	u32 i;

	for (i = 0; i < arrivals->runs; i++)
		if (of - arrivals->missing[i].serial < arrivals->missing[i].count)
			return true;
	return false;
}

/* The last packet up to the highest counter, and what of it is known to be lost: each hole is named once, and no other. */
static void check(u64 highest, const struct plait_arrivals *arrivals)
{
	u32 last = 0, next, i;

	for (i = 0; i <= highest; i++) {
		bool hole = sent[i].serial && is_named(arrivals, sent[i].serial);

		last = sent[i].serial ? sent[i].serial : last;
		promise(!hole || (sent[i].lost && !sent[i].named));
		sent[i].named |= hole;
	}
	/* Or one that was dropped behind it. */
	for (next = serial + 1; i < sender.next; i++)
		if (sent[i].serial) {
			next = sent[i].serial;
			break;
		}
	/* An earlier one, when too many CONTROL messages went between. */
	promise(arrivals->serial == last ||
		((s32)(arrivals->serial - last) > 0 && (s32)(next - arrivals->serial) > 0) ||
		(serials.points > PLAIT_SERIAL_POINTS && (s32)(last - arrivals->serial) > 0));
}

static void report(void)
{
	struct plait_udp_holes holes = { .runs = 0 };
	struct plait_arrivals arrivals;
	struct plait_udp_report report;

	if (!received.packets)
		return;
	holes.runs = plait_missing_name(&replay, &named, 0, holes.run, PLAIT_MISSING_MAX);
	plait_received_report(&received, 0, now, &report);
	if (plait_sent_reported(&sender, now, &report) &&
	    plait_udp_arrivals(&sender, &serials, now, &report, &holes, &arrivals))
		check(received.highest, &arrivals);
}

/* No claim makes it tell of what was not sent, or takes long. */
static void lie(const uint8_t *data)
{
	struct plait_udp_holes holes = { .runs = data[1] % (PLAIT_MISSING_MAX + 1) };
	struct plait_udp_report report = { .held = data[2] };
	struct plait_arrivals arrivals;
	u32 i;

	if (!sender.acked)
		return;
	for (i = 0; i < holes.runs; i++)
		holes.run[i] = (struct plait_udp_missing){ data[3] % 2, data[4], data[5] * data[6] - 1000u * i };
	if (!plait_udp_arrivals(&sender, &serials, now, &report, &holes, &arrivals))
		return;
	promise((s32)(serial - arrivals.serial) >= 0 && arrivals.runs <= PLAIT_MISSING_MAX);
	for (i = 0; i < arrivals.runs; i++)
		promise((s32)(serial - arrivals.missing[i].serial) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 i;

	memset(sent, 0, sizeof(sent));
	sender = (struct plait_sent){ .rtt = -1, .rtt_min = -1 };
	serials = (struct plait_serials){ 0 };
	replay = (struct plait_replay){ 0 };
	received = (struct plait_received){ 0 };
	named = 0;
	now = PLAIT_S;
	serial = 0xffffff00;
	for (; size >= 8; data += 8, size -= 8) {
		for (i = 2; i < 8; i++)
			send_message(data[0] < 40 ? 4 : data[i]);
		if (data[1] % 4 == 0)
			report();
		if (data[1] % 16 == 1)
			lie(data);
	}
	return 0;
}
