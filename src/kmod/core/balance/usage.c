// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of its bandwidth each uplink uses at this moment.
 *
 * The channel balancing thesis compares averages that are sampled every second, so all that comes between two
 * samples goes to one uplink, which overflows while the others are idle. Samples are still what people
 * see (estimate.c), but the choice is made by counters that take in each packet as it passes, whoever sent it, and
 * fade with a time constant of about a quarter of a second. That is long against the packets of a slow line (ten of 1500
 * bytes at 0.5 Mbit/s) and short against its queue: an uplink that was idle, and so is chosen until it has
 * caught up with the others, has then not been sent more than that quarter.
 */
#include "usage.h"

/* Bytes are kept in units of 1/256, so that fading does not round them away. */
#define PLAIT_USAGE_UNIT 256

/* Ticks after which nothing is left. Each takes 1/256 away: a time constant of 256 ticks, 268 ms. */
#define PLAIT_USAGE_TICKS 4096

/*
 * What a session that stays is expected to send or receive within the time constant, in bytes: about the
 * first round trips of TCP. Else all sessions that begin at once would choose the same uplink.
 */
#define PLAIT_USAGE_SESSION 32768

/**
 * plait_usage_init() - begin without uplinks
 * @state: memory of a struct plait_usage
 * @seed: not used
 */
void plait_usage_init(void *state, u32 seed)
{
	struct plait_usage *usage = state;
	u32 i;

	(void)seed;
	for (i = 0; i < PLAIT_BALANCE_SLOTS; i++)
		usage->line[i] = (struct plait_usage_line){ 0 };
	usage->slots = 0;
	usage->tick = 0;
}

/* Bit/s to units within the time constant: 2^28 ns * 256 / 8. */
static s64 plait_usage_capacity(s64 rate)
{
	return plait_div_s64(rate * 8590, 1000) + 1;
}

/*
 * An uplink of unknown bandwidth is taken to be as fast as the fastest one. A direction that is
 * known of none is not looked at; when neither is, all are alike.
 */
static void plait_usage_capacities(struct plait_usage *usage)
{
	s64 up = 0;
	s64 down = 0;
	u32 i;

	for (i = 0; i < usage->slots; i++) {
		const struct plait_balance_line *line = &usage->line[i].line;

		if (line->up > up)
			up = line->up;
		if (line->down > down)
			down = line->down;
	}
	if (!up && !down) {
		up = PLAIT_USAGE_RATE_DEFAULT;
		down = PLAIT_USAGE_RATE_DEFAULT;
	}

	for (i = 0; i < usage->slots; i++) {
		struct plait_usage_line *line = &usage->line[i];

		line->up = up ? plait_usage_capacity(line->line.up ? line->line.up : up) : 0;
		line->down = down ? plait_usage_capacity(line->line.down ? line->line.down : down) : 0;
	}
}

/**
 * plait_usage_set() - say what a slot is from now on
 * @state: a struct plait_usage
 * @slot: which
 * @line: its uplink, NULL when it has none
 */
void plait_usage_set(void *state, u32 slot, const struct plait_balance_line *line)
{
	struct plait_usage *usage = state;

	if (line)
		usage->line[slot].line = *line;
	else
		usage->line[slot] = (struct plait_usage_line){ 0 };
	if (slot >= usage->slots)
		usage->slots = slot + 1;
	plait_usage_capacities(usage);
}

/* (255/256)^ticks, times 65536. */
static u32 plait_usage_fade(u32 ticks)
{
	/* (255/256)^(2^i), times 65536 */
	static const u32 powers[] = { 65280, 65025, 64518, 63516, 61558, 57821, 51015, 39711, 24062, 8835, 1191, 22 };
	u32 factor = 65536;
	u32 i;

	if (ticks >= PLAIT_USAGE_TICKS)
		return 0;
	for (i = 0; ticks >> i; i++)
		if (ticks >> i & 1)
			factor = (u32)((s64)factor * powers[i] >> 16);
	return factor;
}

