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
#include "earliest.h"

/* Length of all copies. */
#define PLAIT_KEPT_BYTES (1U << 20)

static void plait_repair_push(struct plait_repair *repair, u16 *list, u16 number)
{
	repair->next[number] = *list;
	*list = number;
}

static u16 plait_repair_pop(struct plait_repair *repair, u16 *list)
{
	u16 number = *list;

	if (number != PLAIT_NOBODY)
		*list = repair->next[number];
	return number;
}

/**
 * plait_repair_init() - nothing is kept
 * @repair: any memory
 */
void plait_repair_init(struct plait_repair *repair)
{
	u16 i;

	*repair = (struct plait_repair){
		.free = PLAIT_NOBODY, .released = PLAIT_NOBODY, .flow = PLAIT_NOBODY,
	};
	for (i = PLAIT_KEPT; i--;)
		plait_repair_push(repair, &repair->free, i);
}

/**
 * plait_repair_keep() - a copy of a packet is to be kept
 * @repair: numbers of copies
 * @packet: has just left
 *
 * Return: the number of the copy, or -1 when there are too many.
 */
int plait_repair_keep(struct plait_repair *repair, struct plait_flight_packet *packet)
{
	if (repair->free == PLAIT_NOBODY || packet->bytes > PLAIT_KEPT_BYTES - repair->bytes)
		return -1;
	packet->kept = plait_repair_pop(repair, &repair->free);
	repair->bytes += packet->bytes;
	return packet->kept;
}

static u16 plait_repair_forget(struct plait_repair *repair, struct plait_flight_packet *packet)
{
	u16 number = packet->kept;

	repair->bytes -= packet->bytes;
	packet->kept = PLAIT_NOBODY;
	return number;
}

/**
 * plait_repair_release() - the copy of a packet is not needed any more
 * @repair: numbers of copies
 * @packet: has a copy
 */
void plait_repair_release(struct plait_repair *repair, struct plait_flight_packet *packet)
{
	plait_repair_push(repair, &repair->released, plait_repair_forget(repair, packet));
}

/**
 * plait_repair_released() - see &plait_flow_control.released
 * @opaque: the scheduler's state
 */
int plait_repair_released(void *opaque)
{
	struct plait_repair *repair = &((struct plait_earliest *)opaque)->repair;
	u16 number = plait_repair_pop(repair, &repair->released);

	if (number == PLAIT_NOBODY)
		return -1;
	plait_repair_push(repair, &repair->free, number);
	return number;
}

/**
 * plait_repair_arrived() - a packet was acknowledged that was taken for lost, or left instead of such a one
 * @state: the scheduler's
 * @now: ns
 * @packet: the packet, still in flight
 *
 * When it had only been overtaken it does not count as lost.
 */
void plait_repair_arrived(struct plait_earliest *state, s64 now,
			  const struct plait_flight_packet *packet)
{
	struct plait_earliest_leg *leg = &state->leg[packet->slot];

	if (packet->missed && !packet->repeated)
		plait_losses_late(&leg->losses);
	/* Sooner than its own path allows: it was the first one that arrived. */
	if (packet->repair && !packet->duplicate && now - packet->shot.sent < leg->path.delay)
		plait_losses_late(&state->leg[packet->lost_by].losses);
}

/* Does the last packet that was acknowledged show a queue that is much longer than ours would be? */
static bool plait_repair_congested(const struct plait_path *path, s64 now)
{
	return now - path->latest.sent >
	       plait_path_time(path, path->window + path->window / 2 + PLAIT_FULL_PACKET);
}

/* Has a later packet of the same leg and connection just been acknowledged? */
static bool plait_repair_overtaken(const struct plait_path *path,
				   const struct plait_flight_packet *packet)
{
	return path->learning && path->latest_exact && plait_path_ready(path) &&
	       !packet->repeated && !packet->missed && packet->shot.sent < path->latest.sent;
}

/**
 * plait_repair_judge() - see what is lost, after an acknowledgement told what arrived
 * @state: the scheduler's; its paths have not learned from the acknowledgement yet
 * @now: ns
 * @flow: the connection
 * @tcp: the acknowledgement
 */
