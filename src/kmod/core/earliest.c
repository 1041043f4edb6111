// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leg on which a packet arrives first.
 *
 * Each leg has a model of its path (path.c): a rate, a delay, and a window of bytes that may be in
 * flight. Packets are taken one by one, and each goes to the leg where rate, delay and what is
 * there before it let it arrive first. Taken greedily in this order packets arrive in this order,
 * however much the legs differ, as far as the models are right: nobody has to put them into order
 * again, and TCP at a far end that knows nothing of us sees one path.
 *
 * Three places where a packet may wait:
 *
 * - the device's own queueing discipline, which can drop, mark and let others overtake. There the
 *   queue belongs, so no packet is taken from it while no leg has room in its window;
 * - the queue of a leg, in the caller. When a slow leg has room, but the next packets would still
 *   arrive earlier by a fast leg whose window is full, they are committed to the fast leg until it
 *   is so far behind that the slow leg wins. This queue so holds what the fast leg carries in the
 *   time by which the slow one is slower. Legs slower than that by more than PLAIT_HORIZON do not
 *   count as having room. When a leg fails, what waits for it is committed anew;
 * - the path itself, no more than its window.
 *
 * What arrives is seen from acknowledgements of the TCP connections that cross the link, both by
 * sequence and selective ones (earliest-track.c), wherever these come back. No cooperation of the
 * far end is needed beyond TCP, with selective acknowledgements for the best of it. Other traffic is
 * taken to arrive when the models say so, or when something behind it on the same leg did. While
 * there is nothing but such traffic, what was known of the legs divides it, and nothing is held
 * back, since the knowledge may be old. When nothing was ever known, the weights divide it. A
 * configured rate makes all that unnecessary: the leg is then paced at it.
 *
 * Legs of which nothing is known, and those that are suspected to swallow packets, get copies of
 * packets that leave by another leg: the receiver reports them as duplicates (RFC 2883), and
 * nothing is late or lost when they do not arrive.
 */
#include "earliest.h"

/* How much later than the shortest delay a packet may arrive for a leg to count as having room. */
#define PLAIT_HORIZON (300 * PLAIT_MS)

/* What TCP bears of disorder, and the models have of errors. */
#define PLAIT_ORDER_TOLERANCE (3 * PLAIT_MS)

/*
 * How much a leg can be relied on. Only the best of what there is is used, but for finding out more.
 */
enum plait_trust {
	PLAIT_TRUST_NONE,
	/* It may carry packets. */
	PLAIT_TRUST_LIVE,
	/* It is known to deliver. */
	PLAIT_TRUST_DELIVERS,
	/* It is known when it delivers, or it was the first to be used. */
	PLAIT_TRUST_READY,
};

static enum plait_trust plait_earliest_trust(const struct plait_earliest_leg *leg)
{
	if (!leg->live)
		return PLAIT_TRUST_NONE;
	if (leg->suspect)
		return PLAIT_TRUST_LIVE;
	if (plait_path_ready(&leg->path) ||
	    (leg->carries && leg->path.delay >= 0 && leg->path.cost))
		return PLAIT_TRUST_READY;
	return leg->path.delay >= 0 ? PLAIT_TRUST_DELIVERS : PLAIT_TRUST_LIVE;
}

static enum plait_trust plait_earliest_most_trust(const struct plait_earliest *state, u32 avoid)
{
	enum plait_trust most = PLAIT_TRUST_NONE;
	u32 i;

	for (i = 0; i < state->slots; i++)
		if (!(avoid & 1u << i) && plait_earliest_trust(&state->leg[i]) > most)
			most = plait_earliest_trust(&state->leg[i]);
	return most;
}

/* Without anything to be acknowledged the window means nothing. */
static bool plait_earliest_blind(const struct plait_earliest_leg *leg, s64 now)
{
	return !leg->path.configured && !leg->tracked &&
	       (!leg->path.rate || now - leg->heard > PLAIT_S);
}

static bool plait_earliest_room(const struct plait_earliest_leg *leg, s64 now, u32 ahead)
{
	return plait_earliest_blind(leg, now) || plait_path_has_room(&leg->path, now, ahead);
}

static s64 plait_earliest_arrival(const struct plait_earliest_leg *leg, s64 now, u32 bytes)
{
	s64 arrival = plait_path_arrival(&leg->path, now, leg->committed, bytes);

	return leg->held_until > now ? arrival + leg->held_until - now : arrival;
}

/**
 * struct plait_earliest_wish - what a leg is looked for
 * @bytes: length of the packet
 * @avoid: slots, a bit each, that are as if they were not there
 * @but: a slot that is not wanted, but better than one of less trust; -1: none
 * @not_before: an arrival before that is of no use, in ns from now
 */
