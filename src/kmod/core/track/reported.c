// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the far ends of legs report: which packets arrived, of all traffic. A packet is remembered by its serial number on
 * its leg. A report covers all up to the last that arrived, as a leg keeps the order; what is named missing is lost, and
 * waits in a list of its own to be sent again, with what was in flight of a leg that is used no more.
 */
#include "parts.h"
#include "reported.h"

/* The number of the next packet that leaves by a leg. */
static u32 plait_tracker_next_serial(struct plait_leg_model *leg)
{
	if (!++leg->serial)
		leg->serial = 1;
	return leg->serial;
}

static u32 plait_tracker_leave_reported(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
					u32 slot, u32 bytes, bool copy)
{
	struct plait_leg_model *leg = legs->leg[slot];
	struct plait_flight_packet *memory = NULL;
	u32 serial = plait_tracker_next_serial(leg);

	leg->path.copies = copy;
	if (bytes <= PLAIT_RECORD_BYTES_MAX)
		memory = plait_flight_add_reported(&tracker->flight, slot, serial, copy);
	if (memory) {
		memory->repeated = false;
		memory->copy = copy;
	}
	plait_tracker_leave(tracker, leg, now, bytes, memory);
	return serial;
}

/**
 * plait_tracker_send_reported() - a packet leaves by a leg whose far end reports
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @slot: the leg
 * @bytes: length of the packet
 *
 * Return: its serial number.
 */
u32 plait_tracker_send_reported(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
				u32 bytes)
{
	return plait_tracker_leave_reported(tracker, legs, now, slot, bytes, false);
}

/**
 * plait_tracker_copy_reported() - same, a copy of a packet that leaves by another leg
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @slot: the leg
 * @bytes: length of the packet
 *
 * Return: its serial number.
 */
u32 plait_tracker_copy_reported(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
				u32 bytes)
{
	return plait_tracker_leave_reported(tracker, legs, now, slot, bytes, true);
}

/**
 * plait_tracker_keep_reported() - a copy is to be kept of the packet that has just left
 * @tracker: the tracker
 * @slot: its leg
 * @serial: its serial number
 *
 * Return: the number of the copy; -1: there is no room for it.
 */
int plait_tracker_keep_reported(struct plait_tracker *tracker, u32 slot, u32 serial)
{
	u16 last = tracker->flight.leg[slot].last;
	struct plait_flight_packet *packet;

	if (last == PLAIT_NOBODY)
		return -1;
	packet = plait_flight_at(&tracker->flight, last);
	if (packet->seq != serial)
		return -1;
	packet->kept = plait_copies_keep(&tracker->copies, packet->bytes);
	return packet->kept == PLAIT_NO_COPY ? -1 : packet->kept;
}

static bool plait_tracker_is_missing(const struct plait_arrivals *arrivals, u32 serial)
{
	u32 i;

	for (i = 0; i < arrivals->runs; i++)
		if (serial - arrivals->missing[i].serial < arrivals->missing[i].count)
			return true;
	return false;
}

static void plait_tracker_lose_reported(struct plait_tracker *tracker, struct plait_legs *legs,
					struct plait_flight_packet *packet)
{
	struct plait_feedback feedback = { .outcome = PLAIT_LOST };

	plait_tracker_tell(tracker, legs, packet, &feedback);
	feedback.outcome = PLAIT_GONE;
	plait_tracker_tell(tracker, legs, packet, &feedback);
	plait_flight_lose(&tracker->flight, packet);
}

/* No packet arrives before it left, or before what arrived already, whatever a report says. */
static s64 plait_tracker_arrived_at(const struct plait_path *path, const struct plait_flight_packet *packet,
				    s64 at)
{
	if (at < path->delivered_at)
		at = path->delivered_at;
	return at < packet->shot.sent ? packet->shot.sent : at;
}

/**
 * plait_tracker_reported() - the far end reports what arrived
 * @tracker: the tracker; its budget is set
 * @legs: all legs
 * @slot: the leg by which it arrived
 * @arrivals: what did, at the latest now
 * @at: gets when the last of it did, ns
 *
 * When the budget does not last, the next report tells of the rest, and what it does not name has arrived.
 *
 * Return: false when nothing follows from it: it is an old one, or tells of what never left.
 */
bool plait_tracker_reported(struct plait_tracker *tracker, struct plait_legs *legs, u32 slot,
			    const struct plait_arrivals *arrivals, s64 *at)
{
	struct plait_feedback arrived = {
		.outcome = PLAIT_ARRIVED, .news = PLAIT_NEWS_EXACT, .own = true,
	};
	struct plait_flight *flight = &tracker->flight;
	struct plait_leg_model *leg = legs->leg[slot];
	struct plait_flight_packet *packet;

	if (plait_before(arrivals->serial, leg->reported) || plait_after(arrivals->serial, leg->serial))
		return false;
	leg->reported = arrivals->serial;
	*at = arrivals->at;
	while ((packet = plait_flight_look(flight, flight->leg[slot].first)) &&
	       plait_flight_is_reported(packet) && !plait_after(packet->seq, arrivals->serial)) {
		if (plait_tracker_is_missing(arrivals, packet->seq)) {
			plait_tracker_lose_reported(tracker, legs, packet);
			continue;
		}
		*at = plait_tracker_arrived_at(&leg->path, packet, *at);
		arrived.at = *at;
		plait_tracker_tell(tracker, legs, packet, &arrived);
		plait_tracker_remove(tracker, packet);
	}
	return true;
}

/**
 * plait_tracker_lost() - a packet that is to be sent again
 * @tracker: the tracker; its budget is set
 *
 * Return: the packet, of which a copy is kept; it is the caller's to be removed. NULL: there is none.
 */
struct plait_flight_packet *plait_tracker_lost(struct plait_tracker *tracker)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;

	while ((packet = plait_flight_look(flight, flight->leg[PLAIT_FLIGHT_LOST].first))) {
		if (packet->kept != PLAIT_NO_COPY)
			return packet;
		plait_tracker_remove(tracker, packet);
	}
	return NULL;
}

/**
 * plait_tracker_remove_lost() - no leg is there for a packet that was to be sent again
 * @tracker: the tracker
 * @packet: by plait_tracker_lost()
 */
void plait_tracker_remove_lost(struct plait_tracker *tracker, struct plait_flight_packet *packet)
{
	plait_tracker_remove(tracker, packet);
}

/**
 * plait_tracker_resend() - the copy of a lost packet leaves
 * @tracker: the tracker
 * @packet: by plait_tracker_lost()
 *
 * Return: the number of the copy, which is free then.
 */
u16 plait_tracker_resend(struct plait_tracker *tracker, struct plait_flight_packet *packet)
{
	u16 number = packet->kept;

	plait_copies_taken(&tracker->copies, number, packet->bytes);
	packet->kept = PLAIT_NO_COPY;
	plait_tracker_remove(tracker, packet);
	return number;
}
