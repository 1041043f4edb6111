// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the scheduler `earliest` sees of its packets: which left, which arrived, and which legs
 * swallow them.
 *
 * A packet of a TCP connection is remembered with the sequence numbers that it carries. An
 * acknowledgement of them, cumulative or selective, is that leg's delivery. When the sequence
 * numbers had been sent before, it may be for the earlier packet (Karn): then it counts as
 * delivered, and nothing is learned from when.
 *
 * A leg is suspect when a packet of it is overdue, nothing at all of it has been acknowledged for a
 * while, and other legs' packets are being acknowledged (as RACK, RFC 8985, judges packets), or TCP
 * itself sends the packet again. It then carries only copies, until one is reported as a duplicate
 * or a packet of before is acknowledged after all.
 */
#include "earliest.h"

/* No packet is held back for its order so that it arrives later than that. */
#define PLAIT_HOLD_MAX (500 * PLAIT_MS)

/* Beyond the time at which a packet was due. */
#define PLAIT_OVERDUE_MIN (60 * PLAIT_MS)

/* A packet that is not heard of for twice its time and that much more is given up. */
#define PLAIT_PATIENCE (200 * PLAIT_MS)

/* What a round trip takes at most while the path is not known. */
#define PLAIT_UNKNOWN_DELAY PLAIT_S

/* A packet is in flight no more. The next one of its leg counts, which may expire before it. */
static void plait_earliest_remove(struct plait_earliest *state, struct plait_flight_packet *packet)
{
	const struct plait_flight_packet *first;
	u32 slot = packet->slot;

	if (packet->seq != packet->end)
		state->leg[slot].tracked--;
	if (packet->kept != PLAIT_NOBODY)
		plait_repair_release(&state->repair, packet);
	plait_flight_remove(&state->flight, packet);
	first = plait_flight_first(&state->flight, slot);
	if (first && first->expires < state->expires)
		state->expires = first->expires;
}

/**
 * plait_earliest_lose() - a packet will not be heard of any more
 * @state: the scheduler's
 * @packet: the packet; its memory is used again with the next plait_earliest_remember()
 */
void plait_earliest_lose(struct plait_earliest *state, struct plait_flight_packet *packet)
{
	plait_path_lose(&state->leg[packet->slot].path, packet->bytes);
	plait_earliest_remove(state, packet);
}

/**
 * plait_earliest_forget() - a leg begins anew or ends: nothing of it is in flight
 * @state: the scheduler's
 * @slot: the leg
 */
void plait_earliest_forget(struct plait_earliest *state, u32 slot)
{
	struct plait_earliest_leg *leg = &state->leg[slot];
	struct plait_flight_packet *packet;

	while ((packet = plait_flight_first(&state->flight, slot)))
		plait_earliest_lose(state, packet);
	plait_path_restart(&leg->path);
	leg->suspect = false;
	leg->carries = false;
	leg->held_until = 0;
	leg->probe = (struct plait_probe){ 0 };
	leg->losses = (struct plait_losses){ 0 };
	plait_earliest_update_trust(state);
}

static void plait_earliest_deliver(struct plait_earliest *state, s64 now,
				   struct plait_flight_packet *packet)
{
	struct plait_earliest_leg *leg = &state->leg[packet->slot];
	bool tracked = packet->seq != packet->end;
	enum plait_news news = PLAIT_NEWS_NONE;

	if (tracked && !packet->repeated)
		news = PLAIT_NEWS_EXACT;
	else if (packet->duplicate)
		news = PLAIT_NEWS_LATEST;
	if (news == PLAIT_NEWS_EXACT)
		plait_losses_arrived(&leg->losses);
	if (packet->missed || packet->repair)
		plait_repair_arrived(state, now, packet);
	plait_path_deliver(&leg->path, now, &packet->shot, packet->bytes, news);
	plait_earliest_remove(state, packet);
}

