/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_EARLIEST_H
#define PLAIT_CORE_EARLIEST_H

#include "flight.h"
#include "losses.h"
#include "repair.h"
#include "scheduler.h"
#include "weighted.h"

/* What TCP bears of disorder, and the models have of errors. */
#define PLAIT_ORDER_TOLERANCE (3 * PLAIT_MS)

/**
 * enum plait_trust - how much a leg can be relied on
 * @PLAIT_TRUST_NONE: not at all
 * @PLAIT_TRUST_LIVE: it may carry packets
 * @PLAIT_TRUST_DELIVERS: it is known to deliver
 * @PLAIT_TRUST_READY: it is known when it delivers, or it was the first to be used
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
 * struct plait_earliest_leg - what the scheduler knows of a leg
 * @path: rate and delay
 * @probe: copies sent by it
 * @losses: what it loses
 * @repaired: packets lost by it that were sent again
 * @heard: when something of it was last acknowledged, ns
 * @committed: bytes in its queue
 * @held_until: its queue waits until then, so that what is in it arrives in order
 * @tracked: packets in flight that will be acknowledged
 * @weight: 0 when the slot has no leg
 * @live: it may be used
 * @suspect: it swallows packets
 * @carries: it carries packets though its path is still searched, as no better one was known
 * @trust: what follows from all that, see plait_earliest_update_trust()
 */
struct plait_earliest_leg {
	struct plait_path path;
	struct plait_probe probe;
	struct plait_losses losses;
	u32 repaired;
	s64 heard;
	s64 held_until;
	u32 committed;
	u32 tracked;
	u32 weight;
	bool live;
	bool suspect;
	bool carries;
	enum plait_trust trust;
};

/**
 * struct plait_earliest - state of the scheduler for one link
 * @leg: by slot
 * @slots: slots from here on have no leg
 * @fallback: chooses while nothing is known of any leg
 * @reports: some receiver has reported a duplicate
 * @trust: the most of all legs
 * @carrier: the leg for packets while none is ready; -1 when none is live
 * @queued: a bit for each slot whose queue has bytes
 * @useless: a bit for each slot whose queue is to be moved elsewhere
 * @expires: no packet in flight is to be given up before, ns
 * @repair: copies of what is in flight
 * @flight: what is in flight
 */
struct plait_earliest {
	struct plait_earliest_leg leg[PLAIT_SLOTS];
	u32 slots;
	enum plait_trust trust;
	int carrier;
	u32 queued;
	u32 useless;
	s64 expires;
	struct plait_weighted fallback;
	bool reports;
	struct plait_repair repair;
	struct plait_flight flight;
};

extern const struct plait_scheduler plait_earliest;

void plait_earliest_update_trust(struct plait_earliest *state);

/* earliest-track.c: what left, what arrived, and which legs swallow packets. */
void plait_earliest_forget(struct plait_earliest *state, u32 slot);
void plait_earliest_expire_due(struct plait_earliest *state, s64 now);
void plait_earliest_lose(struct plait_earliest *state, struct plait_flight_packet *packet);
struct plait_flight_packet *plait_earliest_remember(struct plait_earliest *state, s64 now, u32 slot,
						    u16 flow, const struct plait_offer *packet,
						    bool repeated, bool duplicate);
void plait_earliest_unqueue(struct plait_earliest *state, u32 slot, u32 bytes);
int plait_earliest_sent(void *opaque, s64 now, u32 slot, const struct plait_offer *packet);
bool plait_earliest_acked(void *opaque, s64 now, const struct plait_tcp *tcp);
int plait_earliest_offered(struct plait_earliest *state, s64 now, struct plait_offer *packet,
			   s64 *not_before);
void plait_earliest_expect(struct plait_earliest *state, const struct plait_offer *packet, u32 slot,
			   s64 at);
s64 plait_earliest_margin(const struct plait_path *path);
s64 plait_earliest_arrival(const struct plait_earliest_leg *leg, s64 now, u32 bytes);

/* earliest-probe.c: copies of packets that show whether a leg delivers. */
int plait_earliest_explore(struct plait_earliest *state, s64 now);
int plait_earliest_probe(struct plait_earliest *state, s64 now, const struct plait_offer *packet,
			 u32 slot);

/**
 * plait_earliest_expire() - give up packets that should have been heard of
 * @state: the scheduler's
 * @now: ns
 */
static inline void plait_earliest_expire(struct plait_earliest *state, s64 now)
{
	if (now >= state->expires)
		plait_earliest_expire_due(state, now);
}

#endif /* PLAIT_CORE_EARLIEST_H */
