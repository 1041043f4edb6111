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
#include "tcp.h"

/* No packet is held back for its order so that it arrives later than that. */
#define PLAIT_HOLD_MAX (500 * PLAIT_MS)

/* A packet that is not heard of for twice its time and that much more is given up. */
#define PLAIT_PATIENCE (200 * PLAIT_MS)

/* What a round trip takes at most while the path is not known. */
#define PLAIT_UNKNOWN_DELAY PLAIT_S

/* Two retransmissions of different far ends within that time speak against a leg. */
#define PLAIT_ACCUSATION_LIFE PLAIT_S

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

static bool plait_tracker_counts(const struct plait_tracker *tracker,
				 const struct plait_flight_packet *packet)
{
	return packet->leg_life == tracker->flight.leg_life[packet->slot];
}

static void plait_tracker_expire_at(struct plait_tracker *tracker, s64 at)
{
	if (at < tracker->expires)
		tracker->expires = at;
}

/* A packet is in flight no more. The next one of its leg counts, which may expire before it. */
static void plait_tracker_remove(struct plait_tracker *tracker, struct plait_flight_packet *packet)
{
	struct plait_flight *flight = &tracker->flight;
	u32 slot = packet->slot;

	if (packet->kept != PLAIT_NO_COPY)
		plait_copies_release(&tracker->copies, packet->kept, packet->bytes);
	plait_flight_remove(flight, packet);
	if (flight->leg[slot].first != PLAIT_NOBODY)
		plait_tracker_expire_at(tracker, flight->packet[flight->leg[slot].first].expires);
}

static void plait_tracker_tell(struct plait_tracker *tracker, struct plait_legs *legs,
			       const struct plait_flight_packet *packet,
			       struct plait_feedback *feedback)
{
	feedback->bytes = packet->bytes;
	feedback->shot = &packet->shot;
	if (plait_tracker_counts(tracker, packet))
		plait_leg_hear(legs, packet->slot, feedback);
}

static void plait_tracker_give_up(struct plait_tracker *tracker, struct plait_legs *legs,
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

/* A packet that was taken for lost has arrived, or one that left instead of such a one. */
static void plait_tracker_late(struct plait_legs *legs, s64 at,
			       const struct plait_flight_packet *packet)
{
	const struct plait_feedback late = { .outcome = PLAIT_LATE };

	if (packet->missed && !packet->repeated)
		plait_leg_hear(legs, packet->slot, &late);
	/* Sooner than its own path allows: it was the first one that arrived. */
	if (packet->repair && !packet->duplicate &&
	    at - packet->shot.sent < legs->leg[packet->slot].path.delay)
		plait_leg_hear(legs, packet->lost_by, &late);
}

static void plait_tracker_deliver(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_flight_packet *packet, bool timely)
{
	struct plait_feedback feedback = { .outcome = PLAIT_ARRIVED, .news = PLAIT_NEWS_NONE, .at = at };
	struct plait_tcp_flow *flow = plait_flight_flow(&tracker->flight, packet);

	feedback.own = !packet->repeated || packet->duplicate;
	if (timely && !packet->repeated)
		feedback.news = PLAIT_NEWS_EXACT;
	else if (timely && packet->duplicate)
		feedback.news = PLAIT_NEWS_LATEST;
	if (feedback.own && flow)
		plait_flow_hears(flow, packet->slot, at);
	if ((packet->missed || packet->repair) && plait_tracker_counts(tracker, packet))
		plait_tracker_late(legs, at, packet);
	plait_tracker_tell(tracker, legs, packet, &feedback);
	plait_tracker_remove(tracker, packet);
}

/*
 * Delivers a packet. As a path keeps the order, a duplicate that left before it and was not reported until now is
 * lost.
 */
static void plait_tracker_arrived(struct plait_tracker *tracker, struct plait_legs *legs, s64 at,
				  struct plait_flight_packet *packet, bool timely)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *first;

	while (plait_tracker_counts(tracker, packet) &&
	       (first = plait_flight_look(flight, flight->leg[packet->slot].first)) &&
	       first != packet && first->duplicate)
		plait_tracker_lose(tracker, legs, first);
	plait_tracker_deliver(tracker, legs, at, packet, timely);
}