/**
 * plait_earliest_expire_due() - see plait_earliest_expire(); some packet may be due
 * @state: the scheduler's
 * @now: ns
 */
void plait_earliest_expire_due(struct plait_earliest *state, s64 now)
{
	struct plait_flight_packet *packet;
	s64 expires = PLAIT_NEVER;
	u32 i;

	for (i = 0; i < state->slots; i++) {
		while ((packet = plait_flight_first(&state->flight, i)) && packet->expires <= now) {
			if (packet->seq == packet->end) {
				plait_earliest_deliver(state, now, packet);
				continue;
			}
			state->leg[i].probe.unanswered += packet->duplicate;
			plait_earliest_lose(state, packet);
		}
		if (packet && packet->expires < expires)
			expires = packet->expires;
	}
	state->expires = expires;
}

/*
 * The connection of a packet that leaves. What carried its sequence numbers before stays in flight:
 * when it arrives after all it may be the second, and be reported as a duplicate.
 */
static u16 plait_earliest_track(struct plait_earliest *state, s64 now,
				const struct plait_offer *packet, bool *repeated)
{
	const struct plait_tcp *tcp = &packet->tcp;
	struct plait_flight_packet *earlier;
	struct plait_flow *known;
	u16 flow;

	*repeated = packet->repeated || packet->copied;
	if (tcp->seq == tcp->end)
		return PLAIT_NOBODY;
	flow = plait_flow_take(&state->flight, &tcp->key, now);
	/* It may have waited while it was sent again, and overtaken. */
	known = &state->flight.flow[flow];
	if (packet->repeated)
		known->resent_at = now;
	*repeated |= known->resending && plait_seq_before(tcp->seq, known->resent);
	earlier = plait_flight_overlap(&state->flight, flow, tcp->seq, tcp->end, true);
	if (earlier) {
		earlier->repeated |= packet->repeated;
		earlier->copy &= !packet->repeated;
		*repeated = true;
	}
	while ((earlier = plait_flight_overlap(&state->flight, flow, tcp->seq, tcp->end, false))) {
		earlier->repeated = true;
		earlier->duplicate = true;
		*repeated = true;
	}
	return flow;
}

/**
 * plait_earliest_remember() - a packet leaves and is in flight
 * @state: the scheduler's
 * @now: ns
 * @slot: its leg
 * @flow: its connection, PLAIT_NOBODY when it is not acknowledged
 * @packet: the packet
 * @repeated: see &plait_flight_packet.repeated
 * @duplicate: see &plait_flight_packet.duplicate
 *
 * Return: the packet, NULL when too many are in flight.
 */
struct plait_flight_packet *plait_earliest_remember(struct plait_earliest *state, s64 now, u32 slot,
						    u16 flow, const struct plait_offer *packet,
						    bool repeated, bool duplicate)
{
	struct plait_earliest_leg *leg = &state->leg[slot];
	struct plait_flight_packet *memory;
	s64 takes = PLAIT_UNKNOWN_DELAY;

	memory = plait_flight_add(&state->flight, slot, flow, packet->tcp.seq, packet->tcp.end);
	if (!memory)
		return NULL;
	leg->path.copies = duplicate;
	plait_path_send(&leg->path, now, packet->bytes, &memory->shot);
	if (plait_path_ready(&leg->path))
		takes = memory->shot.expected - now;
	memory->bytes = packet->bytes;
	memory->repeated = repeated;
	memory->duplicate = duplicate;
	memory->copy = duplicate && !packet->repeated;
	memory->due = now + takes;
	memory->expires = memory->due;
	if (flow != PLAIT_NOBODY) {
		memory->expires += takes + PLAIT_PATIENCE;
		leg->tracked++;
	}
	if (memory->expires < state->expires)
		state->expires = memory->expires;
	return memory;
}

/**
 * plait_earliest_unqueue() - a packet leaves the queue of a leg
 * @state: the scheduler's
 * @slot: the leg
 * @bytes: its length
 */
