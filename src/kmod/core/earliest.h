/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_EARLIEST_H
#define PLAIT_CORE_EARLIEST_H

#include "flight.h"
#include "scheduler.h"
#include "weighted.h"

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
 * @heard: when something of it was last acknowledged, ns
 * @committed: bytes in its queue
 * @held_until: its queue waits until then, so that what is in it arrives in order
 * @tracked: packets in flight that will be acknowledged
 * @weight: 0 when the slot has no leg
 * @live: it may be used
 * @suspect: it swallows packets
 * @carries: it carries packets though its path is still searched, as no better one was known
 */
struct plait_earliest_leg {
	struct plait_path path;
	struct plait_probe probe;
	s64 heard;
	s64 held_until;
	u32 committed;
	u32 tracked;
	u32 weight;
	bool live;
	bool suspect;
	bool carries;
};

/**
 * struct plait_earliest - state of the scheduler for one link
 * @leg: by slot
 * @slots: slots from here on have no leg
 * @fallback: chooses while nothing is known of any leg
 * @reports: some receiver has reported a duplicate
 * @flight: what is in flight
 */
struct plait_earliest {
	struct plait_earliest_leg leg[PLAIT_SLOTS];
	u32 slots;
	struct plait_weighted fallback;
	bool reports;
	struct plait_flight flight;
};

extern const struct plait_scheduler plait_earliest;

/* earliest-track.c: what left, what arrived, and which legs swallow packets. */
void plait_earliest_forget(struct plait_earliest *state, u32 slot);
void plait_earliest_expire(struct plait_earliest *state, s64 now);
void plait_earliest_sent(void *opaque, s64 now, u32 slot, const struct plait_offer *packet);
void plait_earliest_acked(void *opaque, s64 now, const struct plait_tcp *tcp);
int plait_earliest_offered(struct plait_earliest *state, s64 now, struct plait_offer *packet,
			   s64 *not_before);
void plait_earliest_expect(struct plait_earliest *state, const struct plait_offer *packet, s64 at);
int plait_earliest_explore(struct plait_earliest *state, s64 now, const struct plait_tcp *tcp);
int plait_earliest_probe(struct plait_earliest *state, s64 now, const struct plait_offer *packet,
			 u32 slot);

#endif /* PLAIT_CORE_EARLIEST_H */
