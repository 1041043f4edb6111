// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much each leg is trusted: the table of its states, and what follows for the legs of a link.
 *
 * A suspicion does not last: unless it is found anew, it ends after a second, or twice as long as the last one when
 * nothing of the leg arrived since, up to a minute. So a leg comes back also where nobody acknowledges anything.
 */
#include "trust.h"

#define PLAIT_SUSPICION_LEAST PLAIT_S
#define PLAIT_SUSPICION_DOUBLINGS 6
#define PLAIT_SUSPICION_MOST (60 * PLAIT_S)

#define DEAD PLAIT_STATE_DEAD
#define SUSPECT PLAIT_STATE_SUSPECT
#define SEARCHING PLAIT_STATE_SEARCHING
#define CARRYING PLAIT_STATE_CARRYING
#define READY PLAIT_STATE_READY

/* The state that follows, by state and event. */
static const u8 plait_trust_table[PLAIT_STATE_STATES][PLAIT_EVENT_EVENTS] = {
	/*		UP	   DOWN  KNOWN	  UNKNOWN    CHOSEN    SILENT   ANSWERED   AGED */
	[DEAD] =      { SEARCHING, DEAD, DEAD,	  DEAD,	     DEAD,     DEAD,	DEAD,	   DEAD },
	[SUSPECT] =   { SUSPECT,   DEAD, SUSPECT, SUSPECT,   SUSPECT,  SUSPECT, SEARCHING, SEARCHING },
	[SEARCHING] = { SEARCHING, DEAD, READY,	  SEARCHING, CARRYING, SUSPECT, SEARCHING, SEARCHING },
	[CARRYING] =  { CARRYING,  DEAD, READY,	  CARRYING,  CARRYING, SUSPECT, CARRYING,  CARRYING },
	[READY] =     { READY,	   DEAD, READY,	  SEARCHING, READY,    SUSPECT, READY,	   READY },
};

#undef DEAD
#undef SUSPECT
#undef SEARCHING
#undef CARRYING
#undef READY

/**
 * plait_trust_next() - the state that follows
 * @state: of a leg
 * @event: what happens
 *
 * Return: the state after it.
 */
enum plait_trust_state plait_trust_next(enum plait_trust_state state, enum plait_trust_event event)
{
	return plait_trust_table[state][event];
}

static enum plait_trust plait_trust_of(const struct plait_leg_model *leg)
{
	switch (leg->state) {
	case PLAIT_STATE_DEAD:
		return PLAIT_TRUST_NONE;
	case PLAIT_STATE_SUSPECT:
		return PLAIT_TRUST_LIVE;
	case PLAIT_STATE_READY:
		return PLAIT_TRUST_READY;
	case PLAIT_STATE_CARRYING:
		if (leg->path.delay >= 0 && leg->path.cost)
			return PLAIT_TRUST_READY;
		break;
	default:
		break;
	}
	return leg->path.delay >= 0 ? PLAIT_TRUST_DELIVERS : PLAIT_TRUST_LIVE;
}

/**
 * plait_trust_most() - the most trust that a leg has
 * @legs: all legs
 * @avoid: slots that do not count, a bit each
 *
 * Return: the trust.
 */
enum plait_trust plait_trust_most(const struct plait_legs *legs, u32 avoid)
{
	enum plait_trust most = PLAIT_TRUST_NONE;
	u32 i;

	for (i = 0; i < legs->count; i++)
		if (!(avoid & 1U << i) && legs->leg[i]->trust > most)
			most = legs->leg[i]->trust;
	return most;
}

/**
 * plait_trust_carrier() - the leg for packets while none is ready
 * @legs: all legs
 * @most: the most trust that one of them has
 * @avoid: slots that do not count, a bit each
 *
 * Return: the slot of the leg that carries, else of that of the shortest delay, or -1.
 */