void plait_earliest_unqueue(struct plait_earliest *state, u32 slot, u32 bytes)
{
	state->leg[slot].committed -= bytes;
	if (!state->leg[slot].committed)
		state->queued &= ~(1U << slot);
}

/**
 * plait_earliest_sent() - see &plait_flow_control.sent
 * @opaque: the scheduler's state
 * @now: ns
 * @slot: the leg
 * @packet: what leaves
 */
int plait_earliest_sent(void *opaque, s64 now, u32 slot, const struct plait_offer *packet)
{
	struct plait_earliest *state = opaque;
	struct plait_flight_packet *memory;
	bool repeated;
	u16 flow;

	plait_earliest_unqueue(state, slot, packet->bytes);
	/* Of what is not acknowledged it is only known when it arrives where the rate is. */
	if (packet->tcp.seq == packet->tcp.end && !plait_path_ready(&state->leg[slot].path))
		return -1;
	flow = plait_earliest_track(state, now, packet, &repeated);
	memory = plait_earliest_remember(state, now, slot, flow, packet, repeated, false);
	if (!state->leg[slot].losses.lossy || !memory || flow == PLAIT_NOBODY || repeated)
		return -1;
	return plait_repair_keep(&state->repair, memory);
}

/*
 * Delivers a packet. As a path keeps the order, what left before it has arrived too, when nobody
 * acknowledges that; a duplicate that was not reported until now is lost.
 */
static void plait_earliest_arrived(struct plait_earliest *state, s64 now,
				   struct plait_flight_packet *packet)
{
	struct plait_earliest_leg *leg = &state->leg[packet->slot];
	struct plait_flight_packet *first;

	while ((first = plait_flight_first(&state->flight, packet->slot)) != packet) {
		if (first->seq == first->end)
			plait_earliest_deliver(state, now, first);
		else if (first->duplicate)
			plait_earliest_lose(state, first);
		else
			break;
	}
	if (!packet->repeated || packet->duplicate) {
		leg->heard = now;
		leg->probe.unanswered = 0;
	}
	plait_earliest_deliver(state, now, packet);
}

/*
 * All packets of a connection that lie within [@start, @end), or, when @start is NULL, before @end;
 * duplicates or all others.
 */
static void plait_earliest_arrived_range(struct plait_earliest *state, s64 now, u16 flow,
					 const u32 *start, u32 end, bool duplicates)
{
	struct plait_flight *flight = &state->flight;
	struct plait_flight_packet *packet;
	u16 next = flight->flow[flow].packets.first;

	while ((packet = plait_flight_get(flight, next))) {
		next = packet->in_flow.next;
		if (!plait_seq_before(packet->seq, end))
			return;
		if (packet->duplicate != duplicates || plait_seq_before(end, packet->end) ||
		    (start && plait_seq_before(packet->seq, *start)))
			continue;
		plait_earliest_arrived(state, now, packet);
		/* That may have taken away others, too. */
		next = flight->flow[flow].packets.first;
	}
}

/* RFC 2883: the first block is a duplicate when it is acknowledged already or part of the second. */
static bool plait_earliest_is_duplicate(const struct plait_tcp *tcp)
{
	const struct plait_range *first = &tcp->sack[0], *second = &tcp->sack[1];

	if (!tcp->sacks)
		return false;
	if (!plait_seq_before(tcp->ack, first->end))
		return true;
	return tcp->sacks > 1 && !plait_seq_before(first->start, second->start) &&
	       !plait_seq_before(second->end, first->end);
}

/*
 * Does an acknowledgement tell nothing but that a copy of ours was a duplicate? Its sender knows of no copies: for
 * Linux more duplicates than it has sent again mean that the network makes them, and then it no longer
 * learns from those that its own haste makes (RFC 8985 calls that the reordering window).
 */