/* All packets of a connection that are acknowledged in order. Returns false when some are left for the next call. */
static bool plait_tracker_arrived_before(struct plait_tracker *tracker, struct plait_legs *legs,
					 s64 at, struct plait_tcp_flow *flow, bool timely)
{
	struct plait_flight *flight = &tracker->flight;
	u16 next = flow->packets[PLAIT_PACKETS].first;
	struct plait_flight_packet *packet;

	while ((packet = plait_flight_look(flight, next)) && plait_before(packet->seq, flow->una)) {
		next = packet->in_flow.next;
		if (!plait_after(packet->end, flow->una))
			plait_tracker_arrived(tracker, legs, at, packet, timely);
	}
	return flight->budget;
}

/* All packets of a connection that lie within a block. Removing one takes none of the same list with it. */
static void plait_tracker_arrived_within(struct plait_tracker *tracker, struct plait_legs *legs,
					 s64 at, struct plait_tcp_flow *flow,
					 const struct plait_range *block)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;
	u16 next;

	if (!plait_flight_seek(flight, flow, PLAIT_PACKETS, block->start, &next))
		return;
	while ((packet = plait_flight_look(flight, next)) && plait_before(packet->seq, block->end)) {
		next = packet->in_flow.next;
		if (!plait_after(packet->end, block->end))
			plait_tracker_arrived(tracker, legs, at, packet, true);
	}
}

/* Removing a duplicate takes those before it on its leg with it: each is looked for anew. */
static void plait_tracker_arrived_again(struct plait_tracker *tracker, struct plait_legs *legs,
					s64 at, struct plait_tcp_flow *flow,
					const struct plait_range *block)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;
	u16 next;

	while (plait_flight_seek(flight, flow, PLAIT_DUPLICATES, block->start, &next)) {
		packet = plait_flight_look(flight, next);
		if (!packet || plait_after(packet->end, block->end))
			return;
		plait_tracker_arrived(tracker, legs, at, packet, true);
	}
}

static void plait_tracker_is_behind(struct plait_tracker *tracker, struct plait_tcp_flow *flow)
{
	struct plait_flows *flows = &tracker->flight.flows;

	tracker->expires = 0;
	if (flow->behind)
		return;
	flow->behind = true;
	flow->next_behind = flows->behind;
	flows->behind = flow - flows->flow;
}

/* What earlier acknowledgements told of, and was too much for them. */
static void plait_tracker_catch_up(struct plait_tracker *tracker, struct plait_legs *legs)
{
	struct plait_flows *flows = &tracker->flight.flows;

	while (flows->behind != PLAIT_NOBODY && tracker->flight.budget) {
		struct plait_tcp_flow *flow = &flows->flow[flows->behind];

		if (flow->acking &&
		    !plait_tracker_arrived_before(tracker, legs, flow->acked_at, flow, false))
			return;
		flow->behind = false;
		flows->behind = flow->next_behind;
	}
}

/* What left by legs before they began anew. */
static void plait_tracker_clear_forgotten(struct plait_tracker *tracker)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;

	while ((packet = plait_flight_look(flight, flight->leg[PLAIT_FLIGHT_FORGOTTEN].first)))
		plait_tracker_remove(tracker, packet);
}

static void plait_tracker_expire(struct plait_tracker *tracker, struct plait_legs *legs,
				 struct plait_flight_packet *packet)
{
	const struct plait_tcp_flow *flow = plait_flight_flow(&tracker->flight, packet);
	u32 bit = 1U << packet->slot;

	if (packet->duplicate) {
		if (flow && flow->reports)
			tracker->unanswered |= bit;
		plait_tracker_give_up(tracker, legs, packet, PLAIT_UNANSWERED);
		return;
	}
	if (flow && !packet->repeated &&
	    plait_flow_heard_other(flow, packet->slot, packet->shot.sent))
		tracker->unheard |= bit;
	plait_tracker_lose(tracker, legs, packet);
}

