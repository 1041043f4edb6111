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
		if (!(avoid & 1u << i) && state->leg[i].trust > most)
			most = state->leg[i].trust;
	return most;
}

/* While none is ready: the leg that carries goes on, else that of the shortest delay begins; or -1. */
static int plait_earliest_carrier(const struct plait_earliest *state, enum plait_trust most,
				  const struct plait_earliest_wish *wish)
{
	int best = -1;
	s64 least = 0;
	u32 i;

	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		s64 delay = leg->carries ? -1 : leg->path.delay;

		if (wish->avoid & 1u << i || (int)i == wish->but || !most || leg->trust < most)
			continue;
		if (best < 0 || delay < least) {
			best = i;
			least = delay;
		}
	}
	return best;
}

/**
 * plait_earliest_update_trust() - see how far legs can be trusted, after what is known of one has changed
 * @state: the scheduler's
 *
 * Packets ask for it all the time, so it is kept.
 */
void plait_earliest_update_trust(struct plait_earliest *state)
{
	const struct plait_earliest_wish any = { .but = -1 };
	u32 i, live = 0, suspect = 0;

	for (i = 0; i < state->slots; i++) {
		struct plait_earliest_leg *leg = &state->leg[i];

		leg->trust = plait_earliest_trust(leg);
		live |= (u32)leg->live << i;
		suspect |= (u32)leg->suspect << i;
	}
	state->trust = plait_earliest_most_trust(state, 0);
	state->useless = ~live;
	if (state->trust > PLAIT_TRUST_LIVE)
		state->useless |= suspect;
	state->carrier = plait_earliest_carrier(state, state->trust, &any);
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

/**
 * plait_earliest_arrival() - how long a packet would take that is committed now
 * @leg: a leg that is known
 * @now: ns
 * @bytes: its length
 *
 * Return: ns until it is acknowledged.
 */
s64 plait_earliest_arrival(const struct plait_earliest_leg *leg, s64 now, u32 bytes)
{
	s64 arrival = plait_path_arrival(&leg->path, now, leg->committed, bytes);

	return leg->held_until > now ? arrival + leg->held_until - now : arrival;
}

/*
 * The leg of the earliest arrival among those of most trust, or -1. While none is ready, the one that
 * carries goes on; otherwise @at gets the arrival in ns from now.
 */
static int plait_earliest_best(const struct plait_earliest *state, s64 now,
			       const struct plait_earliest_wish *wish, s64 *at)
{
	enum plait_trust most = state->trust;
	int best = -1;
	u32 i;

	if (wish->avoid)
		most = plait_earliest_most_trust(state, wish->avoid);
	if (most != PLAIT_TRUST_READY)
		return wish->avoid || wish->but >= 0 ? plait_earliest_carrier(state, most, wish) :
						       state->carrier;
	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		s64 arrival;

		if (wish->avoid & 1u << i || (int)i == wish->but || leg->trust != PLAIT_TRUST_READY)
			continue;
		arrival = plait_earliest_arrival(leg, now, wish->bytes);
		if (arrival < wish->not_before)
			arrival = wish->not_before;
		if (best < 0 || arrival < *at) {
			best = i;
			*at = arrival;
		}
	}
	return best;
}

/* The best leg, and where there is none, one that was not wanted. */
static int plait_earliest_best_of_all(const struct plait_earliest *state, s64 now,
				      struct plait_earliest_wish *wish, s64 *at)
{
	int slot = plait_earliest_best(state, now, wish, at);

	if (slot >= 0)
		return slot;
	wish->but = -1;
	wish->avoid = 0;
	return plait_earliest_best(state, now, wish, at);
}

/* Does one of the legs whose rates are known have room, so that it is worth it? */
static bool plait_earliest_has_use(const struct plait_earliest *state, s64 now)
{
	s64 least = PLAIT_NEVER, earliest = PLAIT_NEVER, shortest = PLAIT_NEVER;
	u32 i;

	/* The least arrival where there is room, which mostly shows on the first look that there is use. */
	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		s64 arrival;

		if (leg->trust != PLAIT_TRUST_READY || !plait_earliest_room(leg, now, leg->committed))
			continue;
		arrival = plait_earliest_arrival(leg, now, PLAIT_FULL_PACKET);
		if (arrival < PLAIT_HORIZON)
			return true;
		if (arrival < least)
			least = arrival;
	}
	if (least == PLAIT_NEVER)
		return false;
	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		s64 arrival;

		if (leg->trust != PLAIT_TRUST_READY)
			continue;
		arrival = plait_earliest_arrival(leg, now, PLAIT_FULL_PACKET);
		if (arrival < earliest)
			earliest = arrival;
		if (leg->path.delay < arrival)
			arrival = leg->path.delay;
		if (arrival < shortest)
			shortest = arrival;
	}
	/* When there is none better, there is use in the slowest. */
	return least == earliest || least <= shortest + PLAIT_HORIZON;
}

static bool plait_earliest_full(void *opaque, s64 now)
{
	struct plait_earliest *state = opaque;
	const struct plait_earliest_leg *leg;

	plait_earliest_expire(state, now);
	if (state->trust == PLAIT_TRUST_READY)
		return !plait_earliest_has_use(state, now);
	if (state->carrier < 0)
		return false;
	leg = &state->leg[state->carrier];
	return !plait_earliest_room(leg, now, leg->committed);
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

	if (!at || packet->repeated || leg->trust != PLAIT_TRUST_READY)
		return;
	early = at - plait_earliest_arrival(leg, now, packet->bytes) - PLAIT_ORDER_TOLERANCE;
	if (early > 0)
		leg->held_until = (leg->held_until > now ? leg->held_until : now) + early;
	plait_earliest_expect(state, packet, slot, now + at);
}