static void plait_usage_advance(struct plait_usage *usage, u32 now)
{
	u32 ticks = now - usage->tick;
	u32 factor;
	u32 i;

	if (!ticks)
		return;
	factor = plait_usage_fade(ticks);
	for (i = 0; i < usage->slots; i++) {
		usage->line[i].tx = usage->line[i].tx * factor >> 16;
		usage->line[i].rx = usage->line[i].rx * factor >> 16;
	}
	usage->tick = now;
}

/* Used part of a direction, of 65536; more than that when it is overloaded. */
static s64 plait_usage_part(s64 capacity, s64 used)
{
	return capacity ? plait_div_s64(used << 16, capacity) : 0;
}

/*
 * At least 0 while both directions have room, else negative: then the least overloaded one counts, in
 * relation to its bandwidth, since an excess that 10 Mbit/s hardly notice drowns 1 Mbit/s.
 */
static s64 plait_usage_value(const struct plait_usage_line *line, s64 tx, s64 rx, plait_usage_score score)
{
	s64 up = plait_usage_part(line->up, tx);
	s64 down = plait_usage_part(line->down, rx);
	s64 over = up > down ? up : down;
	s64 room;

	if (over >= 65536)
		return -plait_div_s64(over << 10, line->line.weight);
	if (!line->up)
		return score(line->down, rx) * line->line.weight;
	room = score(line->up, tx);
	if (line->down && score(line->down, rx) < room)
		room = score(line->down, rx);
	return room * line->line.weight;
}

/**
 * plait_usage_pick() - the uplink with the most room
 * @usage: all uplinks
 * @packet: the packet to send. Half of it is counted as used already, since it will be on the average: without
 *	that, slow lines would get too much, with all of it too little.
 * @allowed: bits of the slots to choose from
 * @score: what room means
 *
 * Return: a slot that is allowed; -1 when there is none. Among equals the one with the fewest bytes.
 */
int plait_usage_pick(struct plait_usage *usage, const struct plait_balance_packet *packet, u32 allowed,
		     plait_usage_score score)
{
	s64 half = (s64)packet->bytes * (PLAIT_USAGE_UNIT / 2);
	s64 most = 0;
	s64 fewest = 0;
	int best = -1;
	u32 i;

	plait_usage_advance(usage, packet->now);
	for (i = 0; i < usage->slots; i++) {
		const struct plait_usage_line *line = &usage->line[i];
		s64 value;

		if (!(allowed & 1u << i) || !line->line.weight)
			continue;
		value = plait_usage_value(line, line->tx + half, line->rx, score);
		if (best < 0 || value > most || (value == most && line->tx < fewest)) {
			most = value;
			fewest = line->tx;
			best = (int)i;
		}
	}
	return best;
}

/**
 * plait_usage_assigned() - count what a session is expected to need
 * @state: a struct plait_usage
 * @slot: where it begins
 * @packet: its first packet
 */
void plait_usage_assigned(void *state, u32 slot, const struct plait_balance_packet *packet)
{
	struct plait_usage *usage = state;

	if (!packet->stays)
		return;
	plait_usage_advance(usage, packet->now);
	usage->line[slot].tx += (s64)PLAIT_USAGE_SESSION * PLAIT_USAGE_UNIT;
	usage->line[slot].rx += (s64)PLAIT_USAGE_SESSION * PLAIT_USAGE_UNIT;
}

/**
 * plait_usage_passed() - count a packet
 * @state: a struct plait_usage
 * @slot: its uplink
 * @packet: the packet
 */
void plait_usage_passed(void *state, u32 slot, const struct plait_balance_packet *packet)
{
	struct plait_usage *usage = state;
	s64 *used = packet->outgoing ? &usage->line[slot].tx : &usage->line[slot].rx;

	plait_usage_advance(usage, packet->now);
	*used += (s64)packet->bytes * PLAIT_USAGE_UNIT;
}
