// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends packets by a path with a bottleneck, far too few to fill it, and shows what rate is taken for its. Each line of
 * standard input:
 *
 *	bursts RATE ESTIMATE PACKETS	200 bursts, a quarter of a second apart, by a path that is taken for another
 *	start RATE PACKETS		by a new path; each that arrives lets two leave, four times over
 *
 * Rates are in bytes/s. Prints the least and the highest estimate, of the last half of the bursts or since the first
 * one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "path/path.h"
#include "promise.h"

#define BYTES PLAIT_FULL_PACKET
#define DELAY (100 * PLAIT_MS)
#define BURSTS 200
#define GAP (250 * PLAIT_MS)
#define ROUNDS 4
#define PACKETS_MAX 1024

static struct plait_path path;
static s64 bottleneck_free;

/* What is under way, in order. */
static struct plait_shot shot[PACKETS_MAX];
static s64 arrives[PACKETS_MAX];
static u32 sent, arrived;

static s64 least, highest;

static void note(void)
{
	least = !least || path.rate < least ? path.rate : least;
	highest = path.rate > highest ? path.rate : highest;
}

static void begin(s64 estimate)
{
	plait_path_init(&path);
	bottleneck_free = least = highest = 0;
	sent = arrived = 0;
	if (!estimate)
		return;
	path.searching = false;
	path.sure = true;
	path.rate = estimate;
	path.delay = DELAY;
	path.fastest.value[0] = estimate;
	path.window = 1U << 20;
	path.cost = (u32)((PLAIT_S << 10) / estimate);
}

static void leave(s64 now, s64 rate)
{
	promise(sent < PACKETS_MAX);
	plait_path_send(&path, now, BYTES, &shot[sent]);
	bottleneck_free = (bottleneck_free > now ? bottleneck_free : now) + BYTES * PLAIT_S / rate;
	arrives[sent++] = bottleneck_free + DELAY;
}

/* Returns when. */
static s64 arrive(void)
{
	s64 now = arrives[arrived];

	plait_path_deliver(&path, now, &shot[arrived++], BYTES, PLAIT_NEWS_EXACT);
	plait_path_learn(&path, now);
	return now;
}

static void bursts(s64 rate, s64 estimate, u32 packets)
{
	s64 now = PLAIT_S;
	u32 i, burst;

	begin(estimate);
	for (burst = 0; burst < BURSTS; burst++, now += GAP) {
		sent = arrived = 0;
		for (i = 0; i < packets; i++)
			leave(now, rate);
		while (arrived < sent)
			arrive();
		if (burst >= BURSTS / 2)
			note();
	}
}

static void start(s64 rate, u32 packets)
{
	u32 total = packets << ROUNDS, i;

	begin(0);
	for (i = 0; i < packets; i++)
		leave(PLAIT_S, rate);
	while (arrived < total / 2) {
		s64 now = arrive();

		leave(now, rate);
		leave(now, rate);
		if (arrived > packets)
			note();
	}
}

int main(void)
{
	char word[8];
	s64 rate, estimate;
	u32 packets;

	while (scanf("%7s %" SCNd64, word, &rate) == 2) {
		if (!strcmp(word, "bursts") && scanf("%" SCNd64 " %" SCNu32, &estimate, &packets) == 2)
			bursts(rate, estimate, packets);
		else if (!strcmp(word, "start") && scanf("%" SCNu32, &packets) == 1)
			start(rate, packets);
		else
			promise(!"a known command");
		printf("%" PRId64 " %" PRId64 "\n", least, highest);
	}
	return 0;
}
