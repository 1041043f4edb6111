// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending again what a leg has lost, for legs that lose at random.
 *
 * TCP takes each loss for congestion, and over all legs together gets no further than one that loses as
 * much. Copies of what leaves by a lossy leg are kept until it is acknowledged. When a selective
 * acknowledgement shows that a packet of the leg has arrived and an earlier one of the same
 * connection has not, that one is lost, as a path keeps the order, and its copy leaves at once. The
 * acknowledgements themselves pass untouched. The receiver fills the hole a round trip after it
 * was seen, and a TCP that bears disorder by time (RACK, RFC 8985) or learns how much of it there is
 * never reduces its rate, or takes it back when the duplicate is reported (RFC 2883).
 *
 * It is the snoop agent of RFC 3135, section 2.1.2, without the part that drops duplicate
 * acknowledgements: that stops the clock of TCP for as long.
 *
 * A packet is sent again once; what is lost twice is for TCP to find. So is what a leg loses while a queue
 * is long, which is congestion.
 */
#include "repair.h"
#include "track/seek.h"

/**
 * plait_repair_init() - nothing is lost
 * @repair: any memory
 */
void plait_repair_init(struct plait_repair *repair)
{
	repair->first = 0;
	repair->count = 0;
}

/* Does the last packet that was acknowledged show a queue that is much longer than ours would be? */
static bool plait_repair_congested(const struct plait_path *path, s64 now)
{
	return now - path->latest.sent >
	       plait_path_time(path, path->window + path->window / 2 + PLAIT_FULL_PACKET);
}

static void plait_repair_lost(struct plait_repair *repair, struct plait_tracker *tracker,
			      struct plait_legs *legs, s64 now, struct plait_flight_packet *packet)
{
	const struct plait_feedback lost = { .outcome = PLAIT_LOST };
	const struct plait_tcp_flow *flow = plait_flight_flow(&tracker->flight, packet);

	packet->missed = true;
	if (plait_repair_congested(&legs->leg[packet->slot]->path, now)) {
		if (packet->kept != PLAIT_NO_COPY)
			plait_copies_release(&tracker->copies, packet->kept, packet->bytes);
		packet->kept = PLAIT_NO_COPY;
		return;
	}
	/*
	 * When something arrives that TCP has sent again since then, receivers refuse what bears an older
	 * timestamp (RFC 7323, section 5): it need not be the leg that lost it.
	 */
	if (packet->shot.sent >= flow->resent_at)
		plait_leg_hear(legs, packet->slot, &lost);
	if (packet->kept == PLAIT_NO_COPY || repair->count == PLAIT_REPAIR_MAX)
		return;
	repair->lost[(repair->first + repair->count++) % PLAIT_REPAIR_MAX] =
		packet->place;
}

/* What left a leg before a packet of the same connection that has just been acknowledged is lost. */
static void plait_repair_judge_leg(struct plait_repair *repair, struct plait_tracker *tracker,
				   struct plait_legs *legs, s64 now, u32 slot,
				   const struct plait_acked *acked)
{
	const struct plait_path *path = &legs->leg[slot]->path;
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;
	u16 next = flight->leg[slot].first;

	if (!path->learning || !path->latest_exact || !plait_path_ready(path))
		return;
	while ((packet = plait_flight_look(flight, next)) && packet->shot.sent < path->latest.sent) {
		next = packet->on_leg.next;
		if (packet->flow == acked->flow && plait_flight_flow(flight, packet) &&
		    !packet->repeated && !packet->missed && plait_before(packet->seq, acked->end))
			plait_repair_lost(repair, tracker, legs, now, packet);
	}
}

/**
 * plait_repair_judge() - see what is lost, after a selective acknowledgement told what arrived
 * @repair: gets it
 * @tracker: what is in flight
 * @legs: all legs; their paths have not learned from the acknowledgement yet
 * @now: ns
 * @acked: what it told
 */
void plait_repair_judge(struct plait_repair *repair, struct plait_tracker *tracker,
			struct plait_legs *legs, s64 now, const struct plait_acked *acked)
{
	u32 i;

	for (i = 0; i < legs->count; i++)
		if (legs->heard & 1U << i)
			plait_repair_judge_leg(repair, tracker, legs, now, i, acked);
}

/**
 * plait_repair_next() - take out a packet that is to be sent again
 * @repair: what is lost
 * @tracker: what is in flight
 *
 * Return: the packet, of which a copy is kept; NULL when there is none.
 */
struct plait_flight_packet *plait_repair_next(struct plait_repair *repair,
					      struct plait_tracker *tracker)
{
	struct plait_flight *flight = &tracker->flight;

	while (repair->count) {
		struct plait_flight_packet *packet;

		u16 place = repair->lost[repair->first];
		bool there = plait_record_is(&flight->records, place);

		packet = there ? plait_flight_look(flight, place) : NULL;
		if (there && !packet)
			return NULL;
		repair->first = (repair->first + 1) % PLAIT_REPAIR_MAX;
		repair->count--;
		if (packet && packet->missed && packet->kept != PLAIT_NO_COPY &&
		    packet->leg_life == flight->leg_life[packet->slot] &&
		    plait_flight_flow(flight, packet))
			return packet;
	}
	return NULL;
}

/**
 * plait_repair_send() - the copy of a lost packet leaves: that one is in flight no more, and this one is
 * @tracker: what is in flight
 * @legs: all legs
 * @now: ns
 * @slot: the leg by which it leaves
 * @packet: the lost packet, by plait_repair_next()
 *
 * Return: the number of the copy, which is free then.
 */
u16 plait_repair_send(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
		      struct plait_flight_packet *packet)
{
	const struct plait_offer again = {
		.bytes = packet->bytes, .header = { .seq = packet->seq, .end = packet->end },
	};
	u16 flow = packet->flow, number = packet->kept;
	u8 lost_by = packet->slot;

	plait_copies_taken(&tracker->copies, number, packet->bytes);
	packet->kept = PLAIT_NO_COPY;
	legs->leg[lost_by]->repaired++;
	plait_tracker_lose(tracker, legs, packet);
	packet = plait_tracker_remember(tracker, legs, now, slot, flow, &again, true, false);
	if (packet) {
		packet->repair = true;
		packet->lost_by = lost_by;
	}
	return number;
}