struct plait_earliest_wish {
	u32 bytes;
	u32 avoid;
	int but;
	s64 not_before;
};

/*
 * The leg of the earliest arrival among those of most trust, or -1. While none is ready, the one that
 * carries goes on. @at gets the arrival in ns from now.
 */
static int plait_earliest_best(const struct plait_earliest *state, s64 now,
			       const struct plait_earliest_wish *wish, s64 *at)
{
	enum plait_trust most = plait_earliest_most_trust(state, wish->avoid);
	int best = -1;
	u32 i;

	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		s64 arrival;

		if (wish->avoid & 1u << i || (int)i == wish->but || !most ||
		    plait_earliest_trust(leg) < most)
			continue;
		if (most == PLAIT_TRUST_READY)
			arrival = plait_earliest_arrival(leg, now, wish->bytes);
		else
			arrival = leg->carries ? -1 : leg->path.delay;
		if (arrival < wish->not_before && most == PLAIT_TRUST_READY)
			arrival = wish->not_before;
		if (best < 0 || arrival < *at) {
			best = i;
			*at = arrival;
		}
	}
	return best;
}

static bool plait_earliest_full(const void *opaque, s64 now)
{
	const struct plait_earliest *state = opaque;
	const struct plait_earliest_wish wish = { .bytes = PLAIT_FULL_PACKET, .but = -1 };
	s64 earliest = 0, shortest;
	int best = plait_earliest_best(state, now, &wish, &earliest);
	enum plait_trust most;
	u32 i;

	if (best < 0)
		return false;
	most = plait_earliest_trust(&state->leg[best]);
	if (most != PLAIT_TRUST_READY)
		return !plait_earliest_room(&state->leg[best], now, state->leg[best].committed);

	shortest = earliest;
	for (i = 0; i < state->slots; i++)
		if (plait_earliest_trust(&state->leg[i]) == most &&
		    state->leg[i].path.delay < shortest)
			shortest = state->leg[i].path.delay;
	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];

		if (plait_earliest_trust(leg) == most &&
		    plait_earliest_room(leg, now, leg->committed) &&
		    plait_earliest_arrival(leg, now, PLAIT_FULL_PACKET) <= shortest + PLAIT_HORIZON)
			return false;
	}
	return true;
}

/*
 * Without rates, packets that will not be acknowledged are divided by the weights, but for small
 * ones, which are mostly acknowledgements themselves.
 */
static bool plait_earliest_by_weight(const struct plait_earliest *state,
				     const struct plait_offer *packet)
{
	return packet->tcp.seq == packet->tcp.end && packet->bytes > PLAIT_SMALL_PACKET &&
	       plait_earliest_most_trust(state, 0) != PLAIT_TRUST_READY;
}

/*
 * The next packet of the connection is not to arrive before this one. When it would arrive before
 * the one before, which is when its leg stood idle, the leg waits a little.
 */
static void plait_earliest_keep_order(struct plait_earliest *state, s64 now, u32 slot,
				      const struct plait_offer *packet, s64 at)
{
	struct plait_earliest_leg *leg = &state->leg[slot];
	s64 early;

	if (!at || packet->repeated || plait_earliest_trust(leg) != PLAIT_TRUST_READY)
		return;
	early = at - plait_earliest_arrival(leg, now, packet->bytes) - PLAIT_ORDER_TOLERANCE;
	if (early > 0)
		leg->held_until = (leg->held_until > now ? leg->held_until : now) + early;
	plait_earliest_expect(state, packet, now + at);
}

static int plait_earliest_commit(void *opaque, s64 now, struct plait_offer *packet,
				 int *copy)
{
	struct plait_earliest *state = opaque;
	struct plait_earliest_wish wish = { .bytes = packet->bytes, .avoid = packet->avoid };
	s64 at = 0;
	int slot;

	plait_earliest_expire(state, now);
	/* What is sent again should not be lost by the same leg again. */
	wish.but = plait_earliest_offered(state, now, packet, &wish.not_before);
	slot = plait_earliest_explore(state, now, &packet->tcp);
	if (slot < 0 && plait_earliest_by_weight(state, packet))
		slot = plait_weighted.pick(&state->fallback, 1);
	if (slot < 0)
		slot = plait_earliest_best(state, now, &wish, &at);
	if (slot < 0) {
		wish.but = -1;
		wish.avoid = 0;
		slot = plait_earliest_best(state, now, &wish, &at);
	}
	*copy = -1;
	if (slot >= 0) {
		plait_earliest_keep_order(state, now, slot, packet, at);
		if (plait_earliest_most_trust(state, 0) < PLAIT_TRUST_READY)
			state->leg[slot].carries = true;
		state->leg[slot].committed += packet->bytes;
		*copy = plait_earliest_probe(state, now, packet, slot);
		packet->copied = *copy >= 0;
	}
	return slot;
}