static void plait_tracker_expire_legs(struct plait_tracker *tracker, struct plait_legs *legs, s64 now)
{
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *packet;
	u32 i;

	tracker->expires = PLAIT_NEVER;
	for (i = 0; i < legs->count; i++) {
		while ((packet = plait_flight_look(flight, flight->leg[i].first)) &&
		       packet->expires <= now)
			plait_tracker_expire(tracker, legs, packet);
		if (packet)
			plait_tracker_expire_at(tracker, packet->expires);
	}
	/* Something may be left to do. */
	if (!flight->budget)
		tracker->expires = 0;
}

/**
 * plait_tracker_begin() - a call begins; do what is due
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 */
void plait_tracker_begin(struct plait_tracker *tracker, struct plait_legs *legs, s64 now)
{
	tracker->flight.budget = PLAIT_FLIGHT_BUDGET;
	if (now < tracker->expires)
		return;
	plait_tracker_catch_up(tracker, legs);
	plait_tracker_clear_forgotten(tracker);
	plait_tracker_expire_legs(tracker, legs, now);
}

/**
 * plait_tracker_forget_leg() - a leg begins anew or ends: nothing of it is in flight
 * @tracker: the tracker
 * @legs: all legs
 * @slot: the leg
 */
void plait_tracker_forget_leg(struct plait_tracker *tracker, struct plait_legs *legs, u32 slot)
{
	plait_flight_forget_leg(&tracker->flight, slot);
	if (tracker->flight.leg[PLAIT_FLIGHT_FORGOTTEN].first != PLAIT_NOBODY)
		tracker->expires = 0;
	plait_leg_reset(&legs->leg[slot]);
}

/*
 * When the packet before arrives, in ns from now. More may be known of its leg than when it was committed: it
 * arrives before anything that is committed to that leg now, which so never waits for it.
 */
static s64 plait_tracker_not_before(const struct plait_legs *legs, s64 now,
				    const struct plait_tcp_flow *flow)
{
	s64 arrives = flow->arrives - now;
	s64 last = plait_leg_arrival(&legs->leg[flow->last_slot], now, 0) + 2 * PLAIT_ORDER_TOLERANCE;

	if (arrives > last)
		arrives = last;
	if (arrives > PLAIT_HOLD_MAX)
		arrives = PLAIT_HOLD_MAX;
	return arrives > 0 ? arrives : 0;
}

static bool plait_tracker_overdue(const struct plait_leg_model *leg, s64 now,
				  const struct plait_flight_packet *packet)
{
	s64 margin = plait_leg_margin(leg);

	return now - packet->due > margin && now - leg->heard > margin;
}

/*
 * Does a retransmission speak against the leg of the packet before it? The far end may as well be dead: so only when
 * the connection heard of another leg since, or the packets of another far end are retransmitted, too.
 */
static bool plait_tracker_accuses(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
				  const struct plait_tcp_flow *flow,
				  const struct plait_flight_packet *earlier)
{
	struct plait_leg_model *leg = &legs->leg[earlier->slot];
	struct plait_suspicion *suspicion = &leg->suspicion;
	const struct plait_tcp_flow *other = &tracker->flight.flows.flow[suspicion->accused_by];
	bool agree = suspicion->accused_at && now - suspicion->accused_at < PLAIT_ACCUSATION_LIFE;
	u32 differ = 0, i;

	if (!plait_tracker_overdue(leg, now, earlier))
		return false;
	if (plait_flow_heard_other(flow, earlier->slot, earlier->shot.sent))
		return true;
	for (i = 0; i < 4 && agree; i++)
		differ |= other->key.destination[i] ^ flow->key.destination[i];
	if (agree && differ)
		return true;
	suspicion->accused_at = now;
	suspicion->accused_by = flow - tracker->flight.flows.flow;
	return false;
}

/**
 * plait_tracker_offer() - look at a packet in the order in which the stack sends
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @packet: will be acknowledged; gets @repeated and @flow
 * @offered: gets what is known of it
 */