int plait_trust_carrier(const struct plait_legs *legs, enum plait_trust most, u32 avoid)
{
	int best = -1;
	s64 least = 0;
	u32 i;

	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = legs->leg[i];
		s64 delay = leg->state == PLAIT_STATE_CARRYING ? -1 : leg->path.delay;

		if (avoid & 1U << i || !most || leg->trust < most)
			continue;
		if (best < 0 || delay < least) {
			best = i;
			least = delay;
		}
	}
	return best;
}

/**
 * plait_trust_update() - see what follows from the states of all legs
 * @legs: all legs
 *
 * Packets ask for it all the time, so it is kept.
 */
void plait_trust_update(struct plait_legs *legs)
{
	u32 i, live = 0;

	legs->suspect = 0;
	for (i = 0; i < legs->count; i++) {
		struct plait_leg_model *leg = legs->leg[i];

		leg->trust = plait_trust_of(leg);
		live |= (u32)plait_leg_is_live(leg) << i;
		legs->suspect |= (u32)plait_leg_is_suspect(leg) << i;
	}
	legs->trust = plait_trust_most(legs, 0);
	legs->excluded = ~live;
	if (legs->trust > PLAIT_TRUST_LIVE)
		legs->excluded |= legs->suspect;
	legs->carrier = plait_trust_carrier(legs, legs->trust, 0);
}

/* The only place where a state changes. */
static bool plait_trust_set_state(struct plait_legs *legs, u32 slot, enum plait_trust_state state)
{
	struct plait_leg_model *leg = legs->leg[slot];
	bool changed = leg->state != state;

	leg->state = state;
	/* What was suspected or gone may be known all the same, when its rate is configured. */
	if (state == PLAIT_STATE_SEARCHING && plait_path_ready(&leg->path))
		leg->state = PLAIT_STATE_READY;
	return changed;
}

/**
 * plait_trust_event() - something happened to a leg
 * @legs: all legs
 * @slot: the leg
 * @event: what
 *
 * Return: true when its state changed.
 */
bool plait_trust_event(struct plait_legs *legs, u32 slot, enum plait_trust_event event)
{
	bool changed = plait_trust_set_state(legs, slot,
					     plait_trust_next(legs->leg[slot]->state, event));

	if (event == PLAIT_EVENT_DOWN || event == PLAIT_EVENT_ANSWERED)
		legs->leg[slot]->suspicion = (struct plait_suspicion){ 0 };
	if (changed)
		plait_trust_update(legs);
	return changed;
}

/**
 * plait_trust_learned() - more is known of the path of a leg
 * @legs: all legs
 * @slot: the leg
 */
void plait_trust_learned(struct plait_legs *legs, u32 slot)
{
	struct plait_leg_model *leg = legs->leg[slot];
	bool known = plait_path_ready(&leg->path);

	if (plait_trust_event(legs, slot, known ? PLAIT_EVENT_KNOWN : PLAIT_EVENT_UNKNOWN))
		return;
	/* While none is ready the delay chooses among them. */
	if (leg->trust != plait_trust_of(leg) || legs->trust != PLAIT_TRUST_READY)
		plait_trust_update(legs);
}

/**
 * plait_trust_failed() - it was found again that a leg swallows packets
 * @legs: all legs
 * @slot: the leg
 * @now: ns
 */
void plait_trust_failed(struct plait_legs *legs, u32 slot, s64 now)
{
	struct plait_suspicion *suspicion = &legs->leg[slot]->suspicion;
	s64 lasts = PLAIT_SUSPICION_LEAST << suspicion->failures;

	if (suspicion->failures < PLAIT_SUSPICION_DOUBLINGS)
		suspicion->failures++;
	suspicion->until = now + (lasts < PLAIT_SUSPICION_MOST ? lasts : PLAIT_SUSPICION_MOST);
}

/**
 * plait_trust_suspect() - a leg swallows packets
 * @legs: all legs
 * @slot: the leg
 * @now: ns
 */
void plait_trust_suspect(struct plait_legs *legs, u32 slot, s64 now)
{
	if (!plait_trust_event(legs, slot, PLAIT_EVENT_SILENT))
		return;
	plait_trust_failed(legs, slot, now);
	legs->leg[slot]->probe.next = now;
}
