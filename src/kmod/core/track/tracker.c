// SPDX-License-Identifier: GPL-2.0-only
/*
 * What TCP connections that cross the link show of its legs: which packets left, which arrived.
 *
 * A packet is remembered with the sequence numbers that it carries. An acknowledgement of them, cumulative or selective,
 * is that leg's delivery. When the sequence numbers had been sent before, it may be for the earlier packet (Karn): then
 * it counts as delivered, and nothing is learned from when.
 *
 * Only what TCP itself would take is believed (flow.c). Each call looks at a bounded number of packets (flight.c); what is
 * left over is done by the calls after it, by plait_tracker_begin(). A packet that finds no memory, or no place among the
 * others, counts as one that nobody acknowledges: pacing and windows do not depend on records.
 */
#include "parts.h"

/* What a round trip takes at most while the path is not known. */
#define PLAIT_UNKNOWN_DELAY PLAIT_S

/**
 * plait_tracker_init() - nothing has left
 * @tracker: any memory
 * @seed: random
 */
void plait_tracker_init(struct plait_tracker *tracker, u64 seed)
{
	tracker->expires = PLAIT_NEVER;
	tracker->unanswered = 0;
	tracker->unheard = 0;
	plait_copies_init(&tracker->copies);
	plait_flight_init(&tracker->flight, seed);
}

/**
 * plait_tracker_end() - give all memory back
 * @tracker: the tracker, which is not used any more
 */
void plait_tracker_end(struct plait_tracker *tracker)
{
	plait_flight_end(&tracker->flight);
}

/**
 * plait_tracker_trim() - give memory back that is not used
 * @tracker: the tracker, after plait_tracker_begin()
 * @now: ns
 *
 * Return: true when there is memory left.
 */
bool plait_tracker_trim(struct plait_tracker *tracker, s64 now)
{
	return plait_flight_trim(&tracker->flight, now);
}

/* A packet is in flight no more. The next one of its leg counts, which may expire before it. */
void plait_tracker_remove(struct plait_tracker *tracker, struct plait_flight_packet *packet)
{
	struct plait_flight *flight = &tracker->flight;
	u32 slot = packet->slot;
	u16 first;

	if (packet->kept != PLAIT_NO_COPY)
		plait_copies_release(&tracker->copies, packet->kept, packet->bytes);
	packet->kept = PLAIT_NO_COPY;
	plait_flight_remove(flight, packet);
	first = flight->leg[slot].first;
	if (first != PLAIT_NOBODY)
		plait_tracker_expire_at(tracker, plait_tracker_expires(plait_flight_at(flight, first)));
}

void plait_tracker_tell(struct plait_tracker *tracker, struct plait_legs *legs,
			const struct plait_flight_packet *packet, struct plait_feedback *feedback)
{
	feedback->bytes = packet->bytes;
	feedback->shot = &packet->shot;
	if (plait_tracker_counts(tracker, packet))
		plait_leg_hear(legs, packet->slot, feedback);
}

void plait_tracker_give_up(struct plait_tracker *tracker, struct plait_legs *legs,
			   struct plait_flight_packet *packet, enum plait_outcome outcome)
{
	struct plait_feedback feedback = { .outcome = outcome };

	plait_tracker_tell(tracker, legs, packet, &feedback);
	plait_tracker_remove(tracker, packet);
}

/**
 * plait_tracker_lose() - a packet will not be heard of any more
 * @tracker: the tracker
 * @legs: all legs
 * @packet: the packet; its memory is used again with the next plait_tracker_remember()
 */
void plait_tracker_lose(struct plait_tracker *tracker, struct plait_legs *legs,
			struct plait_flight_packet *packet)
{
	plait_tracker_give_up(tracker, legs, packet, PLAIT_GONE);
}

/* A packet leaves by a leg. @memory is for what has to be remembered; NULL: it counts as one that nobody acknowledges. */
void plait_tracker_leave(struct plait_tracker *tracker, struct plait_leg_model *leg, s64 now, u32 bytes,
			 struct plait_flight_packet *memory)
{
	s64 takes = PLAIT_UNKNOWN_DELAY;

	if (!memory) {
		plait_path_send_untracked(&leg->path, now, bytes);
		return;
	}
	plait_path_send(&leg->path, now, bytes, &memory->shot);
	if (plait_path_ready(&leg->path))
		takes = memory->shot.expected - now;
	memory->bytes = bytes;
	memory->due = now + takes;
	leg->tracked++;
	plait_tracker_expire_at(tracker, plait_tracker_expires(memory));
}

/**
 * plait_tracker_remember() - a packet leaves and is in flight
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @slot: its leg
 * @flow: its connection
 * @packet: the packet
 * @repeated: see &plait_flight_packet.repeated
 * @duplicate: see &plait_flight_packet.duplicate
 *
 * Return: the packet; NULL when it counts as one that nobody acknowledges.
 */
struct plait_flight_packet *plait_tracker_remember(struct plait_tracker *tracker,
						   struct plait_legs *legs, s64 now, u32 slot,
						   u16 flow, const struct plait_offer *packet,
						   bool repeated, bool duplicate)
{
	const struct plait_header *header = &packet->header;
	struct plait_leg_model *leg = legs->leg[slot];
	struct plait_flight_packet *memory;

	leg->path.copies = duplicate;
	memory = flow == PLAIT_NOBODY || packet->bytes > PLAIT_RECORD_BYTES_MAX ? NULL :
		plait_flight_add(&tracker->flight, slot, flow, header->seq, header->end, duplicate);
	plait_tracker_leave(tracker, leg, now, packet->bytes, memory);
	if (!memory)
		return NULL;
	memory->repeated = repeated;
	memory->copy = duplicate && !packet->repeated;
	return memory;
}