void plait_tracker_offer(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
			 struct plait_offer *packet, struct plait_offered *offered)
{
	const struct plait_header *header = &packet->header;
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *earlier;
	struct plait_tcp_flow *flow;

	*offered = (struct plait_offered){ .earlier = -1 };
	packet->flow = plait_flow_take(&flight->flows, &header->key, now);
	flow = &flight->flows.flow[packet->flow];
	packet->repeated = plait_flow_retransmits(flow, header);
	plait_flow_sends(flow, header);
	if (!packet->repeated) {
		offered->not_before = plait_tracker_not_before(legs, now, flow);
		return;
	}
	if (!flow->resending || plait_before(flow->resent, header->end)) {
		flow->resent = header->end;
		flow->resending = true;
	}
	earlier = plait_flight_overlap(flight, flow, PLAIT_PACKETS, header->seq, header->end);
	if (!earlier || !plait_tracker_counts(tracker, earlier))
		return;
	offered->earlier = earlier->slot;
	offered->accused = plait_tracker_accuses(tracker, legs, now, flow, earlier);
}

/**
 * plait_tracker_expect() - remember when a packet is expected to arrive, for those behind it
 * @tracker: the tracker
 * @packet: the packet, which has been offered
 * @slot: its leg
 * @at: ns
 */
void plait_tracker_expect(struct plait_tracker *tracker, const struct plait_offer *packet, u32 slot,
			  s64 at)
{
	struct plait_tcp_flow *flow = plait_tracker_flow(tracker, packet);

	flow->arrives = at;
	flow->last_slot = slot;
}

/*
 * What carried the sequence numbers of a packet before stays in flight: when it arrives after all it may be the second,
 * and be reported as a duplicate. Returns whether there is such a one.
 */
static bool plait_tracker_overlaps(struct plait_tracker *tracker, struct plait_legs *legs,
				   struct plait_tcp_flow *flow, const struct plait_offer *packet)
{
	const struct plait_header *header = &packet->header;
	struct plait_flight *flight = &tracker->flight;
	struct plait_flight_packet *earlier;
	bool any = false;

	earlier = plait_flight_overlap(flight, flow, PLAIT_DUPLICATES, header->seq, header->end);
	if (earlier) {
		earlier->repeated |= packet->repeated;
		earlier->copy &= !packet->repeated;
		any = true;
	}
	while ((earlier = plait_flight_overlap(flight, flow, PLAIT_PACKETS, header->seq,
					       header->end))) {
		any = true;
		if (!plait_flight_becomes_duplicate(flight, earlier))
			plait_tracker_lose(tracker, legs, earlier);
	}
	return any;
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
	struct plait_leg_model *leg = &legs->leg[slot];
	struct plait_flight_packet *memory;
	s64 takes = PLAIT_UNKNOWN_DELAY;

	leg->path.copies = duplicate;
	memory = plait_flight_add(&tracker->flight, slot, flow, header->seq, header->end, duplicate);
	if (!memory) {
		plait_path_send_untracked(&leg->path, now, packet->bytes);
		return NULL;
	}
	plait_path_send(&leg->path, now, packet->bytes, &memory->shot);
	if (plait_path_ready(&leg->path))
		takes = memory->shot.expected - now;
	memory->bytes = packet->bytes;
	memory->repeated = repeated;
	memory->copy = duplicate && !packet->repeated;
	memory->due = now + takes;
	memory->expires = memory->due + takes + PLAIT_PATIENCE;
	leg->tracked++;
	plait_tracker_expire_at(tracker, memory->expires);
	return memory;
}

/* The connection of a packet that leaves, which may have waited until its connection was forgotten. */
static u16 plait_tracker_flow_of(struct plait_tracker *tracker, s64 now,
				 const struct plait_offer *packet)
{
	struct plait_flows *flows = &tracker->flight.flows;
	u16 flow = packet->flow;

	if (!plait_flow_is(flows, flow, &packet->header.key))
		flow = plait_flow_take(flows, &packet->header.key, now);
	if (!flows->flow[flow].sending)
		plait_flow_sends(&flows->flow[flow], &packet->header);
	return flow;
}