static bool plait_earliest_only_for_us(struct plait_earliest *state, struct plait_flow *flow,
				       const struct plait_tcp *tcp)
{
	bool news = !flow->acking || plait_seq_before(flow->acked, tcp->ack);
	const struct plait_flight_packet *packet;

	if (news) {
		flow->acked = tcp->ack;
		flow->acking = true;
	}
	if (news || !tcp->only_acks || tcp->sacks != 1 || tcp->ack != flow->acked)
		return false;
	packet = plait_flight_overlap(&state->flight, flow - state->flight.flow, tcp->sack[0].start,
				      tcp->sack[0].end, true);
	return packet && packet->copy && packet->seq == tcp->sack[0].start &&
	       packet->end == tcp->sack[0].end;
}

/**
 * plait_earliest_margin() - by how much something of a path may be late before that means something
 * @path: the path
 *
 * Return: ns.
 */
s64 plait_earliest_margin(const struct plait_path *path)
{
	s64 margin = PLAIT_OVERDUE_MIN;
	s64 own = 3 * plait_path_time(path, PLAIT_FULL_PACKET);

	if (own > margin)
		margin = own;
	return path->delay / 2 > margin ? path->delay / 2 : margin;
}

static bool plait_earliest_overdue(const struct plait_earliest_leg *leg, s64 now,
				   const struct plait_flight_packet *packet)
{
	s64 margin = plait_earliest_margin(&leg->path);

	return now - packet->due > margin && now - leg->heard > margin;
}

static void plait_earliest_suspect(struct plait_earliest *state, s64 now, u32 slot)
{
	state->leg[slot].suspect = true;
	state->leg[slot].probe.next = now;
	plait_earliest_update_trust(state);
}

/*
 * Does an acknowledgement show that a packet of its connection is missing, and not only one before it, behind
 * which a far end that puts packets into order has it wait?
 */
static bool plait_earliest_missing(const struct plait_flight_packet *packet, u16 flow,
				   const struct plait_tcp *tcp)
{
	u32 i;

	if (packet->flow != flow)
		return false;
	if (!plait_seq_before(tcp->ack, packet->seq))
		return true;
	for (i = 0; i < tcp->sacks; i++)
		if (plait_seq_before(packet->seq, tcp->sack[i].start))
			return true;
	return false;
}

/* After something arrived: are there legs of which nothing does? */
static void plait_earliest_judge(struct plait_earliest *state, s64 now, u16 flow,
				 const struct plait_tcp *tcp)
{
	struct plait_flight *flight = &state->flight;
	u32 i;

	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		struct plait_flight_packet *packet = plait_flight_first(flight, i);

		/* While the path is searched nothing is due. */
		if (!leg->live || leg->suspect || !leg->tracked || !plait_path_ready(&leg->path))
			continue;
		while (packet && packet->seq == packet->end)
			packet = plait_flight_get(flight, packet->on_leg.next);
		if (packet && plait_earliest_overdue(leg, now, packet) &&
		    plait_earliest_missing(packet, flow, tcp))
			plait_earliest_suspect(state, now, i);
	}
}

/**
 * plait_earliest_acked() - see &plait_flow_control.acked
 * @opaque: the scheduler's state
 * @now: ns
 * @tcp: a header that came in
 *
 * Return: see there.
 */