static int plait_earliest_choose_tracked(struct plait_earliest *state, s64 now,
					 struct plait_offer *packet)
{
	struct plait_earliest_wish wish = { .bytes = packet->bytes, .avoid = packet->avoid };
	s64 at = 0;
	int slot;

	/* What is sent again should not be lost by the same leg again. */
	wish.but = plait_earliest_offered(state, now, packet, &wish.not_before);
	slot = plait_earliest_explore(state, now);
	if (slot < 0)
		slot = plait_earliest_best_of_all(state, now, &wish, &at);
	if (slot >= 0)
		plait_earliest_keep_order(state, now, slot, packet, at);
	return slot;
}

/*
 * Without rates, packets that will not be acknowledged are divided by the weights, but for small
 * ones, which are mostly acknowledgements themselves.
 */
static int plait_earliest_choose_untracked(struct plait_earliest *state, s64 now,
					   const struct plait_offer *packet)
{
	struct plait_earliest_wish wish = {
		.bytes = packet->bytes, .avoid = packet->avoid, .but = -1,
	};
	s64 at = 0;

	if (state->trust != PLAIT_TRUST_READY && packet->bytes > PLAIT_SMALL_PACKET)
		return plait_weighted.pick(&state->fallback, 1);
	return plait_earliest_best_of_all(state, now, &wish, &at);
}

static int plait_earliest_commit(void *opaque, s64 now, struct plait_offer *packet,
				 int *copy)
{
	struct plait_earliest *state = opaque;
	bool tracked = packet->tcp.seq != packet->tcp.end;
	int slot;

	plait_earliest_expire(state, now);
	packet->repeated = false;
	packet->copied = false;
	*copy = -1;
	slot = tracked ? plait_earliest_choose_tracked(state, now, packet) :
			 plait_earliest_choose_untracked(state, now, packet);
	if (slot < 0)
		return -1;
	if (state->trust < PLAIT_TRUST_READY && !state->leg[slot].carries) {
		state->leg[slot].carries = true;
		plait_earliest_update_trust(state);
	}
	state->leg[slot].committed += packet->bytes;
	state->queued |= 1U << slot;
	if (tracked) {
		*copy = plait_earliest_probe(state, now, packet, slot);
		packet->copied = *copy >= 0;
	}
	return slot;
}

static int plait_earliest_next(void *opaque, s64 now)
{
	struct plait_earliest *state = opaque;
	u32 i;

	plait_earliest_expire(state, now);
	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];

		if (state->queued & 1U << i && leg->live && leg->held_until <= now &&
		    plait_earliest_room(leg, now, 0))
			return i;
	}
	return -1;
}

static s64 plait_earliest_again(const void *opaque, s64 now)
{
	const struct plait_earliest *state = opaque;
	s64 again = state->expires;
	u32 i;

	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		s64 room = plait_path_room_at(&leg->path, now);

		if (!leg->live)
			continue;
		if (room > now && room < again)
			again = room;
		if (leg->held_until > now && leg->held_until < again)
			again = leg->held_until;
	}
	return again;
}

static int plait_earliest_pick(void *opaque, u32 packets)
{
	struct plait_earliest *state = opaque;

	return plait_weighted.pick(&state->fallback, packets);
}

static void plait_earliest_withdrawn(void *opaque, u32 slot, u32 bytes)
{
	plait_earliest_unqueue(opaque, slot, bytes);
}

static int plait_earliest_stranded(const void *opaque)
{
	const struct plait_earliest *state = opaque;
	u32 stranded = state->queued & state->useless;
	u32 i;

	for (i = 0; stranded && i < PLAIT_SLOTS; i++)
		if (stranded & 1U << i)
			return i;
	return -1;
}

static void plait_earliest_init(void *opaque)
{
	struct plait_earliest *state = opaque;
	u32 i;

	plait_flight_init(&state->flight);
	plait_repair_init(&state->repair);
	plait_weighted.init(&state->fallback);
	for (i = 0; i < PLAIT_SLOTS; i++) {
		state->leg[i] = (struct plait_earliest_leg){ 0 };
		plait_path_init(&state->leg[i].path);
	}
	state->slots = 0;
	state->reports = false;
	state->queued = 0;
	state->expires = PLAIT_NEVER;
	plait_earliest_update_trust(state);
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
	plait_earliest_update_trust(state);
}

static void plait_earliest_set_rate(void *opaque, u32 slot, s64 rate)
{
	struct plait_earliest *state = opaque;

	plait_path_set_rate(&state->leg[slot].path, rate);
	plait_earliest_update_trust(state);
}

static void plait_earliest_report(const void *opaque, u32 slot, struct plait_leg_report *report)
{
	const struct plait_earliest *state = opaque;
	const struct plait_earliest_leg *leg = &state->leg[slot];

	report->rate = leg->path.rate;
	report->delay = leg->path.delay;
	report->in_flight = leg->path.in_flight;
	report->suspect = leg->suspect;
	report->lossy = leg->losses.lossy;
	report->repaired = leg->repaired;
}

static const struct plait_flow_control plait_earliest_control = {
	.set_rate = plait_earliest_set_rate,
	.full = plait_earliest_full,
	.commit = plait_earliest_commit,
	.next = plait_earliest_next,
	.again = plait_earliest_again,
	.sent = plait_earliest_sent,
	.withdrawn = plait_earliest_withdrawn,
	.stranded = plait_earliest_stranded,
	.acked = plait_earliest_acked,
	.repair = plait_repair_next,
	.released = plait_repair_released,
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