/**
 * plait_tracker_send() - a packet leaves
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @slot: its leg
 * @packet: the packet
 *
 * Return: the number of the copy that is to be kept, or -1.
 */
int plait_tracker_send(struct plait_tracker *tracker, struct plait_legs *legs, s64 now, u32 slot,
		       const struct plait_offer *packet)
{
	const struct plait_header *header = &packet->header;
	struct plait_leg_model *leg = &legs->leg[slot];
	bool repeated = packet->repeated || packet->copied;
	struct plait_flight_packet *memory;
	struct plait_tcp_flow *flow;
	u16 index;

	if (!plait_header_takes(header)) {
		/* Of what is not acknowledged it is only known when it arrives where the rate is. */
		if (plait_path_ready(&leg->path) || leg->path.rate)
			plait_path_send_untracked(&leg->path, now, packet->bytes);
		return -1;
	}
	index = plait_tracker_flow_of(tracker, now, packet);
	flow = &tracker->flight.flows.flow[index];
	if (packet->repeated)
		flow->resent_at = now;
	/* It may have waited while it was sent again, and overtaken. */
	repeated |= flow->resending && plait_before(header->seq, flow->resent);
	repeated |= plait_tracker_overlaps(tracker, legs, flow, packet);
	memory = plait_tracker_remember(tracker, legs, now, slot, index, packet, repeated, false);
	if (!leg->losses.lossy || !memory || repeated)
		return -1;
	memory->kept = plait_copies_keep(&tracker->copies, packet->bytes);
	return memory->kept == PLAIT_NO_COPY ? -1 : memory->kept;
}

/* RFC 2883: the first block is a duplicate when it is acknowledged already or part of the second. */
static bool plait_tracker_is_duplicate(const struct plait_header *header)
{
	const struct plait_range *first = &header->sack[0], *second = &header->sack[1];

	if (!header->sacks)
		return false;
	if (plait_before(first->start, header->ack) && !plait_after(first->end, header->ack))
		return true;
	return header->sacks > 1 && !plait_before(first->start, second->start) &&
	       !plait_after(first->end, second->end);
}

/*
 * Does an acknowledgement tell nothing but that a copy of ours was a duplicate? Its sender knows of no copies: for
 * Linux more duplicates than it has sent again mean that the network makes them, and then it no longer
 * learns from those that its own haste makes (RFC 8985 calls that the reordering window). One that announces another
 * window, tells of congestion, or has options that we do not know is for the sender, whatever else it says.
 */
static bool plait_tracker_only_for_us(struct plait_tracker *tracker, struct plait_tcp_flow *flow,
				      const struct plait_header *header)
{
	const struct plait_range *block = &header->sack[0];
	const struct plait_flight_packet *packet;

	if (!flow->acking || header->ack != flow->una || header->sacks != 1 ||
	    plait_header_takes(header) || header->flags != PLAIT_TCP_ACK ||
	    header->window != flow->window || header->other_options)
		return false;
	packet = plait_flight_overlap(&tracker->flight, flow, PLAIT_DUPLICATES, block->start,
				      block->end);
	return packet && packet->copy && packet->seq == block->start && packet->end == block->end;
}

/* Gives the highest sequence number that was told of. */
static u32 plait_tracker_take_sacks(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
				    struct plait_tcp_flow *flow, const struct plait_header *header,
				    bool duplicate)
{
	u32 end = flow->una, i;

	for (i = 0; i < header->sacks; i++) {
		const struct plait_range *block = &header->sack[i];
		bool again = !i && duplicate;

		if (!plait_flow_believes_sack(flow, block, again))
			continue;
		if (plait_after(block->end, end))
			end = block->end;
		if (!again) {
			plait_tracker_arrived_within(tracker, legs, now, flow, block);
			continue;
		}
		flow->reports = true;
		plait_tracker_arrived_again(tracker, legs, now, flow, block);
	}
	return end;
}

/**
 * plait_tracker_expects() - may a header tell something new?
 * @tracker: the tracker
 * @header: the header, with options; its key is that of our side
 *
 * Most segments that come in carry data, and acknowledge what was acknowledged before.
 *
 * Return: false when it does not.
 */
