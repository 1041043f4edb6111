/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_LEG_H
#define PLAIT_CORE_LEG_H

#include "feedback.h"
#include "losses.h"
#include "path/path.h"
#include "scheduler.h"

/* What TCP bears of disorder, and the models have of errors. */
#define PLAIT_ORDER_TOLERANCE (3 * PLAIT_MS)

/**
 * enum plait_trust_state - what a leg is used for; transitions in trust.c
 * @PLAIT_STATE_DEAD: nothing: it may not be used, or there is none
 * @PLAIT_STATE_SUSPECT: probes: it swallows packets
 * @PLAIT_STATE_SEARCHING: probes, and packets while there is no better one: its path is not known
 * @PLAIT_STATE_CARRYING: packets, though its path is still searched, as no better one was known
 * @PLAIT_STATE_READY: packets: it is known when they arrive
 * @PLAIT_STATE_STATES: how many there are
 */
enum plait_trust_state {
	PLAIT_STATE_DEAD,
	PLAIT_STATE_SUSPECT,
	PLAIT_STATE_SEARCHING,
	PLAIT_STATE_CARRYING,
	PLAIT_STATE_READY,
	PLAIT_STATE_STATES,
};

/**
 * enum plait_trust - how much a leg can be relied on, from its state and what is known of its path
 * @PLAIT_TRUST_NONE: not at all
 * @PLAIT_TRUST_LIVE: it may carry packets
 * @PLAIT_TRUST_DELIVERS: it is known to deliver
 * @PLAIT_TRUST_READY: it is known when it delivers
 *
 * Only the legs of most trust are used, but for finding out more.
 */
enum plait_trust {
	PLAIT_TRUST_NONE,
	PLAIT_TRUST_LIVE,
	PLAIT_TRUST_DELIVERS,
	PLAIT_TRUST_READY,
};

/**
 * struct plait_probe - copies of packets that are sent to see whether a leg delivers
 * @unanswered: copies given up since a packet of the leg was acknowledged
 * @next: when the next one is due
 */
struct plait_probe {
	u32 unanswered;
	s64 next;
};

/**
 * struct plait_suspicion - that a leg swallows packets
 * @failures: how often it was found to, since something of it was acknowledged
 * @until: while it is suspect: when that has to be found anew
 * @accused_at: when a retransmission last spoke against it, ns; 0: none did
 * @accused_for: address of the far end of that
 */
struct plait_suspicion {
	u32 failures;
	s64 until;
	s64 accused_at;
	u32 accused_for[4];
};

/**
 * struct plait_leg_model - what is known of a leg
 * @path: rate and delay
 * @probe: copies sent by it
 * @losses: what it loses
 * @suspicion: that it swallows packets
 * @repaired: packets lost by it that were sent again
 * @heard: when something of it was last acknowledged, ns
 * @held_until: its queue waits until then, so that what is in it arrives in order
 * @committed: bytes in its queue
 * @tracked: packets in flight that will be acknowledged
 * @weight: 0 when the slot has no leg
 * @serial: of the last packet that left, when its far end reports; wraps, and is never 0 then
 * @reported: the last serial number that was reported
 * @state: see &enum plait_trust_state
 * @trust: what follows from all that
 */
struct plait_leg_model {
	struct plait_path path;
	struct plait_probe probe;
	struct plait_losses losses;
	struct plait_suspicion suspicion;
	u32 repaired;
	s64 heard;
	s64 held_until;
	u32 committed;
	u32 tracked;
	u32 weight;
	u32 serial;
	u32 reported;
	enum plait_trust_state state;
	enum plait_trust trust;
};

/**
 * struct plait_legs - the legs of a link
 * @leg: by slot; @none where there is no leg
 * @none: a dead leg
 * @count: slots from here on have no leg
 * @trust: the most of all legs
 * @carrier: the leg for packets while none is ready; -1 when none is live
 * @suspect: a bit for each slot with a suspect leg
 * @excluded: a bit for each slot whose queue is to be moved elsewhere
 * @heard: slots of which something arrived since conclusions were drawn, a bit each
 * @reporting: slots whose far end reports, a bit each. While there is one, nothing is learned from acknowledgements of TCP
 */
struct plait_legs {
	struct plait_leg_model *leg[PLAIT_SLOTS];
	struct plait_leg_model none;
	u32 count;
	enum plait_trust trust;
	int carrier;
	u32 suspect;
	u32 excluded;
	u32 heard;
	u32 reporting;
};

void plait_legs_init(struct plait_legs *legs);
void plait_legs_end(struct plait_legs *legs);
bool plait_legs_add(struct plait_legs *legs, u32 slot);
void plait_legs_remove(struct plait_legs *legs, u32 slot);
void plait_leg_reset(struct plait_leg_model *leg);
void plait_leg_hear(struct plait_legs *legs, u32 slot, const struct plait_feedback *feedback);
s64 plait_leg_margin(const struct plait_leg_model *leg);
bool plait_leg_is_behind(const struct plait_leg_model *leg);
s64 plait_leg_arrival(const struct plait_leg_model *leg, s64 now, u32 bytes);
bool plait_leg_has_room(struct plait_leg_model *leg, s64 now, u32 ahead);

/**
 * plait_legs_has() - is there memory for the leg of a slot?
 * @legs: all legs
 * @slot: the slot
 *
 * Return: true when there is. The leg may be gone, and packets wait that were committed to it.
 */
static inline bool plait_legs_has(const struct plait_legs *legs, u32 slot)
{
	return legs->leg[slot] != &legs->none;
}

#endif /* PLAIT_CORE_LEG_H */