bool plait_earliest_acked(void *opaque, s64 now, const struct plait_tcp *tcp)
{
	struct plait_earliest *state = opaque;
	u16 flow = plait_flow_find(&state->flight, &tcp->key);
	bool duplicate = plait_earliest_is_duplicate(tcp), learned = false, ours;
	u32 i;

	/* Nobody can have received what was not sent. */
	if (!tcp->has_ack || flow == PLAIT_NOBODY || !state->flight.flow[flow].sending ||
	    plait_seq_before(state->flight.flow[flow].end, tcp->ack))
		return false;

	ours = plait_earliest_only_for_us(state, &state->flight.flow[flow], tcp) && duplicate;
	state->flight.flow[flow].used = now;
	state->reports |= duplicate;
	plait_earliest_arrived_range(state, now, flow, NULL, tcp->ack, false);
	for (i = 0; i < tcp->sacks; i++)
		plait_earliest_arrived_range(state, now, flow, &tcp->sack[i].start,
					     tcp->sack[i].end, !i && duplicate);
	if (tcp->sacks)
		plait_repair_judge(state, now, flow, tcp);
	for (i = 0; i < state->slots; i++) {
		struct plait_earliest_leg *leg = &state->leg[i];
		bool works = leg->suspect && leg->path.learning;

		learned |= leg->path.learning;
		plait_path_learn(&leg->path, now);
		if (works)
			plait_earliest_forget(state, i);
	}
	if (learned)
		plait_earliest_update_trust(state);
	plait_earliest_judge(state, now, flow, tcp);
	return ours;
}

/*
 * When the packet before arrives, in ns from now. More may be known of its leg than when it was committed: it
 * arrives before anything that is committed to that leg now, which so never waits for it.
 */
static s64 plait_earliest_not_before(const struct plait_earliest *state, s64 now,
				     const struct plait_flow *flow)
{
	s64 arrives = flow->arrives - now;
	s64 last = plait_earliest_arrival(&state->leg[flow->last_slot], now, 0) +
		   2 * PLAIT_ORDER_TOLERANCE;

	if (arrives > last)
		arrives = last;
	if (arrives > PLAIT_HOLD_MAX)
		arrives = PLAIT_HOLD_MAX;
	return arrives > 0 ? arrives : 0;
}

/**
 * plait_earliest_offered() - look at a packet in the order in which the stack sends
 * @state: the scheduler's
 * @now: ns
 * @packet: gets @repeated
 * @not_before: gets when, in ns from now, the packet before it arrives; 0 when it has none
 *
 * Return: the leg on which its sequence numbers are in flight, or -1.
 */
int plait_earliest_offered(struct plait_earliest *state, s64 now, struct plait_offer *packet,
			   s64 *not_before)
{
	const struct plait_tcp *tcp = &packet->tcp;
	const struct plait_earliest_leg *leg;
	struct plait_flight_packet *earlier;
	struct plait_flow *flow;
	u16 index;

	*not_before = 0;
	index = plait_flow_take(&state->flight, &tcp->key, now);
	flow = &state->flight.flow[index];
	packet->repeated = flow->sending && plait_seq_before(tcp->seq, flow->end);
	if (packet->repeated &&
	    (!flow->resending || plait_seq_before(flow->resent, tcp->end))) {
		flow->resent = tcp->end;
		flow->resending = true;
	}
	if (!flow->sending || plait_seq_before(flow->end, tcp->end))
		flow->end = tcp->end;
	flow->sending = true;
	if (!packet->repeated)
		*not_before = plait_earliest_not_before(state, now, flow);
	earlier = plait_flight_overlap(&state->flight, index, tcp->seq, tcp->end, false);
	if (!earlier)
		return -1;
	leg = &state->leg[earlier->slot];
	if (!leg->suspect && plait_path_ready(&leg->path) && plait_earliest_overdue(leg, now, earlier))
		plait_earliest_suspect(state, now, earlier->slot);
	return earlier->slot;
}

/**
 * plait_earliest_expect() - remember when a packet is expected to arrive, for those behind it
 * @state: the scheduler's
 * @packet: the packet, which has been offered
 * @slot: its leg
 * @at: ns
 */
void plait_earliest_expect(struct plait_earliest *state, const struct plait_offer *packet, u32 slot,
			   s64 at)
{
	u16 flow;

	if (packet->tcp.seq == packet->tcp.end)
		return;
	flow = plait_flow_find(&state->flight, &packet->tcp.key);
	if (flow == PLAIT_NOBODY)
		return;
	state->flight.flow[flow].arrives = at;
	state->flight.flow[flow].last_slot = slot;
}