bool plait_tracker_expects(const struct plait_tracker *tracker, const struct plait_header *header)
{
	const struct plait_flows *flows = &tracker->flight.flows;
	const struct plait_tcp_flow *flow;
	u16 index;

	if (!(header->flags & PLAIT_TCP_ACK))
		return false;
	index = plait_flow_find(flows, &header->key);
	if (index == PLAIT_NOBODY)
		return false;
	flow = &flows->flow[index];
	return plait_flow_believes(flow, header->ack) &&
	       (!flow->acking || plait_after(header->ack, flow->una) || header->sacks ||
		header->window != flow->window);
}

/**
 * plait_tracker_acknowledge() - a header came in that may acknowledge what left
 * @tracker: the tracker
 * @legs: all legs; of those whose packets arrived, &plait_legs.heard is set
 * @now: ns
 * @header: the header, with options; its key is that of our side
 * @acked: gets what it told
 *
 * Return: false when nothing was believed, and nothing has changed.
 */
bool plait_tracker_acknowledge(struct plait_tracker *tracker, struct plait_legs *legs, s64 now,
			       const struct plait_header *header, struct plait_acked *acked)
{
	u16 index = plait_flow_find(&tracker->flight.flows, &header->key);
	bool duplicate = plait_tracker_is_duplicate(header);
	struct plait_tcp_flow *flow;

	if (!(header->flags & PLAIT_TCP_ACK) || index == PLAIT_NOBODY)
		return false;
	flow = &tracker->flight.flows.flow[index];
	if (!plait_flow_believes(flow, header->ack))
		return false;

	acked->flow = index;
	acked->ours = duplicate && plait_tracker_only_for_us(tracker, flow, header);
	if (!flow->acking || !plait_before(header->ack, flow->una))
		flow->window = header->window;
	plait_flow_acks(flow, header->ack, now);
	flow->used = now;
	if (!plait_tracker_arrived_before(tracker, legs, now, flow, true))
		plait_tracker_is_behind(tracker, flow);
	acked->end = plait_tracker_take_sacks(tracker, legs, now, flow, header, duplicate);
	return true;
}

/*
 * Does an acknowledgement show that a packet of its connection is missing, and not only one before it, behind
 * which a far end that puts packets into order has it wait?
 */
static bool plait_tracker_missing(const struct plait_tcp_flow *flow,
				  const struct plait_flight_packet *packet,
				  const struct plait_header *header)
{
	u32 i;

	if (!plait_before(header->ack, packet->seq))
		return true;
	for (i = 0; i < header->sacks; i++)
		if (plait_flow_believes_sack(flow, &header->sack[i], false) &&
		    plait_before(packet->seq, header->sack[i].start))
			return true;
	return false;
}

/**
 * plait_tracker_silent() - after something arrived: are there legs of which nothing does?
 * @tracker: the tracker
 * @legs: all legs
 * @now: ns
 * @flow: the connection that was acknowledged
 * @header: the acknowledgement
 *
 * Return: a bit for each slot with such a leg.
 */
u32 plait_tracker_silent(struct plait_tracker *tracker, const struct plait_legs *legs, s64 now,
			 u16 flow, const struct plait_header *header)
{
	struct plait_flight *flight = &tracker->flight;
	u32 silent = 0, i;

	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = &legs->leg[i];
		const struct plait_flight_packet *packet;

		/* While the path is searched nothing is due. */
		if (leg->state <= PLAIT_STATE_SUSPECT || !leg->tracked || !plait_path_ready(&leg->path) ||
		    now - leg->heard <= plait_leg_margin(leg))
			continue;
		packet = plait_flight_look(flight, flight->leg[i].first);
		if (packet && plait_tracker_overdue(leg, now, packet) && packet->flow == flow &&
		    plait_flight_flow(flight, packet) &&
		    plait_tracker_missing(&flight->flows.flow[flow], packet, header))
			silent |= 1U << i;
	}
	return silent;
}
