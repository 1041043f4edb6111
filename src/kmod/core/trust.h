/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_TRUST_H
#define PLAIT_CORE_TRUST_H

#include "leg.h"

/**
 * enum plait_trust_event - what changes the state of a leg
 * @PLAIT_EVENT_UP: it may be used
 * @PLAIT_EVENT_DOWN: it may not
 * @PLAIT_EVENT_KNOWN: it is known when packets arrive
 * @PLAIT_EVENT_UNKNOWN: it is no longer
 * @PLAIT_EVENT_CHOSEN: a packet goes by it while none is ready
 * @PLAIT_EVENT_SILENT: a packet of it is overdue, and other legs' arrive
 * @PLAIT_EVENT_ANSWERED: while it is suspect, something of it arrived
 * @PLAIT_EVENT_AGED: the suspicion was not found anew for some time
 * @PLAIT_EVENT_EVENTS: how many there are
 */
enum plait_trust_event {
	PLAIT_EVENT_UP,
	PLAIT_EVENT_DOWN,
	PLAIT_EVENT_KNOWN,
	PLAIT_EVENT_UNKNOWN,
	PLAIT_EVENT_CHOSEN,
	PLAIT_EVENT_SILENT,
	PLAIT_EVENT_ANSWERED,
	PLAIT_EVENT_AGED,
	PLAIT_EVENT_EVENTS,
};

enum plait_trust_state plait_trust_next(enum plait_trust_state state, enum plait_trust_event event);
bool plait_trust_event(struct plait_legs *legs, u32 slot, enum plait_trust_event event);
void plait_trust_learned(struct plait_legs *legs, u32 slot);
void plait_trust_suspect(struct plait_legs *legs, u32 slot, s64 now);
void plait_trust_failed(struct plait_legs *legs, u32 slot, s64 now);
void plait_trust_update(struct plait_legs *legs);
enum plait_trust plait_trust_most(const struct plait_legs *legs, u32 avoid);
int plait_trust_carrier(const struct plait_legs *legs, enum plait_trust most, u32 avoid);

/**
 * plait_leg_is_live() - may a leg be used?
 * @leg: the leg
 *
 * Return: true when it may.
 */
static inline bool plait_leg_is_live(const struct plait_leg_model *leg)
{
	return leg->state != PLAIT_STATE_DEAD;
}

/**
 * plait_leg_is_suspect() - does a leg swallow packets?
 * @leg: the leg
 *
 * Return: true when it is taken to.
 */
static inline bool plait_leg_is_suspect(const struct plait_leg_model *leg)
{
	return leg->state == PLAIT_STATE_SUSPECT;
}

#endif /* PLAIT_CORE_TRUST_H */