void plait_repair_judge(struct plait_earliest *state, s64 now, u16 flow,
			const struct plait_tcp *tcp)
{
	struct plait_flight *flight = &state->flight;
	struct plait_flight_packet *packet = plait_flight_get(flight, flight->flow[flow].packets.first);
	u32 end = tcp->ack, i;

	for (i = 0; i < tcp->sacks; i++)
		if (plait_seq_before(end, tcp->sack[i].end))
			end = tcp->sack[i].end;
	for (; packet && plait_seq_before(packet->seq, end);
	     packet = plait_flight_get(flight, packet->in_flow.next)) {
		struct plait_earliest_leg *leg = &state->leg[packet->slot];

		if (!plait_repair_overtaken(&leg->path, packet))
			continue;
		packet->missed = true;
		if (plait_repair_congested(&leg->path, now)) {
			if (packet->kept != PLAIT_NOBODY)
				plait_repair_release(&state->repair, packet);
			continue;
		}
		/*
		 * When something arrives that TCP has sent again since then, receivers refuse what bears an older
		 * timestamp (RFC 7323, section 5): it need not be the leg that lost it.
		 */
		if (packet->shot.sent >= flight->flow[flow].resent_at)
			plait_losses_lost(&leg->losses);
		if (packet->kept != PLAIT_NOBODY)
			state->repair.flow = flow;
	}
}

/* Where a packet arrives first. By a lossy leg it may have to be sent for a third time, by TCP. */
static int plait_repair_slot(const struct plait_earliest *state, s64 now, u32 bytes)
{
	s64 earliest = PLAIT_NEVER;
	int best = -1;
	u32 i;

	for (i = 0; i < state->slots; i++) {
		const struct plait_earliest_leg *leg = &state->leg[i];
		s64 arrival;

		if (leg->trust != PLAIT_TRUST_READY)
			continue;
		arrival = plait_path_arrival(&leg->path, now, 0, bytes);
		if (leg->losses.lossy)
			arrival += leg->path.delay;
		if (arrival < earliest) {
			earliest = arrival;
			best = i;
		}
	}
	return best;
}

static struct plait_flight_packet *plait_repair_find(struct plait_earliest *state)
{
	struct plait_flight *flight = &state->flight;
	struct plait_flight_packet *packet;

	packet = plait_flight_get(flight, flight->flow[state->repair.flow].packets.first);
	while (packet && !(packet->missed && packet->kept != PLAIT_NOBODY))
		packet = plait_flight_get(flight, packet->in_flow.next);
	return packet;
}

/* The lost packet is in flight no more, and what leaves instead of it is. */
static void plait_repair_replace(struct plait_earliest *state, s64 now, u32 slot,
				 struct plait_flight_packet *packet)
{
	const struct plait_offer again = {
		.bytes = packet->bytes, .tcp = { .seq = packet->seq, .end = packet->end },
	};
	u16 flow = packet->flow;
	u8 lost_by = packet->slot;

	plait_earliest_lose(state, packet);
	packet = plait_earliest_remember(state, now, slot, flow, &again, true, false);
	if (!packet)
		return;
	packet->repair = true;
	packet->lost_by = lost_by;
}

/**
 * plait_repair_next() - see &plait_flow_control.repair
 * @opaque: the scheduler's state
 * @now: ns
 * @number: gets the number of the copy that is to leave
 */
int plait_repair_next(void *opaque, s64 now, u32 *number)
{
	struct plait_earliest *state = opaque;
	struct plait_repair *repair = &state->repair;
	struct plait_flight_packet *packet;
	int slot = -1;

	if (repair->flow == PLAIT_NOBODY)
		return -1;
	packet = plait_repair_find(state);
	if (packet)
		slot = plait_repair_slot(state, now, packet->bytes);
	if (slot < 0) {
		repair->flow = PLAIT_NOBODY;
		return -1;
	}
	state->leg[packet->slot].repaired++;
	*number = plait_repair_forget(repair, packet);
	plait_repair_push(repair, &repair->free, *number);
	plait_repair_replace(state, now, slot, packet);
	return slot;
}
