// SPDX-License-Identifier: GPL-2.0-only
/*
 * A new session takes the uplink that was fastest for its destination before.
 *
 * For each destination and each uplink that it was reached by, bytes and busy time are kept, both directions and all
 * sessions together; their quotient is the speed. A pause of half a second is no busy time, so that a
 * short transfer shows the round trip, a long one the bandwidth, and a person who types nothing.
 * While nothing is known the next uplink by weight is taken. An uplink that never answered for this
 * destination comes after those that were not tried. One of four sessions tries an uplink that was not
 * used for a minute or never, if there is one: what was best may have changed.
 */
#include "destination.h"
#include "share.h"

/* Times are in ticks of about a millisecond. A destination is remembered unused for a day. */
#define PLAIT_HISTORY_LIFETIME 82397460

/* A pause that is as long or longer is not busy time. */
#define PLAIT_HISTORY_PAUSE 500

/* The least busy time that a speed is judged by. */
#define PLAIT_HISTORY_BUSY_LEAST 20

/* Busy time after which what is known loses half of its worth. */
#define PLAIT_HISTORY_BUSY_MOST 8000

/* One of so many sessions to a destination tries an uplink that was not used for it in so long. */
#define PLAIT_HISTORY_TRIAL 4
#define PLAIT_HISTORY_STALE 60000

/**
 * struct plait_history_record - how an uplink did for a destination
 * @bytes: bytes in both directions
 * @busy: ticks that they took
 * @sessions: sessions that were given to it
 * @answered: something came back
 */
struct plait_history_record {
	s64 bytes;
	u32 busy;
	u32 sessions;
	bool answered;
};

/**
 * struct plait_history - state of the strategy
 * @share: sessions by weight, for where nothing is known
 * @known: destinations, an entry for each uplink that was tried; the tag is its slot
 * @record: what is known of each
 */
struct plait_history {
	struct plait_share share;
	struct plait_destinations known;
	struct plait_history_record record[PLAIT_DESTINATIONS];
};

/**
 * struct plait_history_view - what is known of a destination
 * @best: the fastest uplink that answered, -1 when none did
 * @speed: its speed
 * @failed: bits of the uplinks that did not answer
 * @stale: bits of those that were not used lately, or never
 * @sessions: sessions so far
 */
struct plait_history_view {
	int best;
	s64 speed;
	u32 failed;
	u32 stale;
	u32 sessions;
};

static void plait_history_init(void *opaque, u32 seed)
{
	struct plait_history *state = opaque;

	plait_share_init(&state->share);
	plait_destinations_init(&state->known, PLAIT_HISTORY_LIFETIME, seed);
}

static void plait_history_set(void *opaque, u32 slot, const struct plait_balance_line *line)
{
	struct plait_history *state = opaque;
	u32 i;

	plait_share_set(&state->share, slot, line);
	if (line)
		return;
	for (i = 0; i < PLAIT_DESTINATIONS; i++)
		if (state->known.entry[i].tag == slot)
			state->known.entry[i].valid = false;
}

/* Bytes in a thousand ticks. */
static s64 plait_history_speed(const struct plait_history_record *record)
{
	u32 busy = record->busy > PLAIT_HISTORY_BUSY_LEAST ? record->busy : PLAIT_HISTORY_BUSY_LEAST;

	return plait_div_s64(record->bytes * 1000, busy);
}

static void plait_history_look_at(const struct plait_history *state, u32 slot, u32 index, u32 now,
				  struct plait_history_view *view)
{
	const struct plait_history_record *record = &state->record[index];
	s64 speed = plait_history_speed(record);

	view->sessions += record->sessions;
	if (now - state->known.entry[index].used < PLAIT_HISTORY_STALE)
		view->stale &= ~(1u << slot);
	if (!record->answered) {
		view->failed |= 1u << slot;
	} else if (view->best < 0 || speed > view->speed) {
		view->best = (int)slot;
		view->speed = speed;
	}
}

static struct plait_history_view plait_history_look(struct plait_history *state,
						    const struct plait_balance_packet *packet, u32 allowed)
{
	struct plait_history_view view = { .best = -1, .stale = allowed };
	u32 slot;

	for (slot = 0; slot < state->share.slots; slot++) {
		int index = -1;

		if (allowed & 1u << slot)
			index = plait_destination_find(&state->known, packet->peer, (u8)slot, packet->now);
		if (index >= 0)
			plait_history_look_at(state, slot, (u32)index, packet->now, &view);
	}
	return view;
}

static int plait_history_pick(void *opaque, const struct plait_balance_packet *packet, u32 allowed)
{
	struct plait_history *state = opaque;
	struct plait_history_view view = plait_history_look(state, packet, allowed);
	bool trial = view.stale && view.sessions % PLAIT_HISTORY_TRIAL == PLAIT_HISTORY_TRIAL - 1;

	if (view.best >= 0)
		return trial ? plait_share_pick(&state->share, 1, view.stale) : view.best;
	if (allowed & ~view.failed)
		allowed &= ~view.failed;
	return plait_share_pick(&state->share, 1, allowed);
}

/* The entry of a destination and an uplink, made when there is none. */
static u32 plait_history_entry(struct plait_history *state, u32 slot,
			       const struct plait_balance_packet *packet)
{
	int index = plait_destination_find(&state->known, packet->peer, (u8)slot, packet->now);
	u32 made;

	if (index >= 0)
		return (u32)index;
	made = plait_destination_claim(&state->known, packet->peer, (u8)slot, packet->now);
	state->record[made] = (struct plait_history_record){ 0 };
	return made;
}

static void plait_history_assigned(void *opaque, u32 slot, const struct plait_balance_packet *packet)
{
	struct plait_history *state = opaque;

	plait_share_charge(&state->share, slot, 1);
	state->record[plait_history_entry(state, slot, packet)].sessions++;
}

static void plait_history_passed(void *opaque, u32 slot, const struct plait_balance_packet *packet)
{
	struct plait_history *state = opaque;
	int index = plait_destination_find(&state->known, packet->peer, (u8)packet->home, packet->now);
	struct plait_history_record *record;
	u32 gap;

	(void)slot;
	/* Only a session that was given an uplink makes an entry: others are anybody's, and could fill the table. */
	if (index < 0)
		return;
	record = &state->record[index];
	gap = packet->now - state->known.entry[index].used;
	state->known.entry[index].used = packet->now;
	if (gap < PLAIT_HISTORY_PAUSE)
		record->busy += gap;
	record->bytes += packet->bytes;
	if (!packet->outgoing)
		record->answered = true;
	if (record->busy > PLAIT_HISTORY_BUSY_MOST) {
		record->busy /= 2;
		record->bytes = plait_div_s64(record->bytes, 2);
	}
}

const struct plait_balance_strategy plait_balance_history = {
	.name = "history",
	.state_size = sizeof(struct plait_history),
	.init = plait_history_init,
	.set = plait_history_set,
	.pick = plait_history_pick,
	.assigned = plait_history_assigned,
	.passed = plait_history_passed,
};