static s64 plait_earliest_ask_again(struct plait_earliest *state, s64 now, u32 slot, s64 again)
{
	const struct plait_flight_packet *first = plait_flight_first(&state->flight, slot);
	s64 room = plait_path_room_at(&state->leg[slot].path, now);

	if (room > now && room < again)
		again = room;
	if (state->leg[slot].held_until > now && state->leg[slot].held_until < again)
		again = state->leg[slot].held_until;
	if (first && first->expires < again)
		again = first->expires;
	return again;
}

static int plait_earliest_next(void *opaque, s64 now, s64 *again)
{
	struct plait_earliest *state = opaque;
	u32 i;

	*again = PLAIT_NEVER;
	plait_earliest_expire(state, now);
	for (i = 0; i < state->slots; i++) {
		struct plait_earliest_leg *leg = &state->leg[i];

		if (!leg->live)
			continue;
		if (leg->committed && leg->held_until <= now && plait_earliest_room(leg, now, 0))
			return i;
		*again = plait_earliest_ask_again(state, now, i, *again);
	}
	return -1;
}

static int plait_earliest_pick(void *opaque, u32 packets)
{
	struct plait_earliest *state = opaque;

	return plait_weighted.pick(&state->fallback, packets);
}

static void plait_earliest_withdrawn(void *opaque, u32 slot, u32 bytes)
{
	struct plait_earliest *state = opaque;

	state->leg[slot].committed -= bytes;
}

static int plait_earliest_stranded(const void *opaque)
{
	const struct plait_earliest *state = opaque;
	enum plait_trust most = plait_earliest_most_trust(state, 0);
	u32 i;

	for (i = 0; i < PLAIT_SLOTS; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];

		if (leg->committed && (!leg->live || (leg->suspect && most > PLAIT_TRUST_LIVE)))
			return i;
	}
	return -1;
}

static void plait_earliest_init(void *opaque)
{
	struct plait_earliest *state = opaque;
	u32 i;

	plait_flight_init(&state->flight);
	plait_weighted.init(&state->fallback);
	for (i = 0; i < PLAIT_SLOTS; i++) {
		state->leg[i] = (struct plait_earliest_leg){ 0 };
		plait_path_init(&state->leg[i].path);
	}
	state->slots = 0;
	state->reports = false;
}

static void plait_earliest_set(void *opaque, u32 slot, u32 weight, bool live)
{
	struct plait_earliest *state = opaque;
	struct plait_earliest_leg *leg = &state->leg[slot];
	u32 committed = leg->committed;

	plait_weighted.set(&state->fallback, slot, weight, live);
	live = live && weight;
	if (leg->live != live)
		plait_earliest_forget(state, slot);
	if (!weight) {
		*leg = (struct plait_earliest_leg){ .committed = committed };
		plait_path_init(&leg->path);
	}
	leg->weight = weight;
	leg->live = live;
	if (weight && slot >= state->slots)
		state->slots = slot + 1;
	while (state->slots && !state->leg[state->slots - 1].weight)
		state->slots--;
}

static void plait_earliest_set_rate(void *opaque, u32 slot, s64 rate)
{
	struct plait_earliest *state = opaque;

	plait_path_set_rate(&state->leg[slot].path, rate);
}

static void plait_earliest_report(const void *opaque, u32 slot, struct plait_leg_report *report)
{
	const struct plait_earliest *state = opaque;
	const struct plait_earliest_leg *leg = &state->leg[slot];

	report->rate = leg->path.rate;
	report->delay = leg->path.delay;
	report->in_flight = leg->path.in_flight;
	report->suspect = leg->suspect;
}

static const struct plait_flow_control plait_earliest_control = {
	.set_rate = plait_earliest_set_rate,
	.full = plait_earliest_full,
	.commit = plait_earliest_commit,
	.next = plait_earliest_next,
	.sent = plait_earliest_sent,
	.withdrawn = plait_earliest_withdrawn,
	.stranded = plait_earliest_stranded,
	.acked = plait_earliest_acked,
	.report = plait_earliest_report,
};

const struct plait_scheduler plait_earliest = {
	.name = "earliest",
	.state_size = sizeof(struct plait_earliest),
	.init = plait_earliest_init,
	.set = plait_earliest_set,
	.pick = plait_earliest_pick,
	.control = &plait_earliest_control,
};
